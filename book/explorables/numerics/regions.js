// Regions of highest density on a grid.

/**
 * Levels of a density that bound the regions which hold these shares of the probability, in ascending order, as
 * gmixlib.hdr_levels computes them. The density stands on an even grid, up to a factor.
 */
export function regionLevels(density, shares) {
  const falling = Float64Array.from(density).sort().reverse();
  let sum = 0;
  const held = falling.map((value) => (sum += value));
  return shares.map((share) => falling[held.findIndex((mass) => mass / sum >= share)]).sort((a, b) => a - b);
}

/** The ellipse that holds a share of a normal on the plane, as a list of places. */
export function ellipse(share, mean, sd, rho = 0, count = 97) {
  const radius = Math.sqrt(-2 * Math.log(1 - share));
  return Array.from({ length: count }, (_, index) => {
    const turn = (2 * Math.PI * index) / (count - 1);
    const [a, b] = [radius * Math.cos(turn), radius * Math.sin(turn)];
    return [mean[0] + sd[0] * a, mean[1] + sd[1] * (rho * a + Math.sqrt(1 - rho * rho) * b)];
  });
}
