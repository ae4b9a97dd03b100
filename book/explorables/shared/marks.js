// Marks that differ in shape as well as in colour, as parts of one path; and piles of them.

/** The marks of the first, second and third component: functions of the place and the size. */
export const SHAPES = [
  (x, y, r) => `M${x - r},${y}a${r},${r},0,1,0,${2 * r},0a${r},${r},0,1,0,${-2 * r},0Z`,
  (x, y, r) => `M${x - 1.1 * r},${y + 0.9 * r}h${2.2 * r}L${x},${y - 1.1 * r}Z`,
  (x, y, r) => `M${x},${y - 1.3 * r}L${x + 1.1 * r},${y}L${x},${y + 1.3 * r}L${x - 1.1 * r},${y}Z`,
];

/** How high each value lies in the pile of those in the same bin. */
export function piles(values, width) {
  const heights = new Map();
  return values.map((value) => {
    const bin = Math.floor(value / width);
    heights.set(bin, (heights.get(bin) ?? 0) + 1);
    return heights.get(bin) - 0.5;
  });
}

/** A legend's lines: the classes of a path's sample, and the text. */
export function legend(group, x, y, lines) {
  lines.forEach(([kind, text], number) => {
    const line = group.append("g").attr("transform", `translate(${x},${y + 17 * number})`);
    line.append("path").attr("class", kind).attr("d", "M0,-4h24");
    line.append("text").attr("x", 30).text(text);
  });
}
