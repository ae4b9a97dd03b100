// Chapter 6: a Gibbs sampler in half sweeps. The categories are drawn given the locations, then the locations given them.

import { button, choice, decimals } from "./shared/controls.js";
import { densityRegions } from "./shared/density_regions.js";
import { explorable } from "./shared/frame.js";
import { legend, piles, SHAPES } from "./shared/marks.js";
import { player } from "./shared/motion.js";
import { divide, grid, panel, path } from "./shared/picture.js";
import { autocorrelation, conditionals, keptChain } from "./numerics/gibbs.js";
import { DATA } from "./numerics/gibbs_data.js";
import { logPosterior } from "./numerics/gibbs_posterior.js";
import { logNormal } from "./numerics/mixture.js";

const MOST = DATA.close.draws.length; // sweeps
const PATH = 20; // sweeps of the staircase, as in the static figure
const CLOUD = 1000; // sweeps of which a dot stays
const TRACE = 200; // sweeps of a trace
const FEW = 100; // sweeps, of fewer no correlation is shown
const LAGS = 20;
const CELLS = 49; // of the plane, each way

/** What the picture and the words show of a state. After an odd number of steps a sweep is half done. */
function shown(state) {
  const model = DATA[state.data];
  const [done, begun] = [Math.floor(state.steps / 2), Math.ceil(state.steps / 2)];
  const run = keptChain(model, model.start, state.seed, begun);
  const [z, before] = [run.z[begun], run.z[begun - 1]];
  const changed = model.y.map((_, i) => Boolean(z && before && z[i] !== before[i]));
  const mus = run.mu.slice(0, done + 1);
  // The first location after each sweep, and its autocorrelation: drawn here, and by the chapter's sampler.
  const traces = [mus.slice(1).map(([first]) => first), model.draws.slice(0, done).map((draw) => draw / 1000)];
  const correlations = traces.map((trace) => (done < FEW ? [] : autocorrelation(trace, LAGS)));
  return { model, mus, mu: mus[done], z, changed, done, begun, half: begun > done, traces, correlations };
}

/** Two rows of panels, or one column. */
function places({ width, height }) {
  if (width < 480) return divide({ width, height }, [1, 1.15, 1.05, 0.9], true);
  const rows = divide({ width, height }, [1.25, 1], true);
  return rows.flatMap((row) => divide(row, [1.35, 1], false).map((part) => ({ ...part, top: row.top })));
}

/** The points in their categories, and below them the distributions that the locations are drawn from. */
function pointsView(svg, part, { y, w, range }) {
  const bin = (range[1] - range[0]) / 52;
  const height = piles(y, bin);
  const top = Math.max(...height) + 1;
  const place = panel(svg, part, { x: range, y: [-0.45 * top, top], xLabel: "observation y, and location μ", title: "categories and conditionals", yTicks: 0, margin: { left: 14 } });
  const r = Math.min(3.4, 0.45 * (place.y(0) - place.y(1)), 0.5 * (place.x(bin) - place.x(0)));
  const at = y.map((value, i) => [place.x(value), place.y(height[i])]);
  const line = (kind) => place.inside.append("path").attr("class", kind).style("stroke-width", 1.2);
  const [rings, unnamed] = [line("curve ink"), line("curve faint")];
  const each = (make) => w.map((_, k) => make(k));
  const points = each((k) => place.inside.append("path").attr("class", `mark c${k + 1}`).style("stroke", "none"));
  const curves = each((k) => place.inside.append("path").attr("class", `curve c${k + 1}`));
  const stems = each((k) => place.inside.append("path").attr("class", `curve dashed c${k + 1}`));
  const marks = each((k) => place.inside.append("path").attr("class", `mark c${k + 1}`));
  const all = (wanted, shape, size) => at.map(([x, y], i) => (wanted(i) ? shape(x, y, size) : "")).join("");
  const level = place.y(-0.06 * top);
  return ({ model, z, changed, mu, half }) => {
    unnamed.attr("d", z ? "" : all(() => true, SHAPES[0], r));
    rings.attr("d", half ? all((i) => changed[i], SHAPES[0], r + 1.8) : "");
    points.forEach((point, k) => point.attr("d", z ? all((i) => z[i] === k, SHAPES[k], r) : ""));
    stems.forEach((stem, k) => stem.attr("d", `M${place.x(mu[k])},${level}V${place.height}`));
    marks.forEach((mark, k) => mark.attr("d", SHAPES[k](place.x(mu[k]), level, 6)));
    if (!z) return curves.forEach((curve) => curve.attr("d", ""));
    const { mean, sd } = conditionals(model, z);
    const highest = logNormal(0, 0, Math.min(...sd));
    curves.forEach((curve, k) => {
      const density = (x) => (-0.45 + 0.36 * Math.exp(logNormal(x, mean[k], sd[k]) - highest)) * top;
      curve.attr("d", path(place, grid(mean[k] - 4 * sd[k], mean[k] + 4 * sd[k], 41), density));
    });
  };
}

