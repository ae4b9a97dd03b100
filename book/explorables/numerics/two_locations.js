// The posterior of the two locations of a mixture of two normals, as gmixlib.TwoMeansPosterior computes it: equal
// weights, scale 1, and independent priors N(0, TAU^2). Often in s = (mu1 + mu2) / 2 and d = (mu2 - mu1) / 2, along and
// across the diagonal. "Height" is the log density at the mode less that at a point, in nats.

import { bisect } from "./humps.js";

const TAU = 10;
const HALF_LOG_2PI = 0.9189385332046727;

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** Log of likelihood times prior. The larger of two terms is taken out of each logarithm. */
export function logJoint(y, mu1, mu2) {
  const [s, d] = [(mu1 + mu2) / 2, Math.abs(mu2 - mu1) / 2];
  let total = 0;
  for (const value of y) {
    const x = Math.abs(value - s);
    total += Math.log1p(Math.exp(-2 * x * d)) - 0.5 * (x - d) ** 2;
  }
  const constant = y.length * (Math.LN2 + HALF_LOG_2PI) + 2 * (HALF_LOG_2PI + Math.log(TAU));
  return total - constant - (mu1 * mu1 + mu2 * mu2) / (2 * TAU * TAU);
}

/** The slope of the landscape, which is minus the log joint density, in both locations. */
export function slope(y, mu1, mu2) {
  const [s, gap] = [(mu1 + mu2) / 2, mu2 - mu1];
  let [first, second] = [mu1 / (TAU * TAU), mu2 / (TAU * TAU)];
  for (const value of y) {
    const r = 1 / (1 + Math.exp(-gap * (value - s))); // responsibility of the second component
    first += (1 - r) * (mu1 - value);
    second += r * (mu2 - value);
  }
  return [first, second];
}

/** The middle s where the landscape is lowest among points of the same d: by Newton's method. */
export function lowestMiddle(y, d, start) {
  let s = start;
  const steepest = y.length + 2 / (TAU * TAU); // no second derivative in s is larger
  for (let iteration = 0; iteration < 100; iteration += 1) {
    let [first, second] = [(2 * s) / (TAU * TAU), steepest];
    for (const value of y) {
      const r = 1 / (1 + Math.exp(-2 * d * (value - s)));
      first += s - value + d * (2 * r - 1);
      second -= 4 * d * d * r * (1 - r);
    }
    const step = first / Math.max(second, 0.2 * steepest);
    s -= step;
    if (Math.abs(step) < 1e-9) break; // the next one would be about its square
  }
  return s;
}

/** The place on the diagonal where the density is highest there: both locations are this. */
export const pass = (y) => sum(y) / (y.length + 2 / (TAU * TAU));

/** The second derivative of the log density at the pass, across the diagonal. Two modes where it is positive. */
export function criterion(y) {
  const c = pass(y);
  return sum(y.map((value) => (value - c) ** 2 - 1)) - 2 / (TAU * TAU);
}

/** The mode above the diagonal, or on it, its log joint density, and the height of the pass over it: the wall. */
export function summit(y) {
  const c = pass(y);
  const across = criterion(y);
  let mode = [c, c];
  if (across > 0) {
    let s = c;
    const climb = (d) => {
      s = lowestMiddle(y, d, s);
      const [first, second] = slope(y, s - d, s + d);
      return second - first;
    };
    const d = bisect(climb, 0, 5);
    s = lowestMiddle(y, d, s);
    mode = [s - d, s + d];
  }
  const top = logJoint(y, ...mode);
  return { c, criterion: across, mode, top, wall: across > 0 ? top - logJoint(y, c, c) : 0 };
}

/** The lowest way from one side to the other: for each d the lowest middle s, and its height. */
export function lowestWay(y, { c, top }, ds) {
  let s = c;
  return ds.map((d) => {
    s = lowestMiddle(y, d, s);
    return { d, s, height: top - logJoint(y, s - d, s + d) };
  });
}

/** The lattice: s = c + a STEP for a from -SIDE to SIDE, and d = b STEP for b from 0 to DEPTH. */
export const [STEP, SIDE, DEPTH] = [0.05, 48, 64];
const ROW = 2 * SIDE + 1;
const NEGLIGIBLE = -38; // exp(-38) = 3e-17

/**
 * Log joint density less its highest value, on the lattice, row by row of d; the other half is its mirror image. Both
 * locations then lie on a lattice, too. The normal densities are computed once for each place on that and each point,
 * and multiplied. Each row is followed from its highest value to both sides, as far as it matters; beyond stands -Infinity.
 */
