// Chapter 5: the transform behind an order. Free coordinates on the left, the locations on the right.

import { contours } from "d3-contour";
import { button, minus, slider, toggle } from "./shared/controls.js";
import { explorable } from "./shared/frame.js";
import { handle, panel } from "./shared/picture.js";
import { corners, imageArea, jacobian, toFree, toLocations } from "./numerics/order.js";
import { at, cloud, freeRegions, gridSize, isOn, locationRegions, shareOfGapsBelow, shareOfStraight } from "./numerics/ordered_cloud.js";

const DRAWS = 400;
const SMALL = 0.1; // a gap is small below it
const HEIGHT = 6; // units that each panel is high; both have the same scale, so that areas can be compared by eye

/** Contours of a log density on the grid for a weight, as rings of free coordinates. */
function rings(w, logDensity, heights) {
  const find = contours().size(gridSize());
  const place = ([i, j]) => at(w, i - 0.5, j - 0.5);
  return heights.flatMap((height) => find.contour(logDensity, height).coordinates.flat().map((ring) => ring.map(place)));
}

/** Lines that divide a square into sixteen. */
function lattice([p, q, r, s]) {
  const between = (one, other, t) => one.map((value, k) => value + t * (other[k] - value));
  return [0.25, 0.5, 0.75].flatMap((t) => [[between(p, q, t), between(s, r, t)], [between(p, s, t), between(q, r, t)]]);
}

/** A contour's path; the grid's lower edge closes a ring where the density goes on, and is left out. */
function open(ring, at) {
  const goesOn = (point, index) => index && (isOn(point) || isOn(ring[index - 1]));
  return ring.map((point, index) => `${goesOn(point, index) ? "L" : "M"}${at(point).map((value) => value.toFixed(1))}`).join("");
}

const closed = (points) => `M${points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}Z`;
const dot = ([x, y]) => `M${x.toFixed(1)},${y.toFixed(1)}h0`;
const cross = ([x, y]) => `M${x.toFixed(1)},${y.toFixed(1)}m-2,0h4m-2,-2v4`;

/** Two panels of one scale: beside each other, or one below the other. */
function panels(svg, width, height) {
  const narrow = width < 480;
  const across = narrow ? [1, 1] : [0.41, 0.59];
  const part = (index) => ({
    left: narrow || !index ? 0 : across[0] * width,
    top: narrow ? (index * height) / 2 : 0,
    width: across[index] * width,
    height: narrow ? height / 2 : height,
  });
  const unit = (part(0).height - 62) / HEIGHT;
  const around = (middle, index) => [-0.5, 0.5].map((side) => middle + (side * (part(index).width - 64)) / unit);
  const free = { x: around(-1.1, 0), y: [-4.4, 1.6], xLabel: "x₁ = μ₁", yLabel: "x₂ = log(μ₂ − μ₁)", title: "free coordinates", yTicks: 6 };
  const locations = { x: around(0, 1), y: [-3, 3], xLabel: "μ₁", yLabel: "μ₂", title: "locations", yTicks: 6 };
  return [panel(svg, part(0), free), panel(svg, part(1), locations)];
}

/** What the two kinds of draws are, in the lower left corner. */
function legend({ above, y }) {
  [["dots c1", dot, "lower has w₁"], ["crosses c2", cross, "upper has w₁"]].forEach(([kind, mark, text], row) => {
    const height = y(-3.1) + 18 * row;
    above.append("path").attr("class", kind).attr("d", mark([12, height]));
    above.append("text").attr("class", "label").attr("x", 20).attr("y", height + 4).text(text);
  });
}