/** The log posterior on the plane's grid, and its height at the mode; made once for each data set. */
function plane(model) {
  const at = (first, second) => logPosterior(model, first, second, model.others);
  const [x, y] = model.window.map(([from, to]) => grid(from, to, CELLS));
  model.plane ??= { values: at(x, y), top: at(...model.start.slice(0, 2).map((m) => [m]))[0] };
  return model.plane;
}

/** The first two locations: the regions of the posterior, and the chain's path. */
function planeView(svg, part, model) {
  const [x, y] = model.window;
  const place = panel(svg, part, { x, y, xLabel: "location μ₁", yLabel: "location μ₂", title: "20 sweeps (steps), earlier (dots)", margin: { right: 18 } });
  const { values, top } = plane(model);
  densityRegions(place, values, CELLS, model.levels.map((level) => level + top));
  place.inside.append("path").attr("class", "rule").attr("d", path(place, [-9, 9], [-9, 9]));
  const cloud = place.inside.append("path").style("fill", "var(--muted)");
  const [across, up] = ["c1", "c2"].map((kind) => place.inside.append("path").attr("class", `curve ${kind}`).style("stroke-width", 1.4));
  const [startX, startY] = [place.x(model.start[0]), place.y(model.start[1])];
  place.inside.append("path").attr("class", "curve ink").attr("d", `M${startX - 5},${startY - 5}l10,10m0,-10l-10,10`);
  const now = place.inside.append("path").attr("class", "mark");
  return ({ mus, mu }) => {
    const ends = mus.slice(-CLOUD).map(([a, b]) => [place.x(a), place.y(b)]);
    const last = ends.slice(-PATH - 1);
    cloud.attr("d", ends.map(([a, b]) => `M${a - 1},${b - 1}h2v2h-2Z`).join(""));
    across.attr("d", last.slice(1).map(([a], t) => `M${last[t].join()}H${a}`).join(""));
    up.attr("d", last.slice(1).map(([a, b], t) => `M${a},${last[t][1]}V${b}`).join(""));
    now.attr("d", SHAPES[0](place.x(mu[0]), place.y(mu[1]), 6));
  };
}

/** The traces of the first location, one below the other. */
function tracesView(svg, part, { window: [y] }) {
  const parts = divide(part, [1, 1.35], true).map((row) => ({ ...row, left: part.left, top: part.top + row.top }));
  const upper = { title: "trace of μ₁", margin: { bottom: 6, right: 18 } };
  const lower = { title: "the same, drawn in Python", xLabel: "sweep", margin: { right: 18 } };
  const [ours, theirs] = [upper, lower].map((labels, k) => panel(svg, parts[k], { x: [0, TRACE], y, yTicks: 3, ...labels }));
  const lines = [ours, theirs].map(({ inside }, k) => inside.append("path").attr("class", `curve ${k ? "ink" : "c1"}`).style("stroke-width", 1.2));
  return ({ traces, done }) => {
    const end = Math.max(done, TRACE);
    const sweeps = grid(end - TRACE, end, TRACE + 1).filter((t) => t > 0 && t <= done);
    [ours, theirs].forEach((place, k) => {
      place.x.domain([end - TRACE, end]);
      place.axes();
      lines[k].attr("d", path(place, sweeps, sweeps.map((t) => traces[k][t - 1])));
    });
    ours.group.select(".axis").selectAll("text").remove(); // its sweeps are those of the panel below
  };
}

