// The data sets of the explorable on Gibbs sampling, each with its model, the stored chain and what is exact.

import * as tables from "./gibbs_chains.js";
import { threeGaussians } from "./three_gaussians.js";
import { twoGaussians } from "./two_gaussians.js";

const two = { w: [0.5, 0.5], priorSd: 10 };
const three = { w: [1 / 3, 1 / 3, 1 / 3], priorSd: 15 };

/** `range` is that of the points shown, `window` that of the first two locations. */
export const DATA = {
  apart: { ...tables.apart, ...two, y: twoGaussians(2), range: [-5, 5], window: [[-3.2, -0.6], [0.8, 3.4]] },
  close: { ...tables.close, ...two, y: twoGaussians(0.4), range: [-3.5, 3.5], window: [[-1.3, 1.3], [-1.3, 1.3]] },
  three: { ...tables.three, ...three, y: threeGaussians, range: [-8.5, 8.5], window: [[-5.4, -4.6], [-0.4, 0.4]] },
};

/** The model of a data set, for the tests. */
export const model = (name) => DATA[name];
