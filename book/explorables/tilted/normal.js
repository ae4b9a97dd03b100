// A tilted normal p, the best normals q with independent coordinates, and one of the reader's own.

import { decimals } from "../shared/controls.js";
import { grid, handle, path } from "../shared/picture.js";
import { exclusive, fit, inclusive } from "../numerics/divergences.js";
import { ellipse } from "../numerics/regions.js";
import { squareAndOther, through } from "./panels.js";

const [two, three] = [decimals(0.01), decimals(0.001)];
// What the lines are, and where above a panel it stands.
const LEGEND = [["", "p", -16, -46], ["c3 dotdash", "your q", 44, -46], ["c1 dashed", "exclusive, KL(q‖p)", -16, -28], ["c2 dotted", "inclusive, KL(p‖q)", -16, -10]];

function legend(place) {
  LEGEND.forEach(([kind, text, x, y]) => {
    const item = place.group.append("g").attr("transform", `translate(${x},${y})`);
    item.append("path").attr("class", `curve ${kind}`).attr("d", "M0,-4H24");
    item.append("text").attr("x", 29).text(text);
  });
}

export function viewNormal(stage) {
  const axes = { x: [-3, 3], y: [-3, 3], xLabel: "u₁", yLabel: "u₂" };
  const costAxes = { x: [0, 1.5], y: [0, 3], xLabel: "scale of q", yLabel: "divergence, nats", margin: { top: 66 } };
  const [plane, costs] = squareAndOther(stage, axes, costAxes);
  legend(costs);
  const scales = grid(0.1, 1.5, 141);
  const kinds = [["exclusive", "c1 dashed", exclusive], ["inclusive", "c2 dotted", inclusive]].map(([name, kind, of]) => ({
    of: (rho, s) => of(rho, [s, s]),
    best: (rho) => fit(name, rho),
    outline: plane.inside.append("path").attr("class", `curve ${kind}`),
    curve: costs.inside.append("path").attr("class", `curve ${kind}`),
    least: costs.above.append("circle").attr("class", "dot hollow").attr("r", 5),
  }));
  const [tilted, own] = ["", "c3 dotdash"].map((kind) => plane.inside.append("path").attr("class", `curve ${kind}`));
  const here = costs.inside.append("line").attr("class", "curve c3 dotdash").attr("y2", costs.height);
  const radius = ellipse(0.9, [0, 0], [1, 1])[0][0];
  const pull = handle(plane, "c3", (x) => stage.set({ scale: x / radius }));
  return ({ rho, scale }) => {
    const round = (s) => through(plane, ellipse(0.9, [0, 0], [s, s]));
    tilted.attr("d", through(plane, ellipse(0.9, [0, 0], [1, 1], rho)));
    own.attr("d", round(scale));
    here.attr("x1", costs.x(scale)).attr("x2", costs.x(scale));
    pull.at(radius * scale, 0);
    kinds.forEach(({ of, best, outline, curve, least }) => {
      const at = best(rho).scale;
      outline.attr("d", round(at));
      curve.attr("d", path(costs, scales, (s) => of(rho, s)));
      least.attr("cx", costs.x(at)).attr("cy", costs.y(of(rho, at)));
    });
  };
}

export function wordsNormal({ rho, scale }) {
  const [narrow, wide] = ["exclusive", "inclusive"].map((name) => fit(name, rho));
  const both = (kl) => `KL(q‖p) = ${three(kl.exclusive)} and KL(p‖q) = ${three(kl.inclusive)}`;
  const own = { exclusive: exclusive(rho, [scale, scale]), inclusive: inclusive(rho, [scale, scale]) };
  return (
    `Correlation ρ = ${two(rho)}. The exclusive fit has the scale ${three(narrow.scale)}, ${both(narrow)}. ` +
    `The inclusive fit has the scale ${three(wide.scale)}, ${both(wide)}. Your q of scale ${two(scale)} has ${both(own)}.`
  );
}
