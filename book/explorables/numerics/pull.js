// The pull of a point on the locations of a mixture, and what becomes of densities that are added as they stand.

import { bisect } from "./humps.js";
import { logTerms, responsibilities } from "./mixture.js";

/** The derivative of a normal's log density with respect to its location. */
export const springOf = (y, mu, sigma) => (y - mu) / (sigma * sigma);

/** The derivative of the mixture's log density with respect to each location: the responsibility lets a part through. */
export const score = (y, w, mu, sigma) => responsibilities(y, w, mu, sigma).map((r, k) => r * springOf(y, mu[k], sigma[k]));

/** Density without care: the exponentials are formed and added. Far from all components it is 0 in float64. */
export const naiveDensity = (y, w, mu, sigma) => logTerms(y, w, mu, sigma).reduce((sum, term) => sum + Math.exp(term), 0);

/** Its log: minus infinity where it is 0. */
export const naiveLogDensity = (y, w, mu, sigma) => Math.log(naiveDensity(y, w, mu, sigma));

/** Bayes' rule as it stands: not a number where the density is 0. */
export function naiveResponsibilities(y, w, mu, sigma) {
  const whole = naiveDensity(y, w, mu, sigma);
  return logTerms(y, w, mu, sigma).map((term) => Math.exp(term) / whole);
}

/** The places to the left and to the right of all components beyond which the naive density is 0. */
export function naiveEnds(w, mu, sigma) {
  const reach = 45 * Math.max(...sigma); // exp(-45² / 2) is far below the smallest float64
  const end = (start, way) => start + way * bisect((distance) => naiveDensity(start + way * distance, w, mu, sigma), 0, reach);
  return [end(Math.min(...mu), -1), end(Math.max(...mu), 1)];
}
