// Probabilities of counts: the terms of a binomial or a Poisson distribution, and the quantiles of the former.

const NEGLIGIBLE = 1e-30; // of the largest term

/**
 * The terms of a distribution of counts, from that of `first` on. They are built from the most likely count to both
 * sides by the ratio of the term after k to that of k, so that nothing overflows and no factorial is needed.
 */
function termsAround(mode, ratio) {
  const up = [1];
  for (let k = mode; up.at(-1) > NEGLIGIBLE; k += 1) up.push(up.at(-1) * ratio(k));
  const down = [];
  for (let k = mode - 1, term = 1; k >= 0 && term > NEGLIGIBLE; k -= 1) down.push((term /= ratio(k)));
  const terms = [...down.reverse(), ...up];
  const sum = terms.reduce((total, term) => total + term, 0);
  return { first: mode - down.length, terms: terms.map((term) => term / sum) };
}

/** A binomial distribution of n trials with probability p, neither 0 nor 1. */
export const binomial = (n, p) => termsAround(Math.min(n, Math.floor((n + 1) * p)), (k) => ((n - k) / (k + 1)) * (p / (1 - p)));

/** A Poisson distribution. */
export const poisson = (mean) => termsAround(Math.floor(mean), (k) => mean / (k + 1));

/**
 * Two quantiles of a binomial distribution: the least counts at which the probability of as few counts reaches `tail`,
 * and at which that of more counts has fallen to `tail`. Each is summed from its own end.
 */
export function tailQuantiles(n, p, tail) {
  const { first, terms } = binomial(n, p);
  let low = 0;
  for (let sum = terms[0]; sum < tail; sum += terms[low]) low += 1;
  let high = terms.length - 1;
  for (let sum = terms[high]; sum <= tail; sum += terms[high]) high -= 1;
  return [first + low, first + high];
}
