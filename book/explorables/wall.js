// Chapter 4: how high is the wall between two modes, and which kicks are strong enough for it?

import { contours } from "d3-contour";
import { button, choice, decimals, slider } from "./shared/controls.js";
import { explorable } from "./shared/frame.js";
import { player } from "./shared/motion.js";
import { divide, grid, panel, path } from "./shared/picture.js";
import { kick, kicks, leapfrog } from "./numerics/kicks.js";
import { newPoints, twoGaussians } from "./numerics/two_gaussians.js";
import * as locations from "./numerics/two_locations.js";

const DATA = { ours: "our 100 points", groups: "new, two groups", none: "new, no groups" };
const [MOST, AT_ONCE] = [3000, 10]; // kicks of a ball, and of a frame
const SHARES = [0.99, 0.9, 0.5, 0.1];
const REACH = 2.6; // of either location, in the picture
const ACROSS = grid(0, REACH, 49);
const [CROPPED, ROWS] = [24, 52]; // the part of the lattice with the regions
const two = decimals(0.01);

/** All that follows from the data, and the kicks made on them; those of the last state are kept. */
function landscape({ data, m, seed }) {
  const key = `${data},${m},${seed}`;
  if (kept.key === key) return kept;
  const y = data === "ours" ? twoGaussians(m) : newPoints(data === "groups", m, seed);
  const summit = locations.summit(y);
  const values = locations.lattice(y, summit);
  const share = locations.strongShare(values, summit.wall);
  const regions = contours().size([2 * CROPPED + 1, 2 * ROWS + 1]).thresholds(locations.regionLevels(values, SHARES))(locations.bothHalves(values, CROPPED, ROWS));
  const half = locations.lowestWay(y, summit, ACROSS);
  const way = [...half.slice(1).reverse().map((each) => ({ ...each, d: -each.d })), ...half];
  kept = { key, y, ...summit, share, regions, way, made: kicks(y, summit, seed) };
  return kept;
}
let kept = {};

/** The kicks of a state: those that are over, the last one, and the path of the last, as far as the ball has come. */
function made(state) {
  const { y, top, made: upTo } = landscape(state);
  const [count] = state.kicks;
  const all = upTo(count).slice(0, count);
  const last = all.at(-1);
  const passed = last ? leapfrog(y, last.start, last.momentum, last.steps - state.left) : [];
  const rolled = passed.map(([x1, x2]) => ({ x1, x2, d: (x2 - x1) / 2, height: top - locations.logJoint(y, x1, x2) }));
  return { over: state.left ? all.slice(0, -1) : all, last, rolled };
}

const outline = (rings, point) => rings.map((ring) => `M${ring.map(point).join("L")}Z`).join("");

