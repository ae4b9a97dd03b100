// Chapter 3: on which location does a point pull, and what becomes of the densities far out?

import { button, decimals, minus, slider } from "./shared/controls.js";
import { explorable } from "./shared/frame.js";
import { divide, grid, handle, panel, path } from "./shared/picture.js";
import { mixtureLogDensity, responsibilities } from "./numerics/mixture.js";
import { naiveDensity, naiveEnds, naiveLogDensity, naiveResponsibilities, score, springOf } from "./numerics/pull.js";

const MU = [-2, 2];
const SIGMA = [1, 1];
const NEAR = { y: 6, pull: 4.3 }; // how far the axes reach
const FAR = { y: 50, pull: 52 };
const two = decimals(0.01);
const [both, NAMES] = [[0, 1], ["μ₁", "μ₂"]];
const within = (y) => Math.min(NEAR.y, Math.max(-NEAR.y, y));

/** A number with three decimals, or as a digit and a power of ten; what is not a number as the fraction that it came from. */
function brief(value) {
  if (Number.isNaN(value)) return "0/0";
  if (value === 0) return "0";
  if (Math.abs(value) >= 0.0005) return decimals(0.001)(value);
  const [digit, power] = value.toExponential(0).split("e");
  return `${minus(digit)}·10${[...power].map((sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("")}`;
}

/** What the picture and the words show of a state. */
function shown({ y, w }) {
  const weights = [1 - w, w];
  const mixture = [weights, MU, SIGMA];
  const springs = both.map((k) => springOf(y, MU[k], SIGMA[k]));
  const naive = naiveResponsibilities(y, ...mixture);
  return {
    weights,
    springs,
    r: responsibilities(y, ...mixture),
    pulls: score(y, ...mixture),
    logDensity: mixtureLogDensity(y, ...mixture),
    naive: { r: naive, pulls: springs.map((spring, k) => naive[k] * spring), logDensity: naiveLogDensity(y, ...mixture) },
    lost: naiveDensity(y, ...mixture) === 0,
  };
}

/** The parts of the stage: springs above the scores; bars above a table, on narrow pages beside it below the others. */
function layout({ width, height }) {
  const narrow = width < 480;
  const [first, second] = divide({ width, height }, narrow ? [1.7, 1] : [1.75, 1]);
  const cut = (part, shares, beside) =>
    divide(part, shares, !beside).map((piece) => ({ ...piece, left: piece.left + part.left, top: piece.top + part.top }));
  const [springs, scores] = cut(first, [1.1, 1.5]);
  const [bars, table] = cut(second, narrow ? [1, 2] : [1.15, 1], narrow);
  return { springs, scores, bars, table };
}

/** A zigzag from one place to another; it is drawn out, and has as many turns at every length. */
function zigzag(from, to, level) {
  const turns = 24;
  const at = (turn) => from + ((to - from) * turn) / turns;
  const lift = (turn) => (turn < 2 || turn > turns - 2 ? 0 : turn % 2 ? 4 : -4);
  return `M${grid(0, turns, turns + 1).map((turn) => `${at(turn)},${level + lift(turn)}`).join("L")}`;
}

/** An arrow; a short one is all head. */
function arrowTo(from, to, level) {
  const way = Math.sign(to - from);
  const neck = to - way * Math.min(13, Math.abs(to - from));
  return `M${from},${level - 3}H${neck}V${level - 7}L${to},${level}L${neck},${level + 7}V${level + 3}H${from}Z`;
}

