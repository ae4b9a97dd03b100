// Random numbers from a seed: the same seed gives the same numbers in every browser.

/**
 * A generator: Vigna and Blackman's xoshiro128**, its state filled by splitmix32 from a whole number.
 * Its methods draw one number each.
 */
export function generator(seed) {
  let state = seed >>> 0;
  const mix = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let [a, b, c, d] = [mix(), mix(), mix(), mix()];
  const rotate = (x, count) => (x << count) | (x >>> (32 - count));
  const bits = () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return result;
  };
  /** Between 0 and 1, neither of them, with 52 bits. */
  const uniform = () => ((bits() >>> 6) * 67108864 + (bits() >>> 6) + 0.5) / 4503599627370496;
  let spare;
  /** A standard normal, by Marsaglia's polar method, which makes two at a time. */
  const normal = () => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    for (;;) {
      const [x, y] = [2 * uniform() - 1, 2 * uniform() - 1];
      const s = x * x + y * y;
      if (s < 1 && s > 0) {
        const factor = Math.sqrt((-2 * Math.log(s)) / s);
        spare = y * factor;
        return x * factor;
      }
    }
  };
  /** A gamma with a shape and scale 1, by Marsaglia and Tsang's method; a shape below 1 by a power of a uniform. */
  const gamma = (shape) => {
    if (shape < 1) return gamma(shape + 1) * uniform() ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  };
  /** A category: its number from 0, with probabilities in proportion to the weights. */
  const category = (weights) => {
    let left = uniform() * weights.reduce((sum, weight) => sum + weight, 0);
    const last = weights.length - 1;
    for (let k = 0; k < last; k += 1) {
      left -= weights[k];
      if (left < 0) return k;
    }
    return last;
  };
  return { uniform, normal, gamma, category };
}

/** Many draws of one kind, for the tests: kind is the name of a method, then its argument. */
export function draws(seed, count, kind, argument) {
  const random = generator(seed);
  return Array.from({ length: count }, () => random[kind](argument));
}