export function lattice(y, landscape) {
  const valueAt = latticeValue(y, landscape);
  const values = new Float64Array(ROW * (DEPTH + 1)).fill(-Infinity);
  let highest = 0;
  for (let b = 0; b <= DEPTH; b += 1) {
    const along = (a) => (Math.abs(a) > SIDE ? -Infinity : valueAt(a, b));
    while (along(highest + 1) > along(highest)) highest += 1;
    while (along(highest - 1) > along(highest)) highest -= 1;
    for (const way of [1, -1]) {
      for (let a = way > 0 ? highest : highest - 1; Math.abs(a) <= SIDE; a += way) {
        const value = valueAt(a, b);
        values[b * ROW + a + SIDE] = value;
        if (value < NEGLIGIBLE) break;
      }
    }
  }
  return values;
}

function latticeValue(y, { c, top }) {
  const reach = SIDE + DEPTH;
  const tables = Array.from({ length: 2 * reach + 1 });
  const table = (k) => (tables[k + reach] ??= Float64Array.from(y, (value) => Math.exp(-0.5 * (value - c - k * STEP) ** 2)));
  const constant = y.length * (Math.LN2 + HALF_LOG_2PI) + 2 * (HALF_LOG_2PI + Math.log(TAU)) + top;
  return (a, b) => {
    const [s, d] = [c + a * STEP, b * STEP];
    return logProduct(table(a - b), table(a + b)) - (s * s + d * d) / (TAU * TAU) - constant;
  };
}

/** Log of the product of sums of two densities (at most 2 each). Where it underflows, that is far too low to matter. */
function logProduct(first, second) {
  let product = 1;
  for (let i = 0; i < first.length; i += 1) product *= first[i] + second[i];
  return Math.log(product);
}

/** The values on both halves, one the other's mirror image: `side` columns to each side, and `depth` rows. */
export function bothHalves(values, side, depth) {
  const rows = [];
  for (let b = -depth; b <= depth; b += 1) {
    const middle = Math.abs(b) * ROW + SIDE;
    rows.push(...values.slice(middle - side, middle + side + 1));
  }
  return rows;
}

/**
 * Log of the evidence, over both labellings, by the trapezoidal rule on the lattice. The joint density is a sum of normal
 * densities, one for each way to divide the points; where these are not all on one side, the rule is exact to rounding.
 */
export function logEvidence(values, { top }) {
  let total = 0;
  values.forEach((value, index) => {
    total += (index < ROW ? 1 : 2) * Math.exp(value); // with its mirror image
  });
  return top + Math.log(2 * STEP * STEP * total);
}

const parts = (count) => Array.from({ length: count }, (_, index) => (index + 0.5) / count - 0.5);
const [FEW, MANY] = [parts(3), parts(8)];

/**
 * Divides each cell of the lattice into 3 by 3 parts, or 8 by 8 near the mode, and the log density in it is taken for
 * quadratic. Visits them with the log density and the probability, as far as `lowest`; `few` is where 3 by 3 are enough.
 */
function divided(values, lowest, few, visit) {
  for (let index = 1; index < ROW * DEPTH - 1; index += 1) {
    const here = values[index];
    if (here < lowest) continue;
    const [up, down] = [values[index + ROW], values[index < ROW ? index + ROW : index - ROW]];
    const [left, right] = [values[index - 1], values[index + 1]];
    const places = here > few ? MANY : FEW;
    const own = index < ROW ? 0.5 : 1; // the row on the diagonal is its own mirror image
    if (!Number.isFinite(up + down + left + right)) {
      visit(here, own * Math.exp(here)); // far down, at the edge of what was computed
      continue;
    }
    for (const i of places) {
      for (const j of places) {
        const quadratic = (i * i * (left + right - 2 * here) + j * j * (up + down - 2 * here)) / 2;
        const log = Math.min(0, here + (i * (right - left) + j * (up - down)) / 2 + quadratic);
        visit(log, (own * Math.exp(log)) / places.length ** 2);
      }
    }
  }
}

/**
 * How probable it is that the energy of a kick and the height where it starts exceed the wall together: the energy of the
 * kick alone does so with probability exp(height - wall), and this is its average over the posterior. What lies higher than
 * 30 nats does not count.
 */
export function strongShare(values, wall) {
  let [strong, total] = [0, 0];
  divided(values, -30, 0, (log, weight) => {
    total += weight;
    strong += weight * Math.exp(Math.min(0, -log - wall));
  });
  return strong / total;
}

/** The same where the mode is a normal one. */
export const strongShareOfNormal = (wall) => (1 + wall) * Math.exp(-wall);

const [LOWEST, BIN] = [-12, 0.002]; // nats

/** Log densities less the highest, above which these shares of the probability lie. */
export function regionLevels(values, shares) {
  const bins = new Float64Array(-LOWEST / BIN); // by height
  let total = 0;
  divided(values, LOWEST, -1, (log, weight) => {
    if (log <= LOWEST) return;
    bins[Math.floor(-log / BIN)] += weight;
    total += weight;
  });
  return shares.map((share) => {
    let [bin, left] = [0, share * total];
    while (left > bins[bin]) left -= bins[bin++];
    return -BIN * (bin + left / bins[bin]);
  });
}
