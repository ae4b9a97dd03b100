// R-hat and the effective sample size, as ArviZ computes them: from the normal scores of the draws' ranks, and with
// each chain cut in two (Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021). Chains are lists of at least four
// draws each, of one length.

import { normalQuantile } from "./normal.js";

/** The rank-normalized R-hat, of at least two chains: of the draws or of their distances to the median, the larger one. */
export function rhat(chains) {
  const halves = split(chains);
  const sorted = ascending(halves);
  const middle = sorted.length >> 1;
  const median = (sorted[middle - 1] + sorted[middle]) / 2; // halves come in pairs: the number of draws is even
  const distances = halves.map((half) => half.map((draw) => Math.abs(draw - median)));
  return Math.max(plainRhat(normalScores(halves, sorted)), plainRhat(normalScores(distances)));
}

/** The effective sample size for the bulk: how many independent draws would estimate a mean as well. */
export function effectiveSize(chains) {
  const scores = normalScores(split(chains));
  const [count, length] = [scores.length, scores[0].length];
  const size = count * length;
  const first = scores[0][0];
  if (scores.every((half) => half.every((score) => score === first))) return size;
  return size / Math.max(autocorrelationTime(scores), 1 / Math.log10(size));
}

/** The first and the last half of each chain; the draw in the middle of an odd number is left out. */
export function split(chains) {
  const half = chains[0].length >> 1;
  return [...chains.map((chain) => chain.slice(0, half)), ...chains.map((chain) => chain.slice(chain.length - half))];
}

/** Normal scores: quantiles at (r - 3/8) / (S + 1/4) for the rank r among all S draws, which equal draws share. */
export function normalScores(chains, sorted = ascending(chains)) {
  const size = sorted.length;
  const quantiles = quantilesOf(size);
  return chains.map((chain) => {
    const scores = new Float64Array(chain.length);
    for (let i = 0; i < chain.length; i += 1) {
      const first = firstFrom(sorted, chain[i]);
      let last = first;
      while (last + 1 < size && sorted[last + 1] === chain[i]) last += 1;
      const twice = first + last; // twice the rank, counted from 0
      if (Number.isNaN(quantiles[twice])) quantiles[twice] = normalQuantile((twice / 2 + 0.625) / (size + 0.25));
      scores[i] = quantiles[twice];
    }
    return scores;
  });
}

/** All draws in ascending order. */
function ascending(chains) {
  const sorted = new Float64Array(chains.length * chains[0].length);
  chains.forEach((chain, index) => sorted.set(chain, index * chain.length));
  return sorted.sort();
}

/** The quantiles that were needed so far for the ranks of so many draws; another number of draws begins anew. */
function quantilesOf(size) {
  if (table.size !== size) table = { size, quantiles: new Float64Array(2 * size - 1).fill(NaN) };
  return table.quantiles;
}
let table = {};

/** Where the first number that is no less than another stands in ascending order. */
function firstFrom(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The variance, its divisor less than the number of values by `less`. */
function variance(values, less) {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - less);
}

/** R-hat of chains as they are. */
function plainRhat(chains) {
  const within = mean(chains.map((chain) => variance(chain, 1)));
  const between = variance(chains.map(mean), 1);
  const length = chains[0].length;
  return Math.sqrt((length - 1) / length + between / within);
}

/** The sum of all autocorrelations, to both sides, of chains taken together: Geyer's initial monotone sequence. */
function autocorrelationTime(chains) {
  const length = chains[0].length;
  const centred = chains.map((chain) => {
    const centre = mean(chain);
    return chain.map((draw) => draw - centre);
  });
  const within = (covariance(centred, 0) * length) / (length - 1);
  const whole = covariance(centred, 0) + variance(chains.map(mean), 1);
  const correlation = (lag) => 1 - (within - covariance(centred, lag)) / whole;

  // Pairs of lags, as long as the sum of a pair is positive. Of the pair that ends them the first counts, on one side.
  const pairs = [];
  let [even, odd] = [1, correlation(1)];
  let lag = 1;
  for (; lag < length - 3 && even + odd > 0; lag += 2) {
    pairs.push([even, odd]);
    [even, odd] = [correlation(lag + 1), correlation(lag + 2)];
  }
  const rest = even + odd >= 0 ? even : Math.max(0, even);

  // No sum is larger than the one before it.
  let sum = 0;
  let least = Infinity;
  for (const [first, second] of pairs) {
    least = Math.min(least, first + second);
    sum += least;
  }
  return 2 * sum - 1 + rest;
}

/** The covariance of draws that are a lag apart, in chains with means of 0; each sum is divided by the full length. */
function covariance(chains, lag) {
  let sum = 0;
  for (const chain of chains) {
    for (let i = lag; i < chain.length; i += 1) sum += chain[i] * chain[i - lag];
  }
  return sum / (chains.length * chains[0].length);
}
