// The posterior of the first two locations on a grid, for the regions behind a chain's path.

const TOGETHER = 16; // factors of which one logarithm is taken

/**
 * Log posterior at each pair of `first` and `second` (row by row of `second`), up to a constant. Further locations are
 * integrated out: `others` are places of theirs, each with the locations and a mass; it is [{ mu: [], mass: 1 }] if
 * there are none. Every point must lie within 9 of a location, or a
 * product of 16 densities may be too small for a number.
 */
export function logPosterior({ y, w, priorSd }, first, second, others = [{ mu: [], mass: 1 }]) {
  const density = (weight, mu) => Float64Array.from(y, (value) => weight * Math.exp(-0.5 * (value - mu) ** 2));
  const prior = (mu) => -0.5 * (mu / priorSd) ** 2;
  const columns = first.map((mu) => density(w[0], mu));
  const rows = second.map((mu) => density(w[1], mu));
  const rest = others.map(({ mu }) => Float64Array.from(y, (value) => mu.reduce((sum, m, k) => sum + w[k + 2] * Math.exp(-0.5 * (value - m) ** 2), 0)));
  const one = (row, column, rest) => {
    let [sum, product] = [0, 1];
    for (let i = 0; i < y.length; i += 1) {
      product *= row[i] + column[i] + rest[i];
      if (i % TOGETHER === 0) {
        sum += Math.log(product);
        product = 1;
      }
    }
    return sum + Math.log(product);
  };
  return rows.flatMap((row, b) =>
    columns.map((column, a) => {
      const terms = others.map(({ mu, mass }, part) => Math.log(mass) + mu.reduce((sum, m) => sum + prior(m), 0) + one(row, column, rest[part]));
      const largest = Math.max(...terms);
      const whole = terms.reduce((sum, term) => sum + Math.exp(term - largest), 0);
      return largest + Math.log(whole) + prior(first[a]) + prior(second[b]);
    }),
  );
}
