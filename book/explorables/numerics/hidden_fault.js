// A fault that the reader does not know.

import { generator } from "./random.js";

/** A fault from its number, large enough for some thousand data sets: a shift, a scale, a chain, or shift and scale. */
export function hiddenFault(secret) {
  const { category, uniform } = generator(secret);
  const kind = category([2, 2, 1, 1]);
  const size = (least, most) => (Math.round(20 * (least + (most - least) * uniform())) / 20) * (uniform() < 0.5 ? -1 : 1);
  const [shift, power, rho] = [size(0.1, 0.5), size(0.15, 0.6), Math.abs(size(0.5, 0.85))];
  const shifted = kind === 0 || kind === 3;
  const scaled = kind === 1 || kind === 3;
  return { shift: shifted ? shift : 0, power: scaled ? power : 0, rho: kind === 2 ? rho : 0, ignores: false };
}
