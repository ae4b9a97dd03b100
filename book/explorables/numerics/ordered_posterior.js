// The posterior of two locations in ascending order, with known weights, scales of 1 and priors N(0, 10²), as
// gmixlib.TwoMeansPosterior has it, in the free coordinates of order.js.

import { logNormal } from "./mixture.js";

const PRIOR_SD = 10;
const BLOCK = 10; // so many factors neither overflow nor underflow on the plane that is shown

/**
 * Log of likelihood times prior on a line of equal gaps: a function of the lower location. It returns two values: of
 * the labelling with the first component below, and of the one with the first component above.
 */
export function alongGap(y, w, gap) {
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const squares = y.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const alone = y.length * logNormal(0, 0, 1) - 0.5 * squares;
  const prior = 2 * logNormal(0, 0, PRIOR_SD);
  // A point's density under the upper component is that under the lower one times tilt times e^(-gap mu).
  const tilt = Float64Array.from(y, (value) => Math.exp(gap * value - 0.5 * gap * gap));
  return (mu) => {
    const lower = alone - 0.5 * y.length * (mu - mean) ** 2;
    const common = lower + prior - (mu * mu + (mu + gap) ** 2) / (2 * PRIOR_SD ** 2);
    const factor = Math.exp(-gap * mu);
    const straight = common + logProduct(tilt, w, factor * (1 - w));
    return [straight, w === 0.5 ? straight : common + logProduct(tilt, 1 - w, factor * w)];
  };
}

/** Log of the product of a + b t over all t. */
function logProduct(t, a, b) {
  let sum = 0;
  for (let start = 0; start < t.length; start += BLOCK) {
    let product = 1;
    const stop = Math.min(start + BLOCK, t.length);
    for (let i = start; i < stop; i += 1) product *= a + b * t[i];
    sum += Math.log(product);
  }
  return sum;
}

/** Log of the joint density at one point, of either labelling. */
export const logJoint = (y, w, mu1, mu2) => alongGap(y, w, mu2 - mu1)(mu1);

/** Log of a sum of two exponentials. */
const logAdd = (a, b) => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));

/**
 * The posterior on a grid: rows of one x2 each, and in them places by the middle between the locations. Returns the logs of
 * both labellings and of their sum, all less its highest, row after row.
 */
export function onGrid(y, w, middles, x2) {
  const size = middles.length * x2.length;
  const [straight, turned, both] = [0, 1, 2].map(() => new Float64Array(size));
  let k = 0;
  let highest = -Infinity;
  for (const value of x2) {
    const gap = Math.exp(value);
    const at = alongGap(y, w, gap);
    for (const middle of middles) {
      [straight[k], turned[k]] = at(middle - gap / 2);
      both[k] = logAdd(straight[k], turned[k]);
      highest = Math.max(highest, both[k]);
      k += 1;
    }
  }
  for (const values of [straight, turned, both]) for (k = 0; k < size; k += 1) values[k] -= highest;
  return { straight, turned, both };
}
