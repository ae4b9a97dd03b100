// Four chains of draws of two locations, each of them in one of two modes that are mirror images of each other.

import { generator } from "./random.js";

// The exact posterior of the smaller and the larger location, given the first data set: means, standard deviations,
// and the correlation.
export const POSTERIOR = { mean: [-0.886812, 1.130429], sd: [0.185112, 0.174047], corr: 0.137647 };

/**
 * Four chains of independent draws: of each draw the smaller and the larger location. They are normal with the moments
 * of the exact posterior, which is nearly normal in each mode. R-hat sees ranks alone, of which the distance between
 * two modes that do not overlap changes nothing.
 */
export function fourChains(seed, length) {
  const { mean, sd, corr } = POSTERIOR;
  return [0, 1, 2, 3].map((number) => {
    const random = generator(4 * seed + number); // its own, so that fewer draws are the first ones of more
    const [low, high] = [new Float64Array(length), new Float64Array(length)];
    for (let i = 0; i < length; i += 1) {
      const [first, second] = [random.normal(), random.normal()];
      low[i] = mean[0] + sd[0] * first;
      high[i] = mean[1] + sd[1] * (corr * first + Math.sqrt(1 - corr * corr) * second);
    }
    return [low, high];
  });
}

/**
 * The first location in each of the chains, where `mirrored` chains have the two locations of each draw exchanged. If
 * the last chain `switches`, it does so half way; if draws are `ordered`, the smaller location is the first one.
 */
export function firstLocation(chains, mirrored, { switches, ordered }) {
  return chains.map(([low, high], number) => {
    if (ordered) return low.map((value, i) => Math.min(value, high[i]));
    const [before, after] = mirrored[number] ? [high, low] : [low, high];
    const turn = switches && number === chains.length - 1 ? before.length >> 1 : before.length;
    return before.map((value, i) => (i < turn ? value : after[i]));
  });
}

/** How many half chains are in the mode in which the first location is the larger one. */
export function mirroredHalves(mirrored, switches) {
  const halves = mirrored.flatMap((one, number) => [one, switches && number === mirrored.length - 1 ? !one : one]);
  return halves.filter(Boolean).length;
}

/** For four chains that start at random: which of them are mirrored. */
export function randomModes(seed) {
  const random = generator(seed + 1_000_003);
  return [0, 1, 2, 3].map(() => random.uniform() < 0.5);
}
