// The evidence lower bound (ELBO) of a normal q with independent coordinates, for the two locations of the model
// y ~ 0.5 N(mu1, 1) + 0.5 N(mu2, 1) with mu1, mu2 ~ N(0, 10^2), and the path of its ascent.

// What gmixlib.TwoMeansPosterior says of the hundred points: the log evidence, and the least loss of a q with equal means
// and equal sds.
export const LOG_EVIDENCE = -180.50877844843635;
export const LEAST_ON_DIAGONAL = 195.752791021;

const HALF_LOG_2PI = 0.9189385332046727;
const PRIOR_SD = 10;
const SMALL = 1e-150; // the product of two numbers above it does not underflow

/** At each node of one location: where it is, exp(-(y - mu)^2 / 2) for each point, and that times y - mu. */
function atNodes(y, mean, sd, points) {
  const n = y.length;
  const [mu, bell, pull] = [points.length, points.length * n, points.length * n].map((size) => new Float64Array(size));
  points.forEach((point, a) => {
    mu[a] = mean + sd * point;
    for (let i = 0; i < n; i += 1) {
      const apart = y[i] - mu[a];
      bell[a * n + i] = Math.exp(-0.5 * apart * apart);
      pull[a * n + i] = apart * bell[a * n + i];
    }
  });
  return { mu, bell, pull };
}

/** The ELBO of a normal with these means and sds, and its derivatives by the means and by the logs of the sds. */
export function elbo(y, mean, sd, { points, masses }) {
  const n = y.length;
  const size = points.length;
  const first = atNodes(y, mean[0], sd[0], points);
  const second = atNodes(y, mean[1], sd[1], points);
  const pulls = [new Float64Array(size * size), new Float64Array(size * size)];
  const pair = new Float64Array(2);
  let logLikelihood = 0;
  for (let a = 0; a < size; a += 1) {
    for (let b = 0; b < size; b += 1) {
      const mass = masses[a] * masses[b];
      logLikelihood += mass * atPair(y, first, second, a, b, pair);
      // Exchanged means and sds exchange the pulls to the last bit, so that equal ones stay equal for ever.
      pulls[0][a * size + b] = mass * pair[0];
      pulls[1][b * size + a] = mass * pair[1];
    }
  }
  const constant = n * (Math.log(0.5) - HALF_LOG_2PI);
  const prior = (k) => -0.5 * ((mean[k] ** 2 + sd[k] ** 2) / PRIOR_SD ** 2) - Math.log(PRIOR_SD) - HALF_LOG_2PI;
  const entropy = 1 + 2 * HALF_LOG_2PI + Math.log(sd[0]) + Math.log(sd[1]);
  const sums = pulls.map((pull) => expectations(pull, points));
  return {
    value: logLikelihood + constant + prior(0) + prior(1) + entropy,
    byMean: sums.map(([sum], k) => sum - mean[k] / PRIOR_SD ** 2),
    byLogSd: sums.map(([, moment], k) => sd[k] * moment - (sd[k] / PRIOR_SD) ** 2 + 1),
  };
}

/** Log joint density of points and locations where both locations take the values of an axis: a row for each value of mu2. */
export function logJoint(y, axis) {
  const at = atNodes(y, 0, 1, axis);
  const pulls = new Float64Array(2);
  const constant = y.length * (Math.log(0.5) - HALF_LOG_2PI) - 2 * (Math.log(PRIOR_SD) + HALF_LOG_2PI);
  const prior = (mu) => -0.5 * (mu / PRIOR_SD) ** 2;
  return axis.flatMap((mu2, b) => axis.map((mu1, a) => atPair(y, at, at, a, b, pulls) + prior(mu1) + prior(mu2) + constant));
}

/** Sum of log(bell + bell) over the points at a pair of nodes. The pulls on both locations are left in `pulls`. */
function atPair(y, first, second, a, b, pulls) {
  const n = y.length;
  let log = 0;
  let product = 1; // one logarithm for many points
  let pull1 = 0;
  let pull2 = 0;
  for (let i = 0, f = a * n, s = b * n; i < n; i += 1, f += 1, s += 1) {
    const sum = first.bell[f] + second.bell[s];
    if (sum > SMALL) {
      const inverse = 1 / sum;
      pull1 += first.pull[f] * inverse;
      pull2 += second.pull[s] * inverse;
      product *= sum;
      if (product < SMALL) {
        log += Math.log(product);
        product = 1;
      }
    } else {
      const far = farPoint(y[i] - first.mu[a], y[i] - second.mu[b]);
      log += far.log;
      pull1 += far.pull1;
      pull2 += far.pull2;
    }
  }
  pulls[0] = pull1;
  pulls[1] = pull2;
  return log + Math.log(product);
}

/** Log of the sum and pulls of two components, both far from a point: the largest term is taken out. */
function farPoint(apart1, apart2) {
  const log1 = -0.5 * apart1 * apart1;
  const log2 = -0.5 * apart2 * apart2;
  const rest = Math.log1p(Math.exp(-Math.abs(log1 - log2)));
  const log = Math.max(log1, log2) + rest;
  return { log, pull1: apart1 * Math.exp(log1 - log), pull2: apart2 * Math.exp(log2 - log) };
}

/** Sum of the pulls on one location, and their sum times the standard normal node: its own node is the row. */
function expectations(pull, points) {
  const size = points.length;
  let [sum, moment] = [0, 0];
  points.forEach((point, row) => {
    let inRow = 0;
    for (let column = 0; column < size; column += 1) inRow += pull[row * size + column];
    sum += inRow;
    moment += point * inRow;
  });
  return [sum, moment];
}

/** KL(q || p), in nats, of a q with this loss, which is the negative ELBO. */
export const divergence = (loss) => loss + LOG_EVIDENCE;

/**
 * Steps up the gradient of the ELBO from a start with sds of exp(-1), with the step sizes of the chapter; the chapter
 * estimates the gradient from ten draws, and here it is without noise. Means, sds and loss before each step and at the end.
 */
export function ascent(y, start, steps, rule) {
  let [mean, logSd] = [start, [-1, -1]];
  const path = [];
  for (let t = 0; ; t += 1) {
    const sd = logSd.map(Math.exp);
    const here = elbo(y, mean, sd, rule);
    path.push({ mean, sd, loss: -here.value });
    if (t === steps) return path;
    const rate = 0.01 / (1 + t / 500);
    mean = mean.map((m, k) => m + rate * here.byMean[k]);
    logSd = logSd.map((log, k) => log + rate * here.byLogSd[k]);
  }
}
