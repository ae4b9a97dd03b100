// Gauss–Hermite quadrature: nodes and masses that stand for a standard normal distribution.

import { bisect } from "./humps.js";

/** The value of the orthonormal Hermite polynomial of a degree, and the sum of the squares of those of lower degree. */
function polynomial(x, degree) {
  let [value, before, squares] = [1, 0, 0];
  for (let k = 0; k < degree; k += 1) {
    squares += value * value;
    const next = (x * value - Math.sqrt(k) * before) / Math.sqrt(k + 1);
    before = value;
    value = next;
  }
  return { value, squares };
}

/**
 * Nodes in ascending order, and masses that sum to 1. The nodes are the zeros of the polynomial of degree `size`; each
 * lies between neighbouring zeros of the polynomial of one degree less. They are symmetric: the positive ones are enough.
 */
export function gaussHermite(size) {
  let positive = [];
  for (let degree = 2; degree <= size; degree += 1) {
    const ends = [...(degree % 2 ? [] : [0]), ...positive, 2 * Math.sqrt(degree)];
    const value = (x) => polynomial(x, degree).value;
    positive = Array.from({ length: Math.floor(degree / 2) }, (_, k) => bisect(value, ends[k], ends[k + 1]));
  }
  const points = [...positive.map((x) => -x).reverse(), ...(size % 2 ? [0] : []), ...positive];
  return { points, masses: points.map((x) => 1 / polynomial(x, size).squares) };
}
