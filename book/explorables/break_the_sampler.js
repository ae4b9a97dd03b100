// Chapter 8: what the ranks of the truth show of a sampler's fault, and after how many data sets.

import { button, decimals, slider, toggle } from "./shared/controls.js";
import { explorable } from "./shared/frame.js";
import { player } from "./shared/motion.js";
import { divide, grid, panel, path } from "./shared/picture.js";
import { remember } from "./shared/remember.js";
import { logNormal } from "./numerics/mixture.js";
import { RANKS, barBand, barsLeave, below, chanceToStay, ecdfBand, ecdfLeaves } from "./numerics/rank_bands.js";
import { SIZES } from "./numerics/rank_tables.js";
import { POSTERIOR_SCALE, drawsFrom, experiment, normals, rankProbabilities, ranks, slopeAndSpread, tallies } from "./numerics/ranks.js";
import { hiddenFault } from "./numerics/hidden_fault.js";

const LAST = SIZES.length - 1;
const AS_IN_THE_CHAPTER = SIZES.indexOf(2000);
const RIGHT = { shift: 0, power: 0, rho: 0, ignores: false };
const LARGEST = 1e6; // of the seed and of the hidden fault's number

const two = decimals(0.01);
const shiftText = (shift) => two(shift / POSTERIOR_SCALE);
const factorText = (power) => `× ${(2 ** power).toFixed(2)}`;
const number = (count) => count.toLocaleString("en");

const bands = SIZES.map((size) => ({ bars: barBand(size), ecdf: ecdfBand(size) }));
const picturesLeave = (counts, look) => [barsLeave(counts, bands[look].bars), ecdfLeaves(counts, bands[look].ecdf)];
const numbers = remember((seed) => normals(seed, SIZES[LAST]));

/** The counts of the ranks at each look, and whether each picture is outside of its band. */
const looks = remember((seed, fault) => {
  const counts = tallies(ranks(numbers(seed), fault), SIZES);
  return { counts, out: counts.map(picturesLeave) };
});

const probabilities = remember(rankProbabilities);

/** The size from which on each expected picture is outside of its band; undefined if there is none. */
const expectedLooks = remember((expected) => {
  const out = SIZES.map((size, look) => picturesLeave(expected.map((p) => p * size), look));
  return [0, 1].map((picture) => SIZES[1 + out.findLastIndex((leaves) => !leaves[picture])]);
});

/** How often each picture is outside, of all runs with so many data sets. */
const shares = (probabilities, look) => {
  const { bars, ecdf } = bands[look];
  return [{ bars }, { ecdf }].map((band) => 1 - chanceToStay(SIZES[look], probabilities, band));
};
const sharesOf = remember(shares);
const sharesOfRight = remember((look) => shares(new Array(RANKS).fill(1 / RANKS), look));

/** What the picture and the words show of a state. While a fault is hidden, the controls are the reader's guess. */
function shown(state) {
  const { look, seed, secret } = state;
  const [guess, fault] = [state, secret > 0 ? hiddenFault(secret) : state].map(({ shift, power, rho, ignores }) => ({ shift, factor: 2 ** power, rho, ignores }));
  const size = SIZES[look];
  const { counts, out } = looks(seed, fault);
  const first = [0, 1].map((picture) => SIZES[out.findIndex((leaves) => leaves[picture])]);
  return { look, size, fault, out: out[look], first, counts: counts[look], expected: probabilities(guess) };
}

/** The least of some ends of an axis that holds all values. */
const enough = (ends, values) => ends.find((end) => end >= Math.max(...values)) ?? ends.at(-1);

