// Densities of a mixture of normals, as gmixlib/density.py computes them.

const HALF_LOG_2PI = 0.9189385332046727;

/** Log density of a normal. */
export const logNormal = (y, mu, sigma) => {
  const t = (y - mu) / sigma;
  return -0.5 * t * t - HALF_LOG_2PI - Math.log(sigma);
};

/** Log of the sum of exponentials: the largest term is taken out, and the others are added by log1p. */
export function logSumExp(a) {
  const largest = Math.max(...a);
  if (!Number.isFinite(largest)) return largest;
  const first = a.indexOf(largest);
  let others = 0;
  a.forEach((term, index) => {
    if (index !== first) others += Math.exp(term - largest);
  });
  return largest + Math.log1p(others);
}

/** Log of weight times density, of each component. */
export const logTerms = (y, w, mu, sigma) => w.map((weight, k) => Math.log(weight) + logNormal(y, mu[k], sigma[k]));

/** Log density of the mixture. */
export const mixtureLogDensity = (y, w, mu, sigma) => logSumExp(logTerms(y, w, mu, sigma));

/** Responsibility of each component for a point. */
export function responsibilities(y, w, mu, sigma) {
  const terms = logTerms(y, w, mu, sigma);
  const whole = logSumExp(terms);
  return terms.map((term) => Math.exp(term - whole));
}
