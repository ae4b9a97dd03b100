// The posterior of the number of components, from log evidences that Python has computed (how_many_table.js).

import { logSumExp } from "./mixture.js";
import { BY_WEIGHTS, ERRORS, LOG_EVIDENCES, SCALES, SPREADS, WORTHS } from "./how_many_table.js";

/** The priors of the locations: first those tied to the scale, then the free ones, each from narrow to vague. */
export const LOCATIONS = [
  ...WORTHS.map((lambda, index) => ({ lambda, values: LOG_EVIDENCES.tied[index], errors: ERRORS.tied[index] })),
  ...SPREADS.map((spread, index) => ({ spread, values: LOG_EVIDENCES.free[index], errors: ERRORS.free[index] })),
];
/** One of them with one prior of the scales. */
export const cell = (place, scale) => {
  const { lambda, spread, values, errors } = LOCATIONS[place];
  return { lambda, spread, beta: SCALES[scale], values: values[scale], errors: errors[scale] };
};
export const MOST = LOG_EVIDENCES.tied[0][0].length;
export { SCALES };

/** Log of each prior of the number K, up to a constant. */
export const PRIORS = {
  equal: () => 0,
  slow: (k) => (k - 1) * Math.log(0.9),
  halving: (k) => (k - 1) * Math.log(0.5),
  poisson: (k) => {
    let log = 0; // K - 1 has a Poisson distribution of mean 1
    for (let j = 2; j < k; j += 1) log -= Math.log(j);
    return log;
  },
};

/** Probabilities from their logs up to a constant. */
export function normalized(logs) {
  const whole = logSumExp(logs);
  return logs.map((log) => Math.exp(log - whole));
}

/** Prior probabilities of 1 to `last` components. */
export const priorOfK = (kind, last) => normalized(Array.from({ length: last }, (_, index) => PRIORS[kind](index + 1)));

/**
 * The posterior of the number of components, if `last` is the last one that is tried: probabilities with their Monte
 * Carlo errors, the log evidence of the whole, and whether the most probable number is sure to two errors.
 */
export function posterior(place, scale, kind, last) {
  const [values, errors] = ["values", "errors"].map((part) => cell(place, scale)[part].slice(0, last));
  const prior = priorOfK(kind, last);
  const logs = values.map((value, index) => value + Math.log(prior[index]));
  const probabilities = normalized(logs);
  const best = probabilities.indexOf(Math.max(...probabilities));
  const sure = probabilities.every((p, k) => k === best || Math.log(probabilities[best] / p) > 2 * differenceError(errors, best, k));
  return {
    prior,
    probabilities,
    errors: probabilityErrors(probabilities, errors),
    best: best + 1,
    sure,
    mean: probabilities.reduce((sum, p, index) => sum + p * (index + 1), 0),
    logEvidence: logSumExp(logs),
  };
}

/** Whether an error, by its index, moves the log evidence of a number: those of steps move all that follow. */
const moves = (source, index) => (source < BY_WEIGHTS - 1 ? source === index : index >= source);

/** Error of the difference of two log evidences. */
export const differenceError = (errors, one, other) => Math.hypot(...errors.filter((_, source) => moves(source, one) !== moves(source, other)));

/** Errors of the log evidences, with those of the steps that lead to each. */
export const valueErrors = (errors) => errors.map((_, index) => Math.hypot(...errors.filter((_, source) => moves(source, index))));

/** Errors of the probabilities, by the delta method. */
export function probabilityErrors(probabilities, errors) {
  const shares = errors.map((_, source) => probabilities.reduce((sum, p, index) => sum + (moves(source, index) ? p : 0), 0));
  return probabilities.map((p, index) => p * Math.hypot(...errors.map((error, source) => error * ((moves(source, index) ? 1 : 0) - shares[source]))));
}