function view({ svg, width, height }) {
  const [top, rest] = divide({ width, height }, width < 480 ? [1, 3.4] : [1, 2], true);
  const margin = { left: 66 };
  const strip = panel(svg, top, { x: [-5, 5], y: [-0.3, 1.15], yTicks: 0, xLabel: "θ", title: " ", margin });
  const [title, label] = [".title", ".label"].map((part) => strip.group.select(part));
  const [left, right] = divide(rest, [1, 1]).map((part) => ({ ...part, top: part.top + rest.top }));
  const bars = panel(svg, left, { x: [-0.5, 19.5], y: [0, 2], xTicks: 4, xLabel: "rank of the truth", yLabel: "count / expected", title: " ", margin });
  const ecdf = panel(svg, right, { x: [0, RANKS], y: [-0.1, 0.1], xTicks: 4, xLabel: "ranks below", yLabel: "ECDF difference", title: " ", margin });
  const titles = [bars, ecdf].map(({ group }) => group.select(".title"));

  const thetas = grid(-5, 5, 201);
  const posterior = strip.inside.append("path").attr("class", "band");
  const sampler = strip.inside.append("path").attr("class", "curve dashed c2");
  const ticks = strip.inside.append("path").attr("class", "curve ink");
  const truth = strip.inside.append("path").attr("class", "dot c3").attr("d", "M0,-7L7,0L0,7L-7,0Z");

  const boxes = bars.inside.selectAll("rect").data(grid(0, 19, RANKS)).join("rect").attr("x", (rank) => bars.x(rank - 0.46)).attr("width", bars.x(0.92) - bars.x(0));
  const barsBand = bars.inside.append("rect").attr("class", "band").attr("width", bars.width);
  const ecdfBandArea = ecdf.inside.append("path").attr("class", "band");
  const difference = ecdf.inside.append("path").attr("class", "curve ink");
  const lines = [bars, ecdf].map(({ inside }) => inside.append("path").attr("class", "curve dashed c2"));
  const edges = grid(0, RANKS, RANKS + 1);

  return (state) => {
    const { look, size, fault, out, counts, expected } = shown(state);
    const { theta, y, draws, rank } = experiment(numbers(state.seed), size - 1, fault);
    const density = ({ mean, scale }) => (at) => Math.exp(logNormal(at, mean, scale));
    posterior.attr("d", path(strip, thetas, density(drawsFrom(y, { shift: 0, factor: 1, ignores: false }))));
    sampler.attr("d", state.secret > 0 ? null : path(strip, thetas, density(drawsFrom(y, fault))));
    label.text(`θ (grey: posterior${state.secret > 0 ? "" : ", dashed: sampler"})`);
    ticks.attr("d", [...draws].map((draw) => `M${strip.x(draw)},${strip.y(-0.06)}V${strip.y(-0.24)}`).join(""));
    truth.attr("transform", `translate(${strip.x(theta)},${strip.y(-0.15)})`);
    title.text(`Data set ${number(size)}: the truth ◆ has rank ${rank}`);
    titles.forEach((text, picture) => text.text(`${["Bars", "ECDF"][picture]}: ${out[picture] ? "not all" : "all"} in the 99 % band`));

    const [low, high] = bands[look].bars.map((count) => (count * RANKS) / size);
    const heights = counts.map((count) => (count * RANKS) / size);
    const shape = (expected ?? []).map((p) => p * RANKS);
    bars.y.domain([0, enough([2, 3, 4, 6, 8, 12, 20], [...heights, ...shape, high])]);
    bars.axes();
    boxes.attr("class", (at) => (heights[at] < low || heights[at] > high ? "bar out" : "bar"));
    boxes.attr("y", (at) => bars.y(heights[at])).attr("height", (at) => bars.height - bars.y(heights[at]));
    barsBand.attr("y", bars.y(high)).attr("height", bars.y(low) - bars.y(high));
    lines[0].attr("d", expected ? path(bars, shape.map((_, at) => at), shape) : null);

    const above = (sums, whole) => [0, ...sums.map((sum, j) => sum / whole - (j + 1) / RANKS), 0];
    const [lower, upper] = bands[look].ecdf.map((sums) => above(sums, size));
    const found = above(below(counts), size);
    const line = expected ? above(below(expected), 1) : [];
    const end = enough([0.05, 0.1, 0.2, 0.3, 0.5, 1], [...found, ...line, ...lower, ...upper].map(Math.abs));
    ecdf.y.domain([-end, end]);
    ecdf.axes();
    ecdfBandArea.attr("d", path(ecdf, [...edges, ...edges.toReversed()], [...upper, ...lower.toReversed()]));
    difference.attr("d", path(ecdf, edges, found));
    lines[1].attr("d", expected ? path(ecdf, edges, line) : null);
  };
}

/** What the shape of a histogram resembles. */
function reading(counts) {
  const [slope, spread] = slopeAndSpread(counts);
  if (Math.max(Math.abs(slope), Math.abs(spread)) < 3) return "No shape stands out";
  if (Math.abs(slope) > Math.abs(spread)) return `${slope > 0 ? "High" : "Low"} ranks are frequent, as if the draws were too ${slope > 0 ? "low" : "high"}`;
  if (spread < 0) return "Middle ranks are frequent (∩), as if the draws were spread too widely";
  return "Outer ranks are frequent (∪), as if the draws were too close together, or alike";
}

