// Chapter 12: the number of components hangs on the priors of locations and scales, and on where one stops.

import { scaleLinear } from "d3-scale";
import { choice, decimals, minus, slider } from "./shared/controls.js";
import { explorable } from "./shared/frame.js";
import { divide, panel } from "./shared/picture.js";
import { LOCATIONS, MOST, SCALES, cell, posterior, valueErrors } from "./numerics/how_many.js";

const one = decimals(0.1);
const ROWS = LOCATIONS.map(({ lambda, spread }) => (lambda ? `${Number((lambda ** -0.5).toPrecision(2))}σ` : String(spread)));
const COLUMNS = SCALES.map(String);
const EXTENT = [Math.min, Math.max].map((end) => end(...LOCATIONS.flatMap(({ values }) => values.flat())));

/** An axis of names, the first at 0. */
function named(names) {
  const own = (scale) => Object.assign(scale, { ticks: () => names.map((_, index) => index), tickFormat: () => (index) => names[index] });
  const scale = own(scaleLinear());
  const { copy } = scale;
  scale.copy = () => own(copy());
  return scale;
}

/** All priors of locations and scales, with what they say. */
const everywhere = (ofK, last) =>
  LOCATIONS.flatMap((_, place) => SCALES.map((_, scale) => ({ place, scale, ...posterior(place, scale, ofK, last) })));

function view({ svg, width, height, set }) {
  const narrow = width < 480;
  const [left, right] = divide({ width, height }, narrow ? [1, 1] : [1, 1.15]);
  const [upper, lower] = divide(right, [1.1, 1], true).map((part) => ({ ...part, left: right.left, top: right.top + part.top }));
  const map = panel(svg, left, {
    x: [-0.5, COLUMNS.length - 0.5], y: [-0.5, ROWS.length - 0.5], xScale: named(COLUMNS), yScale: named(ROWS),
    title: "most probable K (+ last, ≈ unsure)", xLabel: "β (wider scales to the right)", yLabel: "spread of the locations", margin: { left: 62 },
  }); // prettier-ignore
  const x = [0.4, MOST + 0.6];
  const bars = panel(svg, upper, { x, y: [0, 1], title: "posterior of K (rings: prior)", margin: { bottom: 24 } });
  const dots = panel(svg, lower, { x, y: [EXTENT[0] - 2, EXTENT[1] + 2], yTicks: 4, title: "log evidence", xLabel: "number of components K" });

  const size = { width: map.x(1) - map.x(0), height: map.y(0) - map.y(1) };
  const cells = map.inside.append("g");
  const tile = cells.selectAll("g").data(everywhere("equal", MOST)).join("g").attr("class", "cell");
  tile.attr("transform", ({ place, scale }) => `translate(${map.x(scale)},${map.y(place)})`).on("click", (_, { place, scale }) => set({ place, scale }));
  tile.append("rect").attr("class", "c1 mark").attr("x", -size.width / 2).attr("y", -size.height / 2).attr("width", size.width).attr("height", size.height);
  tile.append("text").attr("text-anchor", "middle").attr("y", 5);
  const shade = ({ best }) => 0.03 + (0.42 * best) / MOST;
  map.inside.append("line").attr("class", "rule").attr("x2", map.width).attr("y1", map.y(4.5)).attr("y2", map.y(4.5));
  const current = map.inside.append("rect").attr("class", "curve ink").attr("width", size.width - 3).attr("height", size.height - 3);
  const ends = [bars, dots].map((part) => part.inside.append("line").attr("class", "rule").attr("y2", part.height));
  const stop = bars.above.append("text").attr("class", "halo").attr("y", 12);
  const bar = bars.x(1) - bars.x(0) - 3;

  let drawn = {};
  return ({ place, scale, ofK, last }) => {
    const now = posterior(place, scale, ofK, last);
    if (drawn.ofK !== ofK || drawn.last !== last) {
      const all = everywhere(ofK, last);
      const tiles = cells.selectAll("g").data(everywhere(ofK, last));
      tiles.select("rect").attr("fill-opacity", shade);
      tiles.select("text").text((d) => `${d.sure ? "" : "≈"}${d.best}${d.best === last ? "+" : ""}`);
      drawn = { ofK, last };
    }
    current.attr("x", map.x(scale - 0.5) + 1.5).attr("y", map.y(place + 0.5) + 1.5);

    const largest = Math.max(...now.probabilities, ...now.prior);
    bars.y.domain([0, largest > 0.45 ? 1 : largest > 0.22 ? 0.5 : 0.25]);
    bars.axes();
    const shown = bars.inside.selectAll("rect").data(now.probabilities).join("rect").attr("class", "c1 mark").attr("width", bar);
    shown.attr("x", (_, k) => bars.x(k + 1) - bar / 2).attr("y", bars.y).attr("height", (p) => bars.height - bars.y(p));
    whiskers(bars, now.probabilities, now.errors);
    bars.inside.selectAll("circle").data(now.prior).join("circle").attr("class", "dot hollow").attr("r", 3).attr("cx", (_, k) => bars.x(k + 1)).attr("cy", bars.y);

    const { values, errors } = cell(place, scale);
    const kind = (_, k) => `dot ${k < last ? "ink" : "hollow"}`;
    whiskers(dots, values, valueErrors(errors));
    dots.inside.selectAll("circle").data(values).join("circle").attr("class", kind).attr("r", 3.5).attr("cx", (_, k) => dots.x(k + 1)).attr("cy", dots.y);
    ends.forEach((end) => end.attr("x1", bars.x(last + 0.5)).attr("x2", bars.x(last + 0.5)));
    stop.text("last tried").attr("text-anchor", "end").attr("x", bars.x(last + 0.5) - 4);
  };
}