function view({ svg, width, height, set }) {
  const [free, plane] = panels(svg, width, height);
  const inFree = ([x1, x2]) => [free.x(x1), free.y(x2)];
  const inPlane = ([x1, x2]) => toLocations(x1, x2).map((mu, k) => [plane.x, plane.y][k](mu));
  const over = ([x1, x2]) => toLocations(x1, x2).map((mu, k) => [plane.y, plane.x][k](mu)).reverse(); // across the diagonal
  const add = (place, kind) => place.inside.append("path").attr("class", kind);

  const parts = (place) => ({ dots: add(place, "dots c1"), crosses: add(place, "crosses c2"), contours: add(place, "curve contours") });
  const [left, right] = [parts(free), parts(plane)];
  const forbidden = add(plane, "veil");
  const [a, b] = [plane.x.domain()[0] - 9, plane.x.domain()[1] + 9];
  forbidden.attr("d", closed([[a, a], [b, b], [b, a]].map(([x, y]) => [plane.x(x), plane.y(y)])));
  add(plane, "rule").attr("d", `M${plane.x(a)},${plane.y(a)}L${plane.x(b)},${plane.y(b)}`);
  const below = add(free, "veil");
  const squares = [[free, inFree], [plane, inPlane]].map(([place, at]) => [at, add(place, "curve faint c3"), add(place, "curve c3")]);
  legend(free);
  const byFree = handle(free, "c3", (x1, x2) => set({ x1, x2 }));
  const byImage = handle(plane, "c3", (mu1, mu2) => set(mu2 > mu1 ? { x1: mu1, x2: toFree(mu1, mu2)[1] } : { x1: mu1 }));

  let drawn;
  const cloudAndContours = ({ m, w, forget, cut, seed, unfold }) => {
    const power = forget ? 0 : 1;
    const { logDensity, heights } = freeRegions(m, w, power, cut);
    left.contours.attr("d", rings(w, logDensity, heights).map((ring) => open(ring, inFree)).join(""));
    const { halves, heights: levels } = locationRegions(m, w, unfold);
    const inHalf = (half, index) => rings(w, half, levels).map((ring) => open(ring, index ? over : inPlane));
    right.contours.attr("d", halves.flatMap(inHalf).join(""));
    const points = cloud(m, w, power, cut, DRAWS, seed);
    const [straight, other] = [true, false].map((kind) => points.filter((point) => point.straight === kind).map(({ x1, x2 }) => [x1, x2]));
    left.dots.attr("d", straight.map(inFree).map(dot).join(""));
    left.crosses.attr("d", other.map(inFree).map(cross).join(""));
    right.dots.attr("d", straight.map(inPlane).map(dot).join(""));
    right.crosses.attr("d", other.map(unfold ? over : inPlane).map(cross).join(""));
    forbidden.attr("visibility", unfold ? "hidden" : null);
    const [ends, bottom] = [free.x.range(), free.height];
    below.attr("d", closed([[ends[0], free.y(cut)], [ends[1], free.y(cut)], [ends[1], bottom], [ends[0], bottom]]));
  };
  return (state) => {
    const { x1, x2, side, m, w, forget, cut, seed, unfold } = state;
    const key = [m, w, forget, cut, seed, unfold].join();
    if (key !== drawn) cloudAndContours(state);
    drawn = key;
    const corner = corners(x1, x2, side);
    const inner = lattice(corner);
    for (const [at, lines, outline] of squares) {
      lines.attr("d", inner.map((line) => closed(line.map(at))).join(""));
      outline.attr("d", closed(corner.map(at)));
    }
    byFree.at(x1, x2);
    byImage.at(...toLocations(x1, x2));
  };
}

const percent = (share) => (share < 0.0005 ? "under 0.1 %" : `${(100 * share).toFixed(1)} %`);
const three = (value) => value.toPrecision(3);

function words({ x1, x2, side, m, w, forget, cut, seed }) {
  const power = forget ? 0 : 1;
  const image = imageArea(x2, side);
  const isIn = (draw) => Math.max(Math.abs(draw.x1 - x1), Math.abs(draw.x2 - x2)) < side / 2;
  const held = cloud(m, w, power, cut, DRAWS, seed).filter(isIn).length;
  const small = percent(shareOfGapsBelow(SMALL, m, w, power, cut));
  const lower = percent(shareOfStraight(m, w, power, cut));
  return (
    `The square has the area ${three(side * side)}, its image ${three(image)}: ${three(image / side ** 2)} times as much ` +
    `(Jacobian in the middle: ${three(jacobian(x2))}). Each holds ${held} of the ${DRAWS} draws. ` +
    `${forget ? "Without" : "With"} the Jacobian, ${small} of the probability above x₂ = ${minus(cut.toFixed(1))} has a gap below ${SMALL}` +
    `${forget ? ", and more with each lower cut" : ""}.${w > 0.5 ? ` In ${lower} of it the lower location has the weight ${w.toFixed(2)}.` : ""}`
  );
}

explorable({
  name: "fold",
  state: { x1: -0.9, x2: 0.7, side: 0.8, m: 1, w: 0.5, forget: false, unfold: false, cut: -4, seed: 1 },
  controls: [
    toggle("forget", "Forget the Jacobian"),
    toggle("unfold", "Unfold"),
    slider("m", "Half gap of the data m", 0, 1, 0.05),
    slider("w", "Known weight w₁", 0.5, 0.9, 0.05),
    slider("x1", "Square: x₁", -3, 0.5, 0.05),
    slider("x2", "Square: x₂", -3.9, 1.2, 0.05),
    slider("side", "Square: side", 0.1, 1, 0.1),
    slider("cut", "Cut at x₂", -8, -2.5, 0.1),
    button("Other draws", ({ seed }) => ({ seed: (seed % 999) + 1 })),
  ],
  valid: (state) => ({ ...state, seed: Math.min(999, Math.max(1, Math.round(state.seed))) }),
  view,
  words,
  tries: [
    "Drag the square towards small gaps. What becomes of its image?",
    "Shrink the square. What does the ratio of the areas tend to?",
    "Forget the Jacobian at half gap 0.4. Where do the draws go?",
    "There, lower the cut with the Jacobian and without it, also beyond the picture’s edge. Which share stays the same in the end?",
    "Set weight 0.8 and half gap 0.4, and unfold. Which arm goes where when it is folded again?",
  ],
});
