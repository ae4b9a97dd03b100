// What both pictures are made of.

import { divide, panel, path } from "../shared/picture.js";

/** A panel that is as high as wide, and one beside or below it. */
export function squareAndOther(stage, square, other) {
  const { width, height } = stage;
  const side = width < 480 ? width - 2 : height + 2;
  const [first, second] = divide(stage, [side, (width < 480 ? height : width) - side]);
  return [panel(stage.svg, first, square), panel(stage.svg, second, other)];
}

/** A line through places of a panel. */
export const through = (place, places) => path(place, places.map(([x]) => x), places.map(([, y]) => y));
