// Chapter 10: a component on a single galaxy, its scale on the way to 0, and a prior that holds it.

import { scaleLog } from "d3-scale";
import { button, decimals, minus, slider } from "./shared/controls.js";
import { explorable } from "./shared/frame.js";
import { divide, grid, handle, panel, path } from "./shared/picture.js";
import { galaxies } from "./numerics/galaxies.js";
import { END, LEVEL, atZero, logDensity, logLikelihood, logPrior, nearest, summits } from "./numerics/pole.js";

const one = decimals(0.1);
const three = decimals(0.001);
const [LEAST, MOST] = [-18, 2]; // logarithms of the scale
const [LEFT, RIGHT] = [6, 37]; // velocities
const CEILING = 0.3; // of the density
const SCALES = grid(LEAST, MOST, 401).map((log) => 10 ** log);

/** A number in two digits, the power of ten set apart where it is far from 1. */
function power(value) {
  if (value >= 0.01 && value < 1000) return String(Number(value.toPrecision(2)));
  const [digits, exponent] = value.toExponential(1).split("e");
  return `${Number(digits) === 1 ? "" : `${Number(digits)}·`}${tenTo(Number(exponent))}`;
}
const tenTo = (exponent) => `10${[...String(exponent)].map((sign) => ({ "-": "⁻" })[sign] ?? "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]).join("")}`;

/** A log density in one decimal, or that it is very low. */
const height = (value) => (value > -9999 ? one(value) : "below −9,999");

/** A logarithmic axis with a few powers of ten. */
function powers() {
  const ticks = () => [-18, -12, -6, 0].map((log) => 10 ** log);
  const own = (scale) => Object.assign(scale, { ticks, tickFormat: () => (value) => tenTo(Math.round(Math.log10(value))) });
  const scale = own(scaleLog());
  const { copy } = scale;
  scale.copy = () => own(copy());
  return scale;
}

function view({ svg, width, height: tall, set }) {
  const [left, right] = divide({ width, height: tall }, width < 480 ? [1, 1.8] : [1.1, 1]);
  const [upper, lower] = divide(right, [1.5, 1], true).map((part) => ({ ...part, left: right.left, top: right.top + part.top }));
  const density = panel(svg, left, { x: [LEFT, RIGHT], y: [-0.02, CEILING], xLabel: "velocity (1,000 km/s)", yLabel: "density" });
  const x = [SCALES[0], SCALES.at(-1)];
  const heights = panel(svg, upper, { x, xScale: powers(), y: [-255, -170], yTicks: 4, title: "log likelihood; dashed: with prior", margin: { bottom: 24 } });
  const priors = panel(svg, lower, { x, xScale: powers(), y: [-80, 40], yTicks: 3, title: "log prior of the variance σ₃²", xLabel: "scale σ₃" });

  const rug = density.inside.selectAll("line").data(galaxies).join("line").attr("class", "curve faint");
  rug.attr("x1", density.x).attr("x2", density.x).attr("y1", density.y(-0.004)).attr("y2", density.y(-0.02));
  const whole = density.inside.append("path").attr("class", "curve ink");
  const third = density.inside.append("path").attr("class", "curve dashed c2");
  const cut = density.above.append("text").attr("class", "halo").attr("y", 14);
  const place = handle(density, "c2", (mu) => set({ mu }));

  const level = heights.inside.append("line").attr("class", "rule").attr("x2", heights.width);
  level.attr("y1", heights.y(LEVEL)).attr("y2", heights.y(LEVEL));
  heights.above.append("text").attr("class", "halo").attr("x", heights.x(1e-2)).attr("y", heights.y(LEVEL) - 6).attr("text-anchor", "end").text("what EM found");
  const passes = heights.inside.append("circle").attr("class", "dot hollow").attr("r", 5).attr("cy", heights.y(LEVEL));
  const likelihood = heights.inside.append("path").attr("class", "curve ink");
  const product = heights.inside.append("path").attr("class", "curve dashed c3");
  const prior = priors.inside.append("path").attr("class", "curve dashed c3");
  const marks = [heights, priors].map((part) => part.inside.append("line").attr("class", "curve faint c2").attr("y2", part.height));
  const [bottom] = priors.y.domain();
  const scale = handle(priors, "c2", (sigma) => set({ log: Math.log10(sigma) }));

  let drawn = {};
  return ({ mu, log, alpha, logBeta }) => {
    const [sigma, beta] = [10 ** log, 10 ** logBeta];
    const own = (y) => END.w[2] * Math.exp(-0.5 * ((y - mu) / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI));
    const visible = Math.max(sigma, 1e-4); // a needle is a line
    const around = grid(-5, 5, 41).map((t) => mu + t * visible);
    const ys = [...grid(LEFT, RIGHT, 187), ...around.filter((y) => y > LEFT && y < RIGHT)].sort((a, b) => a - b);
    const below = (f) => (y) => Math.min(2 * CEILING, f(y));
    third.attr("d", path(density, ys, below(own)));
    whole.attr("d", path(density, ys, below((y) => Math.exp(logDensity(y, mu, sigma)))));
    const top = Math.exp(logDensity(mu, mu, sigma));
    const toLeft = density.x(mu) > density.width / 2;
    cut.text(top > CEILING ? `height ${power(top)}` : "").attr("text-anchor", toLeft ? "end" : "start").attr("x", density.x(mu) + (toLeft ? -8 : 8));
    place.at(mu, 0);

    if (drawn.mu !== mu) drawn.values = SCALES.map((s) => logLikelihood(mu, s));
    drawn = { mu, values: drawn.values };
    const logPriors = SCALES.map((s) => Math.max(-1e4, logPrior(s, alpha, beta)));
    likelihood.attr("d", path(heights, SCALES, drawn.values));
    product.attr("d", path(heights, SCALES, (_, index) => drawn.values[index] + logPriors[index]));
    prior.attr("d", path(priors, SCALES, logPriors));
    const { crossing } = atZero(mu);
    passes.attr("visibility", crossing ? "visible" : "hidden").attr("cx", heights.x(crossing ?? 1));
    const tops = heights.inside.selectAll(".top").data(summits(mu, alpha, beta)).join("circle").attr("class", "top dot ink").attr("r", 4);
    tops.attr("cx", heights.x).attr("cy", (s) => heights.y(logLikelihood(mu, s) + logPrior(s, alpha, beta)));
    marks.forEach((mark) => mark.attr("x1", heights.x(sigma)).attr("x2", heights.x(sigma)));
    scale.at(sigma, bottom);
  };
}

