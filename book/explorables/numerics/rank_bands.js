// The bands of 20 ranks: where a right sampler's counts stay, and how often those of any sampler do.

import { poisson, tailQuantiles } from "./binomial.js";
import { ECDF_BANDS, SIZES } from "./rank_tables.js";

export const RANKS = 20;
const NEGLIGIBLE = 1e-25; // of a probability
const OUTSIDE = 0.01; // the share of right samplers that may leave a band

/** Counts between which all bars lie together: a twentieth of the one per cent for each bar, half of it on each side. */
export const barBand = (size) => tailQuantiles(size, 1 / RANKS, OUTSIDE / RANKS / 2);

/** The numbers of ranks below 1, 2, ..., 19 between which they lie together. There is a table, for the sizes in it. */
export const ecdfBand = (size) => ECDF_BANDS[SIZES.indexOf(size)];

/** How many ranks are below 1, 2, ..., 19. */
export function below(counts) {
  let sum = 0;
  return counts.slice(0, -1).map((count) => (sum += count));
}

/** Whether a bar is outside of the band for all bars. */
export function barsLeave(counts, [low, high]) {
  return counts.some((count) => count < low || count > high);
}

/** Whether the ECDF difference is outside of its band. */
export function ecdfLeaves(counts, [low, high]) {
  return below(counts).some((count, j) => count < low[j] || count > high[j]);
}

/**
 * The probability that all bars stay in their band, or the ECDF in its own (the other may be left out), where each rank
 * has a probability. Counts are independent Poisson variables given their sum, so we add one rank after the other and
 * keep the distribution of the sum, of those runs that have not left the band.
 */
export function chanceToStay(size, probabilities, { bars: [least, most] = [0, size], ecdf } = {}) {
  let start = 0;
  let sums = [1]; // sums[s]: the probability of the sum start + s
  probabilities.forEach((probability, rank) => {
    const { first, terms } = poisson(size * probability);
    const rest = RANKS - 1 - rank;
    const low = Math.max(ecdf && rest ? ecdf[0][rank] : 0, size - rest * most, start + first);
    const high = Math.min(ecdf && rest ? ecdf[1][rank] : size, size - rest * least);
    const next = new Float64Array(Math.max(0, high - low + 1));
    for (let s = 0; s < sums.length; s += 1) {
      if (sums[s] < NEGLIGIBLE) continue;
      const from = Math.max(least, first, low - start - s);
      const to = Math.min(most, first + terms.length - 1, high - start - s);
      for (let count = from, at = start + s + from - low; count <= to; count += 1, at += 1) next[at] += sums[s] * terms[count - first];
    }
    [start, sums] = [low, next];
  });
  const { first, terms } = poisson(size);
  return Math.min(1, (sums[size - start] ?? 0) / terms[size - first]);
}