/** Two Monte Carlo errors to either side of each value. */
function whiskers({ inside, x, y }, values, errors) {
  const lines = inside.selectAll(".whisker").data(values).join("line").attr("class", "whisker curve ink");
  lines.attr("x1", (_, k) => x(k + 1)).attr("x2", (_, k) => x(k + 1));
  lines.attr("y1", (value, k) => y(value - 2 * errors[k])).attr("y2", (value, k) => y(value + 2 * errors[k]));
}

/** A Monte Carlo error, in one decimal. */
const margin = (error) => (error < 0.05 ? "under 0.05" : one(error));

function words({ place, scale, ofK, last }) {
  const { lambda, spread, beta } = cell(place, scale);
  const { best, sure, probabilities, errors, mean, logEvidence } = posterior(place, scale, ofK, last);
  const locations = lambda ? `82 galaxies. Locations spread by ${ROWS[place].slice(0, -1)} times the scale of their component (λ = ${lambda.toFixed(5).replace(/0+$/, "")})` : `82 galaxies. Locations spread by ${spread}, whatever the scale`;
  const end = best === last ? "the last one tried: the answer is where one stopped" : `and the last one tried, ${last}, has ${one(100 * probabilities.at(-1))}`;
  return (
    `${locations}, scales with β = ${beta}. The most probable K is ${sure ? "" : "about "}${best} ` +
    `with ${one(100 * probabilities[best - 1])} ± ${margin(100 * errors[best - 1])} per cent, ${end}. ` +
    `The mean of K is ${one(mean)}. The log evidence of this prior, over all K, is ${minus(logEvidence.toFixed(1))}.`
  );
}

explorable({
  name: "how_many",
  state: { place: 1, scale: 1, last: MOST, ofK: "equal" },
  controls: [
    slider("place", "Spread of the locations", 0, ROWS.length - 1, 1, (index) => ROWS[index]),
    slider("scale", "β (larger: wider scales)", 0, SCALES.length - 1, 1, (index) => COLUMNS[index]),
    slider("last", "Last number tried", 4, MOST, 1),
    choice("ofK", "Prior of K", { equal: "equal", slow: "geometric 0.1", halving: "geometric 0.5", poisson: "1 + Poisson(1)" }),
  ],
  view,
  words,
  tries: [
    "Go along the rows, to larger β. Where do wider scales mean fewer components, and where not?",
    "Go up a column from 5 to 100. What do vaguer locations do to K?",
    "Lower the last number tried. Which answers follow it, and which stay?",
    "Find priors that give three, four, six and more. Which of all has the highest log evidence?",
  ],
});
