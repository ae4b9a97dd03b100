// For the tests of the sampler: where the true locations stand among its draws.

import { chain } from "./gibbs.js";
import { generator } from "./random.js";

/**
 * For each of many small data sets, whose locations are drawn from the prior, the rank of each true location among the
 * draws of a chain that begins elsewhere. All ranks from 0 to `draws` are equally likely if the sampler is right.
 */
export function ranks(seed, count, { w, priorSd, points, draws, apart }) {
  const random = generator(seed);
  return Array.from({ length: count }, (_, number) => {
    const truth = w.map(() => priorSd * random.normal());
    const y = Array.from({ length: points }, () => truth[random.category(w)] + random.normal());
    const start = w.map(() => priorSd * random.normal());
    const run = chain({ y, w, priorSd }, start, 7 * count * seed + number);
    run.to(apart * (draws + 1));
    const kept = run.mu.filter((_, sweep) => sweep && sweep % apart === 0).slice(1);
    return truth.map((value, k) => kept.filter((mu) => mu[k] < value).length);
  });
}