function correlationsView(svg, part, { doubt }) {
  const place = panel(svg, part, { x: [0, LAGS], y: [-0.4, 1.05], xLabel: "lag, in sweeps", title: "autocorrelation of μ₁ (ring: exact)" });
  place.inside.append("path").attr("class", "rule").attr("d", path(place, [0, LAGS], [0, 0]));
  const kinds = ["curve c1", "curve dashed ink"];
  const lines = kinds.map((kind) => place.inside.append("path").attr("class", kind));
  legend(place.group, place.width - 116, 12, [[kinds[0], "here"], [kinds[1], "in Python"]]);
  place.above.append("circle").attr("class", "dot hollow").attr("cx", place.x(1)).attr("cy", place.y(doubt)).attr("r", 5);
  return ({ correlations }) => lines.forEach((line, k) => line.attr("d", path(place, correlations[k].map((_, lag) => lag), correlations[k])));
}

function view({ svg, width, height }) {
  const parts = places({ width, height });
  let data;
  let draw;
  return (state) => {
    if (data !== state.data) {
      data = state.data;
      svg.selectChildren().remove();
      draw = [pointsView, planeView, tracesView, correlationsView].map((make, k) => make(svg, parts[k], DATA[data]));
    }
    const now = shown(state);
    draw.forEach((part) => part(now));
  };
}

const whole = (count) => count.toLocaleString("en");
const [two, three] = [0.01, 0.001].map((step) => decimals(step));

function words(state) {
  const { model, changed, mu, done, begun, half, correlations } = shown(state);
  const locations = mu.map((m, k) => `μ${"₁₂₃"[k]} = ${two(m)}`).join(", ");
  const points = begun > 1 ? `${changed.filter(Boolean).length} of ${changed.length} points changed their category` : "each point got a category";
  const sweep = begun ? `Sweep ${whole(begun)}: ${points}; ${half ? "the locations are still" : "then the locations were drawn:"}` : "The start, a mode (cross):";
  const [here, theirs] = correlations.map(([, next = 0]) => three(next));
  const seen = done < FEW ? `after ${FEW} sweeps it is measured, too` : `in ${whole(done)} sweeps it is ${here} here, ${theirs} in Python`;
  return `${sweep} ${locations}. Correlation of μ₁ from one sweep to the next: exactly ${three(model.doubt)}, the share of its variance that comes from not knowing the categories; ${seen}.`;
}

let [expected, goal] = [0, 0]; // where the steps of a run stand, if nobody else changed them, and where it ends
const run = player(({ steps }) => {
  if (steps !== expected || steps >= goal) return undefined;
  expected = Math.min(steps + 2, goal);
  return { steps: expected };
});
function play({ steps }, frame) {
  [expected, goal] = [steps, Math.min(steps + 200, 2 * MOST)];
  run.toggle(frame);
}
const within = (value, low, high) => Math.min(high, Math.max(low, Math.round(value)));
const ended = ({ steps }) => steps >= 2 * MOST;
const on = (label, to) => button(label, ({ steps }) => ({ steps: to(steps) }), ended);

explorable({
  name: "one_sweep",
  state: { data: "close", steps: 2 * PATH, seed: 1 },
  controls: [
    choice("data", "Groups", { apart: "two apart (m = 2)", close: "two close (m = 0.4)", three: "three" }),
    on("Step", (steps) => steps + 1),
    on("Sweep", (steps) => steps + 2),
    button(() => (run.running ? "Pause" : "100 sweeps"), play, (state) => !run.running && ended(state)),
    on("1,000 sweeps", (steps) => steps + 2000),
    button("Back to the start", () => ({ steps: 0 })),
    button("Other draws", ({ seed }) => ({ seed: seed + 1 })),
  ],
  valid: (state) => ({ ...state, steps: within(state.steps, 0, 2 * MOST), seed: within(state.seed, 1, 1e6) }),
  view,
  words,
  tries: [
    "Go back to the start and press “Step” a few times. Which half of a sweep changes colours, which the locations?",
    "Compare how many points change their category in a sweep, with groups close and with groups apart.",
    "Go back to the start and run 100 sweeps with groups close. How far is one step of the stairs, and how far does μ₁ come in all?",
    "Hold both autocorrelations against the ring, first after 100 sweeps and then after 1,000 more.",
    "Draw 1,000 sweeps with groups close. Does the cloud keep to one side of the dotted line? And with groups apart?",
  ],
});