function view({ svg, width, height }) {
  const shares = width < 480 ? [width, height - width] : [height, width - height]; // the plane is square
  const [left, right] = divide({ width, height }, shares);
  const plane = panel(svg, left, { x: [-REACH, REACH], y: [-REACH, REACH], xLabel: "first location μ₁", yLabel: "second location μ₂", title: "posterior, pass (cross) and ball", xTicks: 5, yTicks: 5, margin: { left: 52 } });
  const [cutPart, stripPart] = divide(right, [0.74, 0.26], false).map((part) => ({ ...part, left: part.left + right.left, top: right.top }));
  const cut = panel(svg, cutPart, { x: [-REACH, REACH], y: [0, 20], xLabel: "half the difference (μ₂ − μ₁)/2", yLabel: "nats above the floor", xTicks: 5, margin: { right: 0 } });
  const strip = panel(svg, stripPart, { x: [0, 0.5], y: [0, 20], title: "energies", xTicks: 0, yTicks: 0, margin: { left: 8 } });

  const regions = plane.inside.append("g");
  plane.inside.append("path").attr("class", "curve faint").attr("d", path(plane, [-REACH, REACH], [-REACH, REACH]));
  const spots = plane.inside.append("path").attr("class", "spots");
  const pass = plane.inside.append("path").attr("class", "curve ink").attr("d", "M-5,-5L5,5M-5,5L5,-5");
  const ground = cut.inside.append("path").attr("class", "region");
  const skyline = cut.inside.append("path").attr("class", "curve ink");
  const bars = strip.inside.append("path").attr("class", "region").style("fill-opacity", 0.35);
  const law = strip.inside.append("path").attr("class", "curve ink");
  const places = [plane, cut, strip];
  const wall = [cut, strip].map((place) => place.inside.append("line").attr("class", "curve dashed c2").attr("x2", place.width));
  const name = cut.group.append("text").attr("class", "title").attr("text-anchor", "middle").attr("x", cut.width / 2).attr("y", -8);
  const energy = [cut, strip].map((place) => place.inside.append("line").attr("class", "curve c1").attr("x2", place.width));
  const trails = [plane, cut].map((place) => place.inside.append("path").attr("class", "curve c1"));
  const balls = [plane, cut].map((place) => place.above.append("circle").attr("class", "mark c1").attr("r", 7));

  let drawn;
  const drawLandscape = (now) => {
    if (drawn === now.key) return;
    drawn = now.key;
    const toPlane = ([a, b]) => {
      const [s, d] = [now.c + (a - 0.5 - CROPPED) * locations.STEP, (b - 0.5 - ROWS) * locations.STEP];
      return `${plane.x(s - d).toFixed(1)},${plane.y(s + d).toFixed(1)}`;
    };
    regions.selectAll("path").data(now.regions).join("path").attr("class", "region").attr("d", ({ coordinates }) => outline(coordinates.flat(), toPlane));
    pass.attr("transform", `translate(${plane.x(now.c)},${plane.y(now.c)})`);
    const highest = Math.max(20, 1.2 * now.wall);
    [cut, strip].forEach(({ y }) => y.domain([0, highest]));
    cut.axes();
    const along = path(cut, now.way.map(({ d }) => d), now.way.map((each) => each.height));
    skyline.attr("d", along);
    ground.attr("d", `${along}V${cut.height}H0Z`);
    const levels = grid(0, highest, 241);
    law.attr("d", path(strip, levels.map((h) => h * Math.exp(-h)), levels));
    wall.forEach((line) => line.attr("y1", cut.y(now.wall)).attr("y2", cut.y(now.wall)).style("display", now.wall ? null : "none"));
    name.text(now.wall ? `wall: ${short(now.wall)} nats` : "no wall");
  };

  return (state) => {
    const now = landscape(state);
    drawLandscape(now);
    const { over, last, rolled } = made(state);
    spots.attr("d", over.map(({ end: [x1, x2] }) => `M${plane.x(x1).toFixed(1)},${plane.y(x2).toFixed(1)}h0`).join(""));
    const [, highest] = strip.y.domain();
    const counts = new Array(40).fill(0);
    over.forEach(({ height, energy }) => (counts[Math.floor((40 * (height + energy)) / highest)] += 1));
    const bar = (count, index) => {
      const [low, high] = [index, index + 1].map((edge) => strip.y((edge * highest) / 40).toFixed(1));
      return count ? `M0,${low}H${strip.x((40 * count) / (highest * over.length)).toFixed(1)}V${high}H0Z` : "";
    };
    bars.attr("d", counts.map(bar).join(""));
    const level = cut.y(last ? last.height + last.energy : 0);
    energy.forEach((line) => line.attr("y1", level).attr("y2", level).style("display", last ? null : "none"));
    const [[x1, x2], height] = last ? [[rolled.at(-1).x1, rolled.at(-1).x2], rolled.at(-1).height] : [now.mode, 0];
    trails[0].attr("d", path(plane, rolled.map((at) => at.x1), rolled.map((at) => at.x2)));
    trails[1].attr("d", path(cut, rolled.map((at) => at.d), rolled.map((at) => at.height)));
    balls[0].attr("cx", plane.x(x1)).attr("cy", plane.y(x2));
    balls[1].attr("cx", cut.x((x2 - x1) / 2)).attr("cy", cut.y(height));
  };
}

/** A number that may be large or very small. */
function short(value) {
  if (value >= 0.1) return value.toFixed(value < 100 ? 2 : 0);
  return value >= 0.0001 ? value.toPrecision(2) : "below 0.0001";
}

