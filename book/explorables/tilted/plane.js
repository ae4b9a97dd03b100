// The exact posterior of two locations, and the path of a fit to it.

import { scaleLog } from "d3-scale";
import { decimals } from "../shared/controls.js";
import { densityRegions } from "../shared/density_regions.js";
import { grid, handle } from "../shared/picture.js";
import { remember } from "../shared/remember.js";
import { ascent, divergence, elbo, LEAST_ON_DIAGONAL, LOG_EVIDENCE, logJoint } from "../numerics/elbo.js";
import { gaussHermite } from "../numerics/hermite.js";
import { ellipse, regionLevels } from "../numerics/regions.js";
import { twoGaussians } from "../numerics/two_gaussians.js";
import { squareAndOther, through } from "./panels.js";

const three = decimals(0.001);
export const STEPS = 100;
const STARTS = [[-2, 2], [2, -1.5], [-2, -1.8], [2, 2.2], [0.5, 0.4], [-0.5, 2.4]]; // of the static figure
const SHARES = [0.99, 0.9, 0.5, 0.1];
const CELLS = 81;
const POINTS = twoGaussians();

// With eight nodes the means on the path are right to a thousandth; the loss that is told takes the library's forty.
const coarse = remember(() => gaussHermite(8));
const fine = remember(() => gaussHermite(40));
const ascentFrom = (start) => ascent(POINTS, start, STEPS, coarse());
const pathFrom = remember((start1, start2) => ascentFrom([start1, start2]));
const pathsOfFigure = remember(() => STARTS.map(ascentFrom));
const lossOf = remember((m1, m2, s1, s2) => -elbo(POINTS, [m1, m2], [s1, s2], fine()).value);

/** Regions of the posterior that hold the shares, one on the other. */
function drawRegions(place) {
  const log = logJoint(POINTS, grid(-3, 3, CELLS));
  const levels = regionLevels(log.map((value) => Math.exp(value - LOG_EVIDENCE)), SHARES);
  densityRegions(place, log, CELLS, levels.map((level) => Math.log(level) + LOG_EVIDENCE));
}

/** A line across a panel, with what it is. */
function level(place, y, text, down) {
  place.inside.append("line").attr("class", "rule").attr("x2", place.width).attr("y1", place.y(y)).attr("y2", place.y(y));
  place.inside.append("text").attr("x", place.width - 4).attr("y", place.y(y) + down).attr("text-anchor", "end").text(text);
}

function logScale() {
  const scale = scaleLog();
  scale.ticks = () => [1, 10, 100];
  scale.tickFormat = () => String;
  return scale;
}

export function viewPlane(stage) {
  const axes = { x: [-3, 3], y: [-3, 3], xLabel: "location μ₁", yLabel: "location μ₂", title: "posterior (grey) and 90 % of q (dashed)" };
  const costAxes = { x: [0, STEPS], y: [0.25, 500], yScale: logScale(), xLabel: "step", yLabel: "KL(q‖p), nats", margin: { right: 18 } };
  const [plane, costs] = squareAndOther(stage, axes, costAxes);
  drawRegions(plane);
  plane.inside.append("line").attr("class", "rule").attr("y1", plane.height).attr("x2", plane.width);
  const given = plane.inside.selectAll("g").data(pathsOfFigure()).join("g");
  given.append("path").attr("class", "curve faint").attr("d", (steps) => through(plane, steps.map(({ mean }) => mean)));
  given.append("circle").attr("class", "speck").attr("r", 3).attr("cx", ([{ mean }]) => plane.x(mean[0])).attr("cy", ([{ mean }]) => plane.y(mean[1]));
  level(costs, divergence(LEAST_ON_DIAGONAL), "best symmetric fit", -6);
  level(costs, Math.log(2), "log 2: one mode missed", 16);
  const trace = plane.inside.append("path").attr("class", "curve c1");
  const outline = plane.inside.append("path").attr("class", "curve dashed c2");
  const end = plane.inside.append("circle").attr("class", "dot hollow").attr("r", 4);
  const cost = costs.inside.append("path").attr("class", "curve c1");
  const last = costs.above.append("circle").attr("class", "dot hollow").attr("r", 4);
  const near = (x, y) => (Math.abs(x - y) < 0.03 ? [(x + y) / 2, (x + y) / 2] : [x, y]);
  const start = handle(plane, "c1", (x, y) => {
    const [start1, start2] = near(x, y).map((value) => Number(value.toFixed(2)));
    stage.set({ start1, start2 });
  });
  return ({ start1, start2, step }) => {
    const steps = pathFrom(start1, start2).slice(0, step + 1);
    const { mean, sd, loss } = steps[step];
    trace.attr("d", through(plane, steps.map((each) => each.mean)));
    outline.attr("d", through(plane, ellipse(0.9, mean, sd)));
    end.attr("cx", plane.x(mean[0])).attr("cy", plane.y(mean[1]));
    cost.attr("d", through(costs, steps.map((each, index) => [index, divergence(each.loss)])));
    last.attr("cx", costs.x(step)).attr("cy", costs.y(divergence(loss)));
    start.at(start1, start2);
  };
}

export function wordsPlane({ start1, start2, step }) {
  const { mean, sd } = pathFrom(start1, start2)[step];
  const loss = lossOf(...mean, ...sd);
  const side = mean[0] === mean[1] ? "exactly on" : mean[0] < mean[1] ? "above" : "below";
  return (
    `After ${step} steps of exact gradients from (${three(start1)}, ${three(start2)}), q has means ` +
    `${three(mean[0])} and ${three(mean[1])}, ${side} the diagonal, and standard deviations ${three(sd[0])} and ${three(sd[1])}. ` +
    `Its loss is ${three(loss)}: −log Z = ${three(-LOG_EVIDENCE)} and KL(q‖p) = ${three(divergence(loss))}.`
  );
}
