// Chapter 4: what can R-hat see of two modes, when each of four chains sits in one of them?

import { button, choice, decimals, toggle } from "./shared/controls.js";
import { explorable } from "./shared/frame.js";
import { divide, panel, path } from "./shared/picture.js";
import { firstLocation, fourChains, mirroredHalves, randomModes } from "./numerics/four_chains.js";
import { effectiveSize, rhat } from "./numerics/rhat.js";

const SILENT = 1.01; // R-hat up to here raises no warning
const SEEDS = 9999;
const CHAINS = [0, 1, 2, 3];
const three = decimals(0.001);
const whole = (value) => Math.round(value).toLocaleString("en");

const key = (chain) => `c${chain + 1}`;
const modes = (state) => CHAINS.map((chain) => state[key(chain)]);
const asState = (mirrored) => Object.fromEntries(mirrored.map((one, chain) => [key(chain), one]));
const name = (mirrored) => mirrored.map(Number).join("");
// By chance, so that each reader sees other draws; the address keeps the seed.
const anySeed = () => 1 + Math.floor(SEEDS * Math.random());

/** The eight patterns in which the first chain is where it is in this one. */
const patterns = ([first]) => CHAINS.concat(4, 5, 6, 7).map((row) => [first, ...[4, 2, 1].map((bit) => first !== Boolean(row & bit))]);

/** A function of the pattern and the state that keeps its results until something else than the pattern changes. */
function kept(compute) {
  let [of, results] = ["", {}];
  return (mirrored, state) => {
    const now = [state.seed, state.length, state.switches, state.ordered].join();
    if (now !== of) [of, results] = [now, {}];
    return (results[name(mirrored)] ??= compute(mirrored, state));
  };
}
const chains = kept((_, { seed, length }) => fourChains(seed, Number(length)));
const draws = kept((mirrored, state) => firstLocation(chains([], state), mirrored, state));
const rhatOf = kept((mirrored, state) => rhat(draws(mirrored, state)));
const sizeOf = kept((mirrored, state) => effectiveSize(draws(mirrored, state)));

function view({ svg, width, height, set, state }) {
  const [left, right] = divide({ width, height }, [1.2, 1]);
  const traces = CHAINS.map((chain) => trace(svg, left, chain, () => set({ [key(chain)]: !state()[key(chain)] })));
  const place = panel(svg, right, {
    x: [0.95, 1.95],
    y: [7.6, -0.6],
    xTicks: 4,
    yTicks: 0,
    xLabel: "R-hat (dashed: 1.01)",
    title: "patterns (1: mirrored)",
    margin: { left: 62 },
  });
  const limit = place.x(SILENT);
  place.inside.append("line").attr("class", "curve faint dashed").attr("x1", limit).attr("x2", limit).attr("y2", place.height);
  const rows = Array.from({ length: 8 }, (_, row) => patternRow(place, row, () => set(asState(patterns(modes(state()))[row]))));

  return (now) => {
    const mirrored = modes(now);
    draws(mirrored, now).forEach((chain, number) => traces[number](chain, mirrored[number], now.ordered));
    patterns(mirrored).forEach((pattern, row) => rows[row](name(pattern), rhatOf(pattern, now), name(pattern) === name(mirrored)));
  };
}

/** The trace of one chain; a click on it mirrors the chain. Returns what draws it. */
function trace(svg, { left, top, width, height }, chain, flip) {
  const gap = 8;
  const [above, below] = [22 - gap, 40]; // the title's room, and that of the last axis
  const each = (height - above - below) / CHAINS.length;
  const isLast = chain === CHAINS.length - 1;
  const margin = { top: gap, right: 20, bottom: isLast ? below : 0 };
  const part = { left, width, top: top + above + chain * each, height: each + margin.bottom };
  const place = panel(svg, part, {
    x: [1, 2],
    y: [-1.7, 1.9],
    xTicks: isLast ? 4 : 0,
    yTicks: 3,
    xLabel: isLast && "draw",
    yLabel: `chain ${chain + 1}`,
    title: chain === 0 && "μ₁ (click on a chain to mirror it)",
    margin,
  });
  const line = place.inside.append("path");
  const title = place.group.select(".title");
  const area = place.above.append("rect").attr("class", "room").attr("cursor", "pointer");
  area.attr("width", place.width).attr("height", place.height).on("click", flip);
  return (values, mirrored, ordered) => {
    title.text(ordered ? "smaller location" : "μ₁ (click on a chain to mirror it)");
    place.x.domain([1, values.length]);
    place.axes();
    line.attr("class", `curve faint ${mirrored ? "c2" : "c1"}`).attr("d", path(place, values.map((_, i) => i + 1), values));
  };
}

