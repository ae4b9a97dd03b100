// Densities on a grid of the plane: rows of one x2 each, columns evenly spaced in them. Regions of highest density, and
// draws by the inverse of the cumulative distribution, first of x2 and then in the row.

import { generator } from "./random.js";

/**
 * Rows from the top down, nearer to each other at the top, where the density of the log gap is narrow. `place` is the
 * row's number, and need not be whole; `length` is how much x2 changes from one row to the next there.
 */
export function rowsOf(top, bottom, count) {
  const step = 1 / (count - 1);
  const at = (place) => top - (top - bottom) * (0.3 * place * step + 0.7 * (place * step) ** 2);
  const length = (place) => (top - bottom) * step * (0.3 + 1.4 * place * step);
  const placeOf = (x2) => (Math.sqrt(0.09 + (2.8 * (top - x2)) / (top - bottom)) - 0.3) / (1.4 * step);
  return { count, at, length, placeOf, x2: Array.from({ length: count }, (_, row) => at(row)) };
}

/**
 * The cumulative sums of values a step apart: the trapezoidal rule with the next term of Euler and Maclaurin's
 * formula. With the values it makes a cubic between two places.
 */
export function cumulative(values) {
  const last = values.length - 1;
  const slope = (i) => {
    if (i === 0) return (-3 * values[0] + 4 * values[1] - values[2]) / 2;
    if (i === last) return (3 * values[last] - 4 * values[last - 1] + values[last - 2]) / 2;
    return (values[i + 1] - values[i - 1]) / 2;
  };
  const sums = new Float64Array(values.length);
  for (let i = 1; i <= last; i += 1) {
    const part = (values[i - 1] + values[i]) / 2 - (slope(i) - slope(i - 1)) / 12;
    sums[i] = sums[i - 1] + Math.max(0, part); // far out, where the density all but jumps, the formula may fail
  }
  return { values, sums, total: sums[last] };
}

/** A cumulative sum at a place between others. */
export function sumAt({ values, sums }, place) {
  const i = Math.min(sums.length - 2, Math.max(0, Math.floor(place)));
  const t = place - i;
  const rise = sums[i + 1] - sums[i];
  const [first, second] = [values[i], values[i + 1]];
  return sums[i] + t * (first + t * (3 * rise - 2 * first - second + t * (first + second - 2 * rise)));
}

/** The place at which a cumulative sum reaches a value. */
export function placeOfSum(whole, sum) {
  let [low, high] = [0, whole.sums.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (whole.sums[middle] > sum) high = middle;
    else low = middle;
  }
  for (let halving = 0; halving < 20; halving += 1) {
    const middle = 0.5 * (low + high);
    if (sumAt(whole, middle) > sum) high = middle;
    else low = middle;
  }
  return 0.5 * (low + high);
}

/**
 * What draws are made from: the cumulative distribution in each row, and that of the rows for two densities: the one
 * given, and that times the Jacobian e^x2.
 */
export function marginals(rows, columns, logDensity) {
  const values = new Float64Array(columns);
  const inRows = rows.x2.map((_, row) => {
    const logs = logDensity.subarray(row * columns, (row + 1) * columns);
    const highest = logs.reduce((a, b) => Math.max(a, b));
    for (let i = 0; i < columns; i += 1) values[i] = Math.exp(logs[i] - highest);
    return { highest, ...cumulative(values.slice()) };
  });
  const mass = (power) => (row, k) => row.total * Math.exp(row.highest + power * rows.x2[k]) * rows.length(k);
  return [0, 1].map((power) => ({ inRows, ...cumulative(inRows.map(mass(power))) }));
}

/** The share of the mass above one x2 that lies below another. */
export function shareBelow(rows, whole, bottom, x2) {
  const [cut, most] = [bottom, x2].map((value) => sumAt(whole, rows.placeOf(value)));
  return (cut - most) / cut;
}

/**
 * Draws of places (column, row) above an x2, all made of numbers from a seed. The density is a sum of parts, each with one
 * ridge: a part is drawn first, or a place between the ridges of two rows might lie beside both.
 */
export function draws(rows, parts, bottom, count, seed) {
  const random = generator(seed);
  const masses = parts.map((whole) => sumAt(whole, rows.placeOf(bottom)));
  return Array.from({ length: count }, () => {
    const [first, second] = [random.uniform(), random.uniform()];
    const part = random.category(masses);
    const whole = parts[part];
    const row = placeOfSum(whole, first * masses[part]);
    const above = Math.min(rows.count - 2, Math.floor(row));
    const [one, other] = [above, above + 1].map((i) => placeOfSum(whole.inRows[i], second * whole.inRows[i].total));
    return { column: one + (row - above) * (other - one), row, part };
  });
}

const BIN = 0.01; // nats
const DEPTH = 12; // nats below the highest, down to which regions are looked for
const PARTS = 3; // of a cell, each way

/**
 * The log densities above which given shares of the mass lie: regions of highest density, as hdr_levels finds them.
 * `fields` are log densities on the grid, and `weight` is what an area counts, a function of its x2 and its
 * height. Cells are divided, and the areas of the parts sorted into bins of equal log density.
 */
export function levels(rows, columns, fields, weight, shares) {
  const highest = Math.max(...fields.map((field) => field.reduce((a, b) => Math.max(a, b))));
  const bins = new Float64Array(DEPTH / BIN + 1);
  for (const field of fields) for (let part = 0; part < PARTS * (rows.count - 1); part += 1) addRow(field, part);
  bins.forEach((area, bin) => (bins[bin] = area * Math.exp(-BIN * (bin + 0.5))));
  const whole = bins.reduce((sum, mass) => sum + mass, 0);
  return shares.map((share) => {
    let [bin, inside] = [0, bins[0]];
    while (inside < share * whole) inside += bins[(bin += 1)];
    return highest - BIN * (bin + 1 - (inside - share * whole) / bins[bin]);
  });

  function addRow(field, part) {
    const place = (part + 0.5) / PARTS;
    const row = Math.floor(place);
    const area = rows.length(place) * weight(rows.at(place), rows.length(place) / PARTS);
    if (!area) return;
    let next = (1 - place + row) * field[row * columns] + (place - row) * field[(row + 1) * columns];
    for (let k = row * columns + 1; k < (row + 1) * columns; k += 1) {
      const last = next;
      next = (1 - place + row) * field[k] + (place - row) * field[k + columns];
      if (Math.max(last, next) < highest - DEPTH) continue;
      for (let t = 0.5 / PARTS; t < 1; t += 1 / PARTS) {
        const bin = Math.floor((highest - last - t * (next - last)) / BIN);
        if (bin < bins.length) bins[bin] += area;
      }
    }
  }
}