/** The components with their springs and arrows, and the point on the axis below, which can be dragged. */
function springsView(svg, part, set) {
  const place = panel(svg, part, { x: [-1, 1], y: [0, 1], title: "spring: the pull; arrow: what is let through", xTicks: 0, yTicks: 0, margin: { bottom: 14 } });
  const rule = place.inside.append("line").attr("class", "rule").attr("y2", place.height);
  const rowHeight = (place.height - 12) / 2;
  const rows = both.map((k) => {
    const add = (kind) => place.inside.append("path").attr("class", kind);
    const level = (k + 0.5) * rowHeight;
    place.group.append("text").attr("x", -10).attr("y", level + 14).attr("text-anchor", "end").text(`on ${NAMES[k]}`);
    return { level, bell: add(`curve c${k + 1}`), spring: add("curve faint"), arrow: add(`mark c${k + 1}`) };
  });
  let far;
  const point = handle(place, "", (y) => set({ y: far ? y : within(y) }));
  return (state, { weights, pulls }, reach) => {
    far = state.far;
    place.x.domain([-reach.y, reach.y]);
    const [x, ys] = [place.x(state.y), grid(-reach.y, reach.y, 241)];
    rule.attr("x1", x).attr("x2", x);
    rows.forEach(({ level, bell, spring, arrow }, k) => {
      const height = weights[k] * rowHeight * 0.5;
      const density = (y) => level - height * Math.exp(-0.5 * springOf(y, MU[k], SIGMA[k]) ** 2);
      bell.attr("d", path({ x: place.x, y: density }, ys, ys));
      spring.attr("d", zigzag(place.x(MU[k]), x, level + 8));
      arrow.attr("d", arrowTo(place.x(MU[k]), place.x(MU[k] + pulls[k]), level + 19));
    });
    point.at(state.y, 0);
  };
}

/** The scores by the place of the point, with marks at the place that is set. */
function scoresView(svg, part) {
  const place = panel(svg, part, { x: [-1, 1], y: [-1, 1], xLabel: "observation y", yLabel: "pull (score)", yTicks: 4, margin: { top: 10 } });
  const rule = place.inside.append("line").attr("class", "rule").attr("y2", place.height);
  const ends = both.map(() => place.inside.append("line").attr("class", "curve faint").attr("y2", place.height));
  const signs = ["← naive: 0/0", "naive: 0/0 →"].map((text, k) => place.group.append("text").attr("y", k ? place.height - 8 : 16).attr("text-anchor", k ? "end" : "start").text(text));
  const lines = both.map((k) => place.inside.append("path").attr("class", `curve dashed c${k + 1}`));
  const curves = both.map((k) => place.inside.append("path").attr("class", `curve c${k + 1}`));
  const names = both.map((k) => place.group.append("text").attr("text-anchor", k ? "start" : "end").text(`on ${NAMES[k]}`));
  const marks = [place.inside.append("circle").attr("class", "mark c1").attr("r", 7), place.inside.append("rect").attr("class", "mark c2").attr("width", 12).attr("height", 12)];
  let drawn;
  const redraw = ({ w, far }, reach) => {
    place.x.domain([-reach.y, reach.y]);
    place.y.domain([-reach.pull, reach.pull]);
    place.axes();
    const ys = grid(-reach.y, reach.y, 241);
    const pulls = ys.map((y) => score(y, [1 - w, w], MU, SIGMA));
    const limits = naiveEnds([1 - w, w], MU, SIGMA).map(place.x);
    both.forEach((k) => {
      lines[k].attr("d", path(place, ys, (y) => springOf(y, MU[k], SIGMA[k])));
      curves[k].attr("d", path(place, ys, pulls.map((pull) => pull[k])));
      names[k].attr("x", place.x((k ? 1 : -1) * (far ? 21 : 3.8))).attr("y", place.y((k ? 0.15 : -0.3) * reach.pull));
      ends[k].attr("x1", limits[k]).attr("x2", limits[k]).attr("visibility", far ? "visible" : "hidden");
      signs[k].attr("x", limits[k] + (k ? -6 : 6)).attr("visibility", far ? "visible" : "hidden");
    });
  };
  return (state, { pulls }, reach) => {
    if (drawn?.w !== state.w || drawn.far !== state.far) redraw(state, reach);
    drawn = state;
    const x = place.x(state.y);
    rule.attr("x1", x).attr("x2", x);
    marks[0].attr("cx", x).attr("cy", place.y(pulls[0]));
    marks[1].attr("x", x - 6).attr("y", place.y(pulls[1]) - 6);
  };
}

