// Ranks of the truth in the simplest model, a standard normal theta and one observation y with standard deviation 1.
// The posterior is normal with mean y / 2 and variance 1/2. A fault moves a sampler away from it:
//   shift    added to the mean
//   factor   of the scale
//   rho      correlation of neighbouring draws, which are a chain (an autoregression of order 1)
//   ignores  whether the draws come from the prior instead

import { normalTails } from "./normal_cdf.js";
import { logNormal } from "./mixture.js";
import { generator } from "./random.js";
import { CHAIN_RANKS } from "./rank_tables.js";

export const DRAWS = 19;
const NUMBERS = DRAWS + 2; // of each data set: for theta, for y, and for the draws
export const POSTERIOR_SCALE = Math.SQRT1_2;

/** Where a sampler with a fault draws from, given y. */
export function drawsFrom(y, { shift, factor, ignores }) {
  return { mean: (ignores ? 0 : y / 2) + shift, scale: factor * (ignores ? 1 : POSTERIOR_SCALE) };
}

/** Standard normal numbers for many data sets. With the same numbers another fault changes the ranks and no data. */
export function normals(seed, size) {
  const { normal } = generator(seed);
  return Float64Array.from({ length: NUMBERS * size }, normal);
}

/** One data set: the truth, the observation, the draws (put into an array) and the rank of the truth among them. */
export function experiment(numbers, index, fault, draws = new Float64Array(DRAWS)) {
  const at = NUMBERS * index;
  const theta = numbers[at];
  const y = theta + numbers[at + 1];
  const { mean, scale } = drawsFrom(y, fault);
  const news = Math.sqrt(1 - fault.rho * fault.rho);
  let place = numbers[at + 2];
  let rank = 0;
  for (let l = 0; l < DRAWS; l += 1) {
    if (l) place = fault.rho * place + news * numbers[at + 2 + l];
    draws[l] = mean + scale * place;
    if (draws[l] < theta) rank += 1;
  }
  return { theta, y, draws, rank };
}

/** The ranks of the truth in all data sets. */
export function ranks(numbers, fault) {
  const found = new Uint8Array(numbers.length / NUMBERS);
  const draws = new Float64Array(DRAWS);
  for (let index = 0; index < found.length; index += 1) found[index] = experiment(numbers, index, fault, draws).rank;
  return found;
}

/** How often each rank is among the first ones, for several sizes in ascending order. */
export function tallies(all, sizes) {
  const counts = new Array(DRAWS + 1).fill(0);
  let index = 0;
  return sizes.map((size) => {
    for (; index < size; index += 1) counts[all[index]] += 1;
    return counts.slice();
  });
}

/** The counts of the ranks from a seed. */
export const countsFrom = (seed, sizes, fault) => tallies(ranks(normals(seed, sizes.at(-1)), fault), sizes);

/**
 * The probability of each rank, or null where it is not known: for a chain whose distribution is wrong as well.
 * In posterior scales from its mean the truth is standard normal, and the draws have a mean and a scale of their own.
 * (The same holds in prior scales, for draws from the prior.)
 */
export function rankProbabilities({ shift, factor, rho, ignores }) {
  if (!rho) return amongIndependent(shift / (ignores ? 1 : POSTERIOR_SCALE), factor);
  if (shift || factor !== 1) return null;
  if (rho === 1) return [0.5, ...new Array(DRAWS - 1).fill(0), 0.5];
  const half = CHAIN_RANKS[Math.round(20 * rho) - 1];
  return [...half, ...half.toReversed()];
}

const STEP = 1 / 16;
const END = 9;

/** The probability of each rank of a standard normal among independent normals: a sum over a grid, exact to rounding. */
export function amongIndependent(mean, scale) {
  const probabilities = new Array(DRAWS + 1).fill(0);
  for (let truth = -END; truth <= END; truth += STEP) {
    const [p, q] = normalTails((truth - mean) / scale);
    const weight = STEP * Math.exp(logNormal(truth, 0, 1));
    CHOICES.forEach((choices, rank) => (probabilities[rank] += weight * choices * p ** rank * q ** (DRAWS - rank)));
  }
  return probabilities;
}

/** Binomial coefficients: in how many ways `rank` of the draws can be those below. */
const CHOICES = Array.from({ length: DRAWS }, (_, k) => k).reduce((row, k) => [...row, (row[k] * (DRAWS - k)) / (k + 1)], [1]);

// Of uniform ranks, centred: the mean of their squares, and the variance of these.
const SQUARE = ((DRAWS + 1) ** 2 - 1) / 12;
const FOURTH = (SQUARE * (3 * (DRAWS + 1) ** 2 - 7)) / 20;

/** Standard errors by which ranks are high on average, and by which they are far from the middle. */
export function slopeAndSpread(counts) {
  const sum = (f) => counts.reduce((total, count, rank) => total + count * f(rank - DRAWS / 2), 0);
  const size = sum(() => 1);
  return [sum((r) => r) / Math.sqrt(size * SQUARE), sum((r) => r * r - SQUARE) / Math.sqrt(size * (FOURTH - SQUARE * SQUARE))];
}
