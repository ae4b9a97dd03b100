// The distribution function of a standard normal, with both tails to their last digits.

import { logNormal } from "./mixture.js";

/** The probabilities below and above x: the smaller one is never a difference. */
export function normalTails(x) {
  const far = Math.abs(x);
  const density = Math.exp(logNormal(far, 0, 1));
  const above = far < 2.5 ? 0.5 - density * series(far) : density / fraction(far);
  return x < 0 ? [above, 1 - above] : [1 - above, above];
}

/** The area from 0 to x over the density at x: x + x³/3 + x⁵/15 + … */
function series(x) {
  let sum = 0;
  for (let k = 1, term = x; sum + term !== sum; k += 2, term *= (x * x) / k) sum += term;
  return sum;
}

/** The density over the area beyond x: Laplace's continued fraction, x + 1/(x + 2/(x + 3/…)), from its far end. */
function fraction(x) {
  let value = x;
  for (let k = 160; k > 0; k -= 1) value = x + k / value;
  return value;
}
