// The first data set with its two groups moved together or apart.

import { twoGaussians } from "./two_gaussians.js";

/** The group of each point, as the simulation drew it: 0 at the lower centre, 1 at the upper. */
const GROUPS = "1110000001111111111101100110111001010000000001110110011101111110101111000011011011001110100100110001";

/** The same points around centres at -m and m instead of -1 and 1. */
export const withHalfGap = (m) => twoGaussians.map((y, i) => y + (m - 1) * (GROUPS[i] === "1" ? 1 : -1));