/** The kicks that are over, counted, and how many of them should be strong enough. */
function tally({ wall, share }, over) {
  const [strong, across] = ["strong", "crossed"].map((what) => over.filter((kick) => kick[what]).length);
  const count = over.length === 1 ? "1 kick" : `${over.length.toLocaleString("en")} kicks`;
  if (!wall) return over.length ? `${count}, strong enough as all are: ${across} led across the diagonal` : "Every kick is strong enough";
  const [exact, formula] = [share, locations.strongShareOfNormal(wall)].map((each) => short(each * (over.length || 1000)));
  const expected = `expected ${exact}, by (1 + b)e⁻ᵇ ${formula}`;
  return over.length ? `${count}: ${strong} strong enough (${expected}), ${across} led across` : `Strong enough of 1,000 kicks: ${expected}`;
}

function words(state) {
  const now = landscape(state);
  const { over, last } = made(state);
  const at = `(${now.mode.map(two).join(", ")})`;
  const modes = now.wall ? `two modes, ${at} and its mirror image, wall ${short(now.wall)} nats` : `one mode, ${at}, no wall`;
  const latest = last ? `Last kick: height ${two(last.height)} + kick ${two(last.energy)} = ${two(last.height + last.energy)} nats, ${last.strong ? "strong enough" : "too weak"}` : "No kick yet";
  return `Half gap ${two(state.m)}: ${modes}; second derivative of the log density ${now.wall ? "at the pass" : "there, across the diagonal,"} ${two(now.criterion)}. ${tally(now, over)}. ${latest}.`;
}

/** A seed by chance, so that each reader sees other data; the address keeps it. */
const anySeed = () => 1 + Math.floor(999 * Math.random());

/** The data that a state's kicks were made on, as numbers. */
const place = ({ data, m, seed }) => [Object.keys(DATA).indexOf(data), m, seed];
const kicked = (state, count) => (count ? [Math.min(MOST, count), ...place(state)] : NONE);
const NONE = [0, 0, 1, 1];
const between = (low, value, high) => Math.min(high, Math.max(low, Math.round(value)));

const rolling = player(({ left }) => (left > 0 ? { left: left - 1 } : undefined));
let goal = 0; // the number of kicks after which it stops; on other data it begins again, from 0
const unfinished = ({ kicks: [count] }) => count > 0 && count < goal;
const many = player((state) => (unfinished(state) ? { kicks: kicked(state, Math.min(goal, state.kicks[0] + AT_ONCE)), left: 0 } : undefined));

function kickOnce(state, stage) {
  many.stop();
  goal = 0;
  if (!state.left) {
    stage.set({ kicks: kicked(state, state.kicks[0] + 1), left: Infinity });
  }
  rolling.toggle(stage);
}

function kickOften(state, stage) {
  rolling.stop();
  if (!unfinished(state)) {
    goal = Math.min(MOST, state.kicks[0] + 1000);
    stage.set({ kicks: kicked(state, state.kicks[0] + AT_ONCE), left: 0 });
  }
  many.toggle(stage);
}

explorable({
  name: "wall",
  state: { data: "ours", m: 1, seed: 1, kicks: NONE, left: 0 },
  controls: [
    choice("data", "Data", DATA),
    button("New data", ({ data }) => ({ data: data === "ours" ? "groups" : data, seed: anySeed() })),
    slider("m", "Half gap m", 0, 1.4, 0.01),
    button(({ left }) => (rolling.running ? "Pause" : left ? "Play" : "Kick"), kickOnce, ({ kicks: [count], left }) => count >= MOST && !left),
    button((state) => (many.running ? "Pause" : unfinished(state) ? "Play" : "Kick 1,000 times"), kickOften, ({ kicks: [count] }) => count >= MOST),
  ],
  valid(state) {
    const now = { ...state, seed: between(1, state.seed, 999) };
    const same = String(now.kicks.slice(1)) === String(place(now));
    const count = same ? between(0, now.kicks[0], MOST) : 0;
    const longest = count ? kick(now.seed, count - 1).steps : 0;
    return { ...now, kicks: kicked(now, count), left: between(0, now.left, longest) };
  },
  view,
  words,
  tries: [
    "Kick the ball a few times. How near does height plus kick come to the wall?",
    "Lower the wall until one kick in ten should be strong enough. How many of 1,000 lead across?",
    "Bring the groups together until the two hills become one. Which sign has the second derivative before, and after?",
    "At m = 1 take data without groups (one normal as wide). Does the wall fall?",
    "At m = 0 take new data twenty times. How often are there two modes?",
  ],
});
