// Both divergences between two normals on the plane with the mean 0: p with variances of 1 and a correlation, q with
// independent coordinates.

/** The exclusive divergence KL(q || p), in nats. */
export const exclusive = (rho, [s1, s2]) => {
  const left = 1 - rho * rho;
  return 0.5 * ((s1 * s1 + s2 * s2) / left - 2 + Math.log(left)) - Math.log(s1) - Math.log(s2);
};

/** The inclusive divergence KL(p || q). */
export const inclusive = (rho, [s1, s2]) =>
  0.5 * (1 / (s1 * s1) + 1 / (s2 * s2) - 2 - Math.log(1 - rho * rho)) + Math.log(s1) + Math.log(s2);

/** The scale, of either coordinate, of the q for which a divergence is least. */
export const bestScale = { exclusive: (rho) => Math.sqrt(1 - rho * rho), inclusive: () => 1 };

/** A best fit by a divergence: its scale, and both divergences. */
export function fit(divergence, rho) {
  const scale = bestScale[divergence](rho);
  return { scale, exclusive: exclusive(rho, [scale, scale]), inclusive: inclusive(rho, [scale, scale]) };
}
