// Where the density of two components of scale 1 is flat: y, measured from their middle, solves
// y = m tanh(m y + h), with m half their gap and h half the log odds of their weights.

/** The right side of the equation; `w` is the weight of the component on the right. */
export const pullTo = (y, m, w) => m * Math.tanh(m * y + 0.5 * Math.log(w / (1 - w)));

/** The second derivative of the density in the middle. The weights do not matter there. */
export const middleCurvature = (m) => ((m * m - 1) * Math.exp(-0.5 * m * m)) / Math.sqrt(2 * Math.PI);

/** All solutions, in ascending order: one (a peak), or three (a peak, a dip and a peak). */
export function flatPoints(m, w) {
  const excess = (y) => pullTo(y, m, w) - y;
  // Between the two places where the slope of the right side is 1, m tanh may cross the line a second time.
  const turn = m > 1 ? Math.acosh(m) : 0;
  const h = 0.5 * Math.log(w / (1 - w));
  const ends = turn ? [-m, (-turn - h) / m, (turn - h) / m, m] : [-m, m];
  const solutions = [];
  for (let part = 1; part < ends.length; part += 1) {
    const [low, high] = [ends[part - 1], ends[part]].map((y) => Math.min(m, Math.max(-m, y)));
    if (low < high && excess(low) * excess(high) < 0) solutions.push(bisect(excess, low, high));
  }
  return solutions.length ? solutions : [bisect(excess, -m, m)];
}

/** The place between two others where a function changes its sign, to the last digit. */
export function bisect(f, low, high) {
  const sign = Math.sign(f(high));
  for (;;) {
    const middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) return middle;
    if (Math.sign(f(middle)) === sign) high = middle;
    else low = middle;
  }
}