function words({ mu, log, alpha, logBeta }) {
  const [sigma, beta] = [10 ** log, 10 ** logBeta];
  const { constant, crossing } = atZero(mu);
  const now = logLikelihood(mu, sigma);
  const found = summits(mu, alpha, beta);
  const heightOf = (s) => logLikelihood(mu, s) + logPrior(s, alpha, beta);
  const list = found.map((s) => `${power(s)} (${height(heightOf(s))})`).join(" and ");
  const ground = crossing ? `On the galaxy at ${three(mu)}` : `At ${three(mu)}, ${power(Math.abs(galaxies[nearest(mu)] - mu))} from a galaxy`;
  const end = crossing
    ? `passes what EM found (${one(LEVEL)}) at ${power(crossing)} and grows without end`
    : `tends to ${one(constant)}, which is below what EM found (${one(LEVEL)})`;
  return (
    `${ground}, with σ₃ = ${power(sigma)}, the log likelihood is ${one(now)}; all else stays as EM found it. As σ₃ → 0 it ${end}. ` +
    `With the prior: ${height(now + logPrior(sigma, alpha, beta))}; ${found.length === 1 ? "summit" : "summits"} at σ₃ = ${list}.`
  );
}

const between = (index) => {
  const other = index + 1 < galaxies.length ? index + 1 : index - 1;
  return (galaxies[index] + galaxies[other]) / 2;
};
const limited = (value) => Number(Math.min(RIGHT, Math.max(LEFT, value)).toFixed(4));
const place = slider("mu", "Third location μ₃", LEFT, RIGHT, 0.05, three);

explorable({
  name: "pole",
  state: { mu: galaxies.at(-1), log: 0, alpha: 2, logBeta: 0 },
  controls: [
    { ...place, allowed: limited }, // a galaxy may lie between its steps
    slider("log", "Its scale σ₃", LEAST, MOST, 0.05, (log) => power(10 ** log)),
    slider("alpha", "Prior of σ₃²: α", 0.1, 5, 0.1),
    slider("logBeta", "Prior of σ₃²: β", -12, 1, 0.1, (log) => power(10 ** log)),
    button("Nearest galaxy", ({ mu }) => ({ mu: galaxies[nearest(mu)] })),
    button("Next galaxy", ({ mu }) => ({ mu: galaxies.find((y) => y > mu) ?? galaxies[0] })),
    button("Between two", ({ mu }) => ({ mu: between(nearest(mu)) })),
  ],
  view,
  words,
  tries: [
    "Shrink the scale on this galaxy, tenfold at a time. What does a step add, from 0.1 on?",
    "Press “Between two” and shrink again. How much of the climb is left?",
    "Visit the next galaxies with a small scale. Is there one without a pole?",
    "Start again and make β ever smaller. When does the dashed curve get a second summit? Which is the higher?",
  ],
});