/** R-hat of a pattern; a click on it chooses the pattern. Returns what draws it: a hollow dot where R-hat is silent. */
function patternRow({ x, y, width, group }, row, choose) {
  const item = group.append("g").attr("transform", `translate(0,${y(row)})`);
  const label = item.append("text").attr("x", -10).attr("dy", "0.35em").attr("text-anchor", "end");
  const bar = item.append("line").attr("x1", x(1));
  const dot = item.append("circle");
  const number = item.append("text").attr("dy", "0.35em");
  const height = y(1) - y(0);
  const area = item.append("rect").attr("class", "room").attr("cursor", "pointer").on("click", choose);
  area.attr("x", -52).attr("width", width + 52).attr("y", -height / 2).attr("height", height);
  return (pattern, value, isChosen) => {
    const weight = isChosen ? 700 : 400;
    label.text(`${isChosen ? "▸ " : ""}${pattern}`).attr("font-weight", weight);
    bar.attr("class", `curve ${isChosen ? "" : "faint"}`).attr("x2", x(value));
    dot.attr("class", `dot ${value <= SILENT ? "hollow" : ""}`).attr("cx", x(value)).attr("r", isChosen ? 6 : 4);
    number.attr("x", x(value) + 11).text(value.toFixed(2)).attr("font-weight", weight);
  };
}

function words(state) {
  const mirrored = modes(state);
  const [value, size] = [rhatOf(mirrored, state), sizeOf(mirrored, state)];
  const parts = state.switches ? 2 : 1; // of a chain, each of which stays in its mode
  const away = (mirroredHalves(mirrored, state.switches) * parts) / 2;
  const [one, other] = [4 * parts - away, away].map((count) => count || "none");
  return (
    `Pattern ${name(mirrored)}: ${one} of ${4 * parts} ${parts === 2 ? "half chains" : "chains"} in one mode, ${other} in the other. ` +
    `R-hat of ${state.ordered ? "the smaller location" : "μ₁"} is ${three(value)}, ${value > SILENT ? "above 1.01: a warning" : "not above 1.01: no warning"}. ` +
    `The ${whole(4 * state.length)} draws are worth ${whole(size)} independent ones.`
  );
}

explorable({
  name: "four_chains",
  state: { c1: false, c2: false, c3: false, c4: false, switches: false, ordered: false, length: "1000", seed: 4 },
  controls: [
    ...CHAINS.map((chain) => toggle(key(chain), `Mirror chain ${chain + 1}`)),
    toggle("switches", "Chain 4 switches half way"),
    toggle("ordered", "Order the locations in each draw"),
    choice("length", "Draws", { 100: "100", 300: "300", 1000: "1,000" }),
    button("New draws", () => ({ seed: anySeed() })),
    button("New draws, random starts", () => {
      const seed = anySeed();
      return { seed, ...asState(randomModes(seed)) };
    }),
  ],
  valid: (state) => ({ ...state, seed: Math.min(SEEDS, Math.max(1, Math.round(state.seed))) }),
  view,
  words,
  tries: [
    "Mirror one chain, then another. What are the draws still worth? Find a second pattern that raises no warning.",
    "Start at random ten times or more, and count how often there is no warning. What share do you expect?",
    "Hide three of the traces with your hand. What does the fourth tell you of the other mode? Do 1,000 draws tell more than 100?",
    "Bring all chains into one mode, then let chain 4 switch half way.",
    "Order the locations in each draw, and go through the patterns again.",
  ],
});
