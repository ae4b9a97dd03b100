// The transform that orders two locations, mu1 = x1 and mu2 = x1 + e^x2, and what it does to areas.

/** The locations of a point with free coordinates. */
export const toLocations = (x1, x2) => [x1, x1 + Math.exp(x2)];

/** The free coordinates of two locations in ascending order. */
export const toFree = (mu1, mu2) => [mu1, Math.log(mu2 - mu1)];

/** By how much the transform enlarges a small area: the determinant of its derivatives, which is the gap. */
export const jacobian = (x2) => Math.exp(x2);

/** The area of a square's image: the integral of the Jacobian over the square around a point. */
export const imageArea = (x2, side) => 2 * side * Math.exp(x2) * Math.sinh(side / 2);

/** The corners of the square around a point, in order; its image has straight sides between theirs. */
export const corners = (x1, x2, side) =>
  [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([a, b]) => [x1 + (a * side) / 2, x2 + (b * side) / 2]);