const percent = (share) => (share > 0.9995 ? "over 99.9" : share < 0.0005 ? "under 0.1" : (100 * share).toFixed(1));

/** What is said of both pictures. */
const both = (texts) => (texts[0] === texts[1] ? `both ${texts[0]}` : `bars ${texts[0]}, ECDF ${texts[1]}`);

function words(state) {
  const { look, size, out, first, counts, expected } = shown(state);
  const place = (picture) => {
    if (!(first[picture] <= size)) return "inside";
    return `${out[picture] ? "outside (first" : "inside (first outside"} at ${number(first[picture])})`;
  };
  const shape = state.secret > 0 ? "What does the shape say" : out.some(Boolean) ? reading(counts) : "What shape there is may be chance";
  const seen = `${number(size)} data sets: bars ${place(0)}, ECDF difference ${place(1)}. ${shape}${state.secret > 0 ? "?" : "."}`;
  if (!expected) return `${seen} A chain with another fault has no dashed lines here.`;
  const [mine, right] = [sharesOf(expected, look), sharesOfRight(look)].map((pair) => both(pair.map(percent)));
  const from = expectedLooks(expected).map((least) => (least ? `from ${number(least)} on` : "at no size up to 5,000"));
  const subject = state.secret > 0 ? "A sampler as you guess" : "Such a sampler";
  return `${seen} ${subject} is outside in this share of runs, in per cent: ${mine}; a right one: ${right}. The dashed lines, what is expected, are outside ${both(from)}.`;
}

const run = player(({ look }) => {
  held = (held + 1) % 6; // a tenth of a second for each look
  if (look >= LAST) return undefined;
  return held ? {} : { look: look + 1 };
});
let held = 0;

const fault = (label, changes) => button(label, () => ({ ...RIGHT, ...changes }));

explorable({
  name: "break_the_sampler",
  state: { look: AS_IN_THE_CHAPTER, shift: 0, power: 0.25, rho: 0, ignores: false, seed: 8, secret: 0 },
  controls: [
    slider("shift", "Shift, in posterior scales", -1, 1, 0.01, shiftText),
    slider("power", "Scale, by a factor", -1, 1, 0.01, factorText),
    slider("rho", "Autocorrelation", 0, 1, 0.05),
    slider("look", "Data sets", 0, LAST, 1, (look) => number(SIZES[look])),
    button(
      () => (run.running ? "Pause" : "Run"),
      ({ look }, explorable) => {
        if (!run.running && look >= AS_IN_THE_CHAPTER) explorable.set({ look: 0 });
        run.toggle(explorable);
      },
    ),
    button("All at once", () => ({ look: LAST })),
    button("New data", ({ seed }) => ({ seed: seed + 1 })),
    toggle("ignores", "ignores the data"),
    fault("right", {}),
    fault("variance for scale", { power: -0.5 }),
    fault("root taken twice", { power: 0.25 }),
    fault("prior mean 1 too low", { shift: -0.5 }),
    fault("no gaps between draws", { rho: 0.5 }),
    button("Break it for me", ({ seed, secret }) => ({ ...RIGHT, seed: seed + 1, secret: Math.abs(secret) + 1 })),
    button("Show", ({ secret }) => ({ ...hiddenFault(secret), secret: -secret }), ({ secret }) => secret <= 0),
  ],
  valid: (state) => {
    const whole = (value, least) => Math.min(LARGEST, Math.max(least, Math.round(value)));
    return { ...state, seed: whole(state.seed, 0), secret: whole(state.secret, -LARGEST) };
  },
  view,
  words,
  tries: [
    "Choose “right” and press “New data” twenty times. How often is a picture outside at the end, and how often was it on the way?",
    "Look for a shift that half of the runs with 100 data sets show, then for one with 5,000. Which picture needs the smaller one?",
    "Choose “right” and tick “ignores the data”. What do the draws in the upper picture have to do with the grey hill, and what do the ranks say?",
    "Make a ∪ in two ways. Could you tell from the ranks which it was?",
    "Press “Break it for me”, set the sliders until the dashed lines lie on what you see, and press “Show”.",
  ],
});
