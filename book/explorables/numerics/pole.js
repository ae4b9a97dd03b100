// Three components for the galaxies: two stay where EM ends, the third is put anywhere, with any scale.

import { logGamma } from "./gamma.js";
import { galaxies } from "./galaxies.js";
import { bisect } from "./humps.js";
import { logNormal, mixtureLogDensity } from "./mixture.js";

/** Where EM ends from the locations 10, 20 and 33 (chapter 10). */
export const END = {
  w: [0.08536528673496539, 0.8780513457414647, 0.03658336752357009],
  mu: [9.710139239529436, 21.40385059576763, 33.04438208902975],
  sigma: [0.42250905437183833, 2.203800234503519, 0.921717088642548],
};
const W = END.w[2];
const LOG_W = Math.log(W);

/** Log of what the two components that stay give to a point. */
const others = (y) => mixtureLogDensity(y, ...[END.w, END.mu, END.sigma].map((part) => part.slice(0, 2)));
const OTHERS = galaxies.map(others);

/** Log of the sum of two exponentials. */
const logAdd = (a, b) => (a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b)));

/** Log density of the mixture at a point. */
export const logDensity = (y, mu, sigma) => logAdd(others(y), LOG_W + logNormal(y, mu, sigma));

/** Log likelihood of the galaxies. */
export function logLikelihood(mu, sigma) {
  let sum = 0;
  for (let i = 0; i < galaxies.length; i += 1) sum += logAdd(OTHERS[i], LOG_W + logNormal(galaxies[i], mu, sigma));
  return sum;
}

/** Log likelihood where EM ends. */
export const LEVEL = logLikelihood(END.mu[2], END.sigma[2]);
export const level = () => LEVEL;

/** Log density of the variance: inverse gamma with shape alpha and scale beta. */
export const logPrior = (sigma, alpha, beta) =>
  alpha * Math.log(beta) - logGamma(alpha) - 2 * (alpha + 1) * Math.log(sigma) - beta / (sigma * sigma);

/**
 * What becomes of the log likelihood as the scale goes to 0. On a galaxy it is `constant` less the log of the scale, and
 * at the scale `crossing` as high as where EM ends; elsewhere it tends to `constant`.
 */
export function atZero(mu) {
  const on = galaxies.indexOf(mu);
  const rest = OTHERS.reduce((sum, value, index) => (index === on ? sum : sum + value), 0);
  if (on < 0) return { constant: rest };
  const constant = rest + LOG_W - 0.5 * Math.log(2 * Math.PI);
  return { constant, crossing: Math.exp(constant - LEVEL) };
}

/** Derivative of log likelihood plus log prior by the log of the scale. */
export function slope(mu, sigma, alpha, beta) {
  let sum = (2 * beta) / (sigma * sigma) - 2 * (alpha + 1);
  for (let i = 0; i < galaxies.length; i += 1) {
    const t = (galaxies[i] - mu) / sigma;
    const odds = Math.exp(LOG_W + logNormal(galaxies[i], mu, sigma) - OTHERS[i]); // of the third component
    if (odds > 0) sum += (odds === Infinity ? 1 : odds / (1 + odds)) * (t * t - 1);
  }
  return sum;
}

/** Scales between the ends at which likelihood times prior has a summit, in ascending order. */
export function summits(mu, alpha, beta, low = 1e-18, high = 100, count = 401) {
  const step = Math.log(high / low) / (count - 1);
  const at = (place) => slope(mu, Math.exp(place), alpha, beta);
  const found = [];
  let place = Math.log(low);
  for (let before = at(place), part = 1; part < count; part += 1) {
    const next = Math.log(low) + part * step;
    const after = at(next);
    if (before > 0 && after <= 0) found.push(Math.exp(bisect(at, place, next)));
    [place, before] = [next, after];
  }
  return found;
}

/** The galaxy nearest to a place, by its index. */
export const nearest = (mu) => galaxies.reduce((best, y, index) => (Math.abs(y - mu) < Math.abs(galaxies[best] - mu) ? index : best), 0);
