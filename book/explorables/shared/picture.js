// What pictures are drawn with: panels with axes, lines, and handles that can be dragged.

import { axisBottom, axisLeft } from "d3-axis";
import { drag } from "d3-drag";
import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { minus } from "./controls.js";

const MARGIN = { top: 22, right: 10, bottom: 40, left: 54 };

/**
 * Divide a stage into panels: beside each other where there is room, else one below the other.
 * `shares` are their parts of the stage's width (or height).
 */
export function divide({ width, height }, shares, narrow = width < 480) {
  const whole = shares.reduce((sum, share) => sum + share, 0);
  let start = 0;
  return shares.map((share) => {
    const part = { left: narrow ? 0 : start, top: narrow ? start : 0, width, height };
    part[narrow ? "height" : "width"] *= share / whole;
    start += narrow ? part.height : part.width;
    return part;
  });
}

/**
 * A panel with axes. `x` and `y` are the ends of the axes; a scale of another kind than linear can be given.
 * Returns its scales, a group for what is drawn in it (cut off at its edges) and one above it for handles.
 */
export function panel(svg, part, { x, y, xLabel, yLabel, title, xTicks, yTicks, xScale, yScale, margin }) {
  const { top, right, bottom, left } = { ...MARGIN, ...margin };
  const group = svg.append("g").attr("transform", `translate(${part.left + left},${part.top + top})`);
  const width = part.width - left - right;
  const height = part.height - top - bottom;
  const xs = (xScale ?? scaleLinear()).domain(x).range([0, width]);
  const ys = (yScale ?? scaleLinear()).domain(y).range([height, 0]);
  const id = `clip-${(clips += 1)}`;
  group.append("clipPath").attr("id", id).append("rect").attr("width", width).attr("height", height);
  const format = (scale, count) => (value) => minus(scale.tickFormat(count)(value));
  const xCount = xTicks ?? Math.max(2, Math.round(width / 60));
  const yCount = yTicks ?? Math.max(2, Math.round(height / 45));
  const bottomAxis = group.append("g").attr("class", "axis").attr("transform", `translate(0,${height})`);
  const leftAxis = group.append("g").attr("class", "axis");
  const axes = () => {
    bottomAxis.call(axisBottom(xs).ticks(xCount).tickSizeOuter(0).tickFormat(format(xs, xCount)));
    if (yCount > 0) leftAxis.call(axisLeft(ys).ticks(yCount).tickSizeOuter(0).tickFormat(format(ys, yCount)));
  };
  axes();
  if (xLabel) group.append("text").attr("class", "label").attr("x", width / 2).attr("y", height + 34).attr("text-anchor", "middle").text(xLabel);
  if (yLabel) group.append("text").attr("class", "label").attr("transform", `translate(${-left + 12},${height / 2}) rotate(-90)`).attr("text-anchor", "middle").text(yLabel);
  if (title) group.append("text").attr("class", "title").attr("x", width / 2).attr("y", -8).attr("text-anchor", "middle").text(title);
  return {
    x: xs,
    y: ys,
    width,
    height,
    group,
    axes, // draws them anew, when the scales have changed
    inside: group.append("g").attr("clip-path", `url(#${id})`),
    above: group.append("g"),
  };
}
let clips = 0;

/** The path through points given by two functions or arrays, in a panel. */
export function path({ x, y }, xs, ys) {
  const at = typeof ys === "function" ? ys : (_, index) => ys[index];
  return line((value) => x(value), (value, index) => y(at(value, index)))(xs);
}

/** Evenly spaced numbers. */
export const grid = (start, stop, count) => Array.from({ length: count }, (_, index) => start + ((stop - start) * index) / (count - 1));

/**
 * A handle: a mark with a finger's room around it, which goes where it is dragged. `move` gets that place, in the panel's
 * coordinates; what is drawn next puts the mark to where the state allows it. A handle is for mouse and touch; the
 * keyboard has the control for the same value.
 */
export function handle({ above, group, x, y }, kind, move) {
  const mark = above.append("g").attr("class", `handle ${kind}`);
  mark.append("circle").attr("class", "room").attr("r", 22);
  mark.append("circle").attr("class", "mark").attr("r", 8);
  const put = (left, top) => mark.attr("transform", `translate(${left},${top})`);
  mark.call(
    drag()
      .container(group.node())
      .on("start", () => mark.classed("held", true))
      .on("drag", (event) => {
        put(event.x, event.y);
        move(x.invert(event.x), y.invert(event.y));
      })
      .on("end", () => mark.classed("held", false)),
  );
  return { at: (px, py) => put(x(px), y(py)), mark };
}
