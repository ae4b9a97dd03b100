// Chapter 1: when do two components make two humps?

import { button, decimals, slider } from "./shared/controls.js";
import { explorable } from "./shared/frame.js";
import { divide, grid, handle, panel, path } from "./shared/picture.js";
import { flatPoints, middleCurvature, pullTo } from "./numerics/humps.js";
import { logNormal, mixtureLogDensity } from "./numerics/mixture.js";

const two = decimals(0.01);
const three = decimals(0.001);

/** What the picture and the words show of a state. */
function shown({ mu1, mu2, w }) {
  const [m, middle] = [(mu2 - mu1) / 2, (mu1 + mu2) / 2];
  const flat = flatPoints(m, w);
  return { m, middle, flat, curvature: middleCurvature(m), weights: [1 - w, w], mu: [mu1, mu2], sigma: [1, 1] };
}

function view({ svg, width, height, set, state }) {
  const [left, right] = divide({ width, height }, [1.15, 1]);
  const density = panel(svg, left, { x: [-4.5, 4.5], y: [0, 0.42], xLabel: "observation y", yLabel: "density" });
  const crossings = panel(svg, right, { x: [-3.2, 3.2], y: [-3.2, 3.2], xLabel: "y from middle; h = ½ log(w/(1−w))", title: "y and m tanh(m y + h)" });
  const ys = grid(-4.5, 4.5, 181);
  const parts = [1, 2].map((k) => density.inside.append("path").attr("class", `curve dashed c${k}`));
  const whole = density.inside.append("path").attr("class", "curve ink");
  const middle = density.inside.append("line").attr("class", "rule").attr("y2", density.height);
  const handles = [1, 2].map((k) => handle(density, `c${k}`, (x) => set({ [`mu${k}`]: x })));

  const line = grid(-3.2, 3.2, 161);
  crossings.inside.append("path").attr("class", "curve faint").attr("d", path(crossings, line, line));
  const pull = crossings.inside.append("path").attr("class", "curve ink");

  return ({ mu1, mu2, w }) => {
    const now = shown({ mu1, mu2, w });
    const at = (y) => Math.exp(mixtureLogDensity(y, now.weights, now.mu, now.sigma));
    parts.forEach((part, k) => part.attr("d", path(density, ys, (y) => now.weights[k] * Math.exp(logNormal(y, now.mu[k], 1)))));
    whole.attr("d", path(density, ys, at));
    middle.attr("x1", density.x(now.middle)).attr("x2", density.x(now.middle));
    handles.forEach(({ at: move }, k) => move(now.mu[k], 0));
    pull.attr("d", path(crossings, line, (y) => pullTo(y, now.m, w)));
    const kind = (_, index) => (index % 2 ? "dot hollow" : "dot ink");
    const dots = (place, x, y) =>
      place.inside.selectAll("circle").data(now.flat).join("circle").attr("class", kind).attr("r", 5).attr("cx", x).attr("cy", y);
    dots(density, (y) => density.x(y + now.middle), (y) => density.y(at(y + now.middle)));
    dots(crossings, crossings.x, crossings.y);
  };
}

function words(state) {
  const { m, middle, flat, curvature } = shown(state);
  const says = curvature > 0 ? "a dip" : curvature < 0 ? "no dip" : "the border";
  const decides = state.w === 0.5 ? `: ${says}` : ", which decides only where the weights are equal";
  const places = flat.map((y) => two(y + middle)).join(", ");
  const humps = flat.length === 3 ? "three times: two humps with a dip between them" : "once: one hump";
  return (
    `Half gap m = ${two(m)}, weight on the right ${two(state.w)}. ` +
    `Second derivative in the middle ${three(curvature)}${decides}. ` +
    `The curve meets the line ${humps} (y = ${places}).`
  );
}

const gap = (m) => button(`m = ${m}`, () => ({ mu1: -m, mu2: m, w: 0.5 }));

explorable({
  name: "two_humps",
  state: { mu1: -1, mu2: 1, w: 0.5 },
  controls: [
    slider("mu1", "First location μ₁", -3, 3, 0.01),
    slider("mu2", "Second location μ₂", -3, 3, 0.01),
    slider("w", "Weight on the right w", 0.05, 0.95, 0.01),
    gap(0.5),
    gap(1),
    gap(1.5),
  ],
  valid: (state) => ({ ...state, mu1: Math.min(state.mu1, state.mu2) }),
  view,
  words,
  tries: [
    "Pull the locations apart until the curve on the right meets the line three times. At which half gap does it begin to?",
    "At m = 1.5, move the weight to 0.8 and beyond. Where has the second hump gone? Did the number for the middle change?",
    "Set the weight to 0.7 and look for the smallest gap that makes two humps.",
  ],
});
