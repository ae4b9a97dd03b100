// Gibbs sampling of the locations of normal components whose weights and scale (1) are known: first the categories given
// the locations, then the locations given the categories. A model is { y, w, priorSd }: points, weights, and the standard
// deviation of the normal prior, around 0, of each location.

import { generator } from "./random.js";

/** The probabilities of a point's categories, its responsibilities, written into `r`. */
export function responsibilitiesOf(y, w, mu, r = new Float64Array(w.length), logW = w.map(Math.log)) {
  let largest = -Infinity;
  for (let k = 0; k < mu.length; k += 1) {
    r[k] = logW[k] - 0.5 * (y - mu[k]) ** 2;
    if (r[k] > largest) largest = r[k];
  }
  let whole = 0;
  for (let k = 0; k < mu.length; k += 1) {
    r[k] = Math.exp(r[k] - largest);
    whole += r[k];
  }
  for (let k = 0; k < mu.length; k += 1) r[k] /= whole;
  return r;
}

/** The first half of a sweep: a category for each point, drawn from its responsibilities. */
export function drawCategories({ y, w }, mu, random) {
  const z = new Uint8Array(y.length);
  const r = new Float64Array(w.length);
  const logW = w.map(Math.log);
  for (let i = 0; i < y.length; i += 1) {
    responsibilitiesOf(y[i], w, mu, r, logW);
    let left = random.uniform() - r[0];
    while (left >= 0 && z[i] < w.length - 1) {
      z[i] += 1;
      left -= r[z[i]];
    }
  }
  return z;
}

/** What the locations have given the categories: normal distributions with these means and standard deviations. */
export function conditionals({ y, w, priorSd }, z) {
  const count = w.map(() => 0);
  const sum = w.map(() => 0);
  y.forEach((value, i) => {
    count[z[i]] += 1;
    sum[z[i]] += value;
  });
  const precision = count.map((n) => n + 1 / priorSd ** 2);
  return { count, mean: sum.map((s, k) => s / precision[k]), sd: precision.map((p) => 1 / Math.sqrt(p)) };
}

/** The second half of a sweep: a location for each component, drawn from its conditional. */
export const drawLocations = ({ mean, sd }, random) => mean.map((centre, k) => centre + sd[k] * random.normal());

/** A chain from a start: `to` sweeps on until there are so many. Sweep t has the categories z[t] and leaves mu[t]. */
export function chain(model, start, seed) {
  const random = generator(seed);
  const mu = [start];
  const z = [null];
  const to = (sweeps) => {
    while (mu.length <= sweeps) {
      z.push(drawCategories(model, mu.at(-1), random));
      mu.push(drawLocations(conditionals(model, z.at(-1)), random));
    }
  };
  return { mu, z, to };
}

const kept = new WeakMap();
/** The chain of a model, from a start and a seed, with so many sweeps at least; each model's last one is kept. */
export function keptChain(model, start, seed, sweeps) {
  if (kept.get(model)?.seed !== seed) kept.set(model, { seed, run: chain(model, start, seed) });
  const { run } = kept.get(model);
  run.to(sweeps);
  return run;
}

/** Autocorrelation of a series at lags 0 to `lags`, all with the divisor of lag 0. */
export function autocorrelation(x, lags) {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const centred = x.map((value) => value - mean);
  const product = (lag) => {
    let sum = 0;
    for (let t = lag; t < x.length; t += 1) sum += centred[t] * centred[t - lag];
    return sum;
  };
  const whole = product(0);
  return Array.from({ length: lags + 1 }, (_, lag) => product(lag) / whole);
}

/** The locations of a whole chain, for the tests. */
export function locations(model, start, seed, sweeps) {
  const run = chain(model, start, seed);
  run.to(sweeps);
  return run.mu.slice(1);
}