/** The responsibilities as bars; the second one is hatched. */
function barsView(svg, part) {
  const place = panel(svg, part, { x: [0, 2], y: [0, 1], title: "responsibilities", xTicks: 0, yTicks: 2, margin: { left: 34, bottom: 24 } });
  const hatch = svg.append("pattern").attr("id", "pull-hatch").attr("patternUnits", "userSpaceOnUse").attr("width", 7).attr("height", 7);
  hatch.append("path").attr("class", "curve c2").attr("d", "M-1,1L1,-1M0,7L7,0M6,8L8,6");
  const bars = both.map((k) => place.inside.append("rect").attr("class", `mark c${k + 1}`).attr("x", place.x(k + 0.2)).attr("width", place.x(0.6)));
  bars[1].style("fill", "url(#pull-hatch)").style("stroke", "var(--own)");
  both.forEach((k) => place.group.append("text").attr("x", place.x(k + 0.5)).attr("y", place.height + 18).attr("text-anchor", "middle").text(`r${"₁₂"[k]}`));
  return (_, { r }) => bars.forEach((bar, k) => bar.attr("y", place.y(r[k])).attr("height", place.height - place.y(r[k])));
}

/** The same numbers, added as they stand and with the largest term taken out. */
function tableView(svg, part) {
  const group = svg.append("g").attr("transform", `translate(${part.left + 8},${part.top})`);
  const rows = ["", "log p(y)", "r₁", "r₂", ...NAMES.map((name) => `on ${name}`)];
  const columns = [0, 0.61, 1].map((share) => share * (part.width - 12));
  const cells = rows.map((name, row) =>
    columns.map((x, k) => {
      const text = ["", "naive", "stable"][k];
      return group.append("text").attr("x", x).attr("y", 22 + row * Math.min(26, (part.height - 28) / 5.2)).attr("text-anchor", k ? "end" : "start").text(k ? text : name);
    }),
  );
  return (_, now) => {
    [now.naive, now].forEach(({ logDensity, r, pulls }, k) => {
      const texts = [Number.isFinite(logDensity) ? two(logDensity) : "−∞", ...[...r, ...pulls].map(brief)];
      texts.forEach((text, row) => cells[row + 1][k + 1].text(text));
    });
  };
}

function view({ svg, width, height, set }) {
  const { springs, scores, bars, table } = layout({ width, height });
  const draws = [springsView(svg, springs, set), scoresView(svg, scores), barsView(svg, bars), tableView(svg, table)];
  return (state) => draws.forEach((draw) => draw(state, shown(state), state.far ? FAR : NEAR));
}

function words(state) {
  const { springs, r, pulls, logDensity, naive, lost } = shown(state);
  const [naively, stably] = [naive.logDensity, logDensity].map(two);
  const through = both.map((k) => `${k ? "of" : "Of"} the pull ${two(springs[k])} on ${NAMES[k]} they let ${brief(pulls[k])} through`);
  const ways = lost
    ? `The density is positive but too small for float64: naively added it is 0, its log −∞, the responsibilities 0/0, not a number. Stable: log ${stably}.`
    : `Naively added, the densities have the log ${naively}; the stable way, with the largest term taken out, ` +
      (naively === stably ? "gives the same." : `gives ${stably}. Naively, digits have been lost.`);
  return `At y = ${two(state.y)} the responsibilities are ${r.map(brief).join(" and ")}. ${through.join(", ")}. ${ways}`;
}

explorable({
  name: "pull",
  state: { y: -1, w: 0.5, far: false },
  controls: [
    slider("y", "Observation y", -FAR.y, FAR.y, 0.05, two),
    slider("w", "Weight of component 2", 0.05, 0.95, 0.01),
    button("y = 45", () => ({ y: 45 })),
    button(({ far }) => (far ? "Zoom in" : "Zoom out"), ({ y, far }) => ({ far: !far, y: far ? within(y) : y })),
  ],
  valid: (state) => ({ ...state, far: state.far || Math.abs(state.y) > NEAR.y }),
  view,
  words,
  tries: [
    "Drag the point from the first component to the second. Where is the arrow on μ₁ longest, and what cuts it off?",
    "Move the weight to one end, and find where both bars are equal. How strongly does the point pull at either?",
    "Zoom out, go to 30 and move the weight. Does any arrow change?",
    "Take the point to 45. Which numbers has the naive way lost? Come back until they return: how far is the nearer location?",
  ],
});
