// What the explorable "fold" shows of the posterior of two ordered locations, for the first data set with another half
// gap m and a known weight w: regions of highest density, shares and draws. `power` is 1 for the density of the free
// coordinates, which has the Jacobian e^x2 as a factor, and 0 for the one that lacks it; that has no finite integral,
// and so whatever is said of it is about the part above a cut, the lowest x2.

import { draws, levels, marginals, rowsOf, shareBelow, sumAt } from "./grid_draws.js";
import { remember } from "../shared/remember.js";
import { twoGaussians } from "./two_gaussians.js";
import { onGrid } from "./ordered_posterior.js";

const [TOP, BOTTOM] = [1.4, -8]; // of x2: above it there is next to nothing; the lowest cut
const COLUMNS = 64;
const SHARES = [0.25, 0.5, 0.75, 0.95]; // of the probability, inside the contours

const rows = rowsOf(TOP, BOTTOM, 72);
export const gridSize = () => [COLUMNS, rows.count];

/**
 * The middle between the locations, in a column. Lines of equal middles follow the ridges of the density better than
 * those of equal x1. Where the grid ends there is less than a thousandth of the probability.
 */
const middleAt = (w, column) => 0.1 + (0.75 + 2.1 * (w - 0.5)) * ((2 * column) / (COLUMNS - 1) - 1);

/** The free coordinates of a place on the grid, (column, row), and whether the grid reaches as far down. */
export function at(w, column, row) {
  const x2 = rows.at(row);
  return [middleAt(w, column) - Math.exp(x2) / 2, x2];
}
export const isOn = ([, x2]) => x2 >= BOTTOM;

/** The posterior on the grid, and the distributions that draws are made from, without and with the Jacobian. */
const posterior = remember((m, w) => {
  const middles = Array.from({ length: COLUMNS }, (_, column) => middleAt(w, column));
  const density = onGrid(twoGaussians(m), w, middles, rows.x2);
  const whole = marginals(rows, COLUMNS, density.both);
  // With equal weights both labellings are the same.
  const labellings = [density.straight, density.turned].map((log) => (w === 0.5 ? whole : marginals(rows, COLUMNS, log)));
  return { ...density, whole, labellings };
});

/** The share of the probability above a cut that belongs to smaller gaps than one. */
export const shareOfGapsBelow = (gap, m, w, power, cut) => shareBelow(rows, posterior(m, w).whole[power], cut, Math.log(gap));

/** The share in which the component with the weight w is the lower one. */
export function shareOfStraight(m, w, power, cut) {
  const [straight, turned] = posterior(m, w).labellings.map((sums) => sumAt(sums[power], rows.placeOf(cut)));
  return straight / (straight + turned);
}

/** Draws: free coordinates, and whether the component with the weight w is the lower one. */
export const cloud = remember((m, w, power, cut, count, seed) => {
  const labellings = posterior(m, w).labellings.map((sums) => sums[power]);
  return draws(rows, labellings, cut, count, seed).map(({ column, row, part }) => {
    const [x1, x2] = at(w, column, row);
    return { x1, x2, straight: part === 0 };
  });
});

/** The log density of the free coordinates, and its heights at the borders of the regions above a cut. */
export const freeRegions = remember((m, w, power, cut) => {
  const logDensity = posterior(m, w).both.map((log, k) => log + power * rows.x2[Math.floor(k / COLUMNS)]);
  const shareAbove = (x2, height) => Math.min(1, Math.max(0, 0.5 + (x2 - cut) / height));
  return { logDensity, heights: levels(rows, COLUMNS, [logDensity], shareAbove, SHARES) };
});

/**
 * The log density of the locations on the half where they are in order; if unfolded, on both halves: first where they
 * are in order, then the mirror image of where they are not.
 */
export const locationRegions = remember((m, w, unfolded) => {
  const { straight, turned, both } = posterior(m, w);
  const halves = unfolded ? [straight, turned] : [both];
  return { halves, heights: levels(rows, COLUMNS, halves, Math.exp, SHARES) };
});
