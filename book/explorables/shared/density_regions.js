// Regions of a density on a plane.

import { contours } from "d3-contour";

/** Shade the regions of a panel where values on a grid over all of it, row by row from below, exceed each level. */
export function densityRegions({ inside, width, height }, values, cells, levels) {
  // In the grid's units the middle of the first cell is at 0.5.
  const corner = ([a, b]) => `${((a - 0.5) / (cells - 1)) * width},${(1 - (b - 0.5) / (cells - 1)) * height}`;
  const outline = ({ coordinates }) => coordinates.flat().map((ring) => `M${ring.map(corner).join("L")}Z`).join("");
  const bounds = contours().size([cells, cells]).thresholds(levels)(values);
  const areas = inside.append("g").style("fill", "var(--ink)").style("fill-opacity", 0.1);
  areas.selectAll("path").data(bounds).join("path").attr("d", outline);
}
