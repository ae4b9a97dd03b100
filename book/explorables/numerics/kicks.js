// A ball on the landscape of two locations (minus their log density), kicked again and again: Hamiltonian Monte Carlo.

import { generator } from "./random.js";
import { logJoint, slope } from "./two_locations.js";

export const STEP = 0.02; // of time; the energy then stays the same to about a hundredth of a nat
const [SHORTEST, LONGEST] = [30, 120]; // steps of a path

/** The path of a ball of mass 1 from a place and with a momentum: leapfrog steps, places and momenta. */
export function leapfrog(y, place, momentum, steps, step = STEP) {
  let [[x1, x2], [p1, p2]] = [place, momentum];
  let [s1, s2] = slope(y, x1, x2);
  const path = [[x1, x2, p1, p2]];
  for (let index = 0; index < steps; index += 1) {
    p1 -= 0.5 * step * s1;
    p2 -= 0.5 * step * s2;
    x1 += step * p1;
    x2 += step * p2;
    [s1, s2] = slope(y, x1, x2);
    p1 -= 0.5 * step * s1;
    p2 -= 0.5 * step * s2;
    path.push([x1, x2, p1, p2]);
  }
  return path;
}

/** A kick, by its seed and number: two standard normal velocities, and how many steps the ball then rolls. */
export function kick(seed, number) {
  const random = generator(seed * 1000003 + number);
  const momentum = [random.normal(), random.normal()];
  return { momentum, steps: SHORTEST + Math.floor(random.uniform() * (LONGEST - SHORTEST + 1)) };
}

/**
 * A ball's kicks, from the mode. Each starts where the last one ended. For each of them: where it ends, the height where it
 * starts, the energy of the kick, whether both together exceed the wall, and whether it ends beyond the diagonal.
 */
export function kicks(y, { mode, top, wall }, seed) {
  const made = [];
  let place = mode;
  return (count) => {
    while (made.length < count) {
      const { momentum, steps } = kick(seed, made.length);
      const height = top - logJoint(y, ...place);
      const energy = 0.5 * (momentum[0] ** 2 + momentum[1] ** 2);
      const [x1, x2] = leapfrog(y, place, momentum, steps).at(-1);
      const crossed = (place[1] - place[0]) * (x2 - x1) < 0;
      made.push({ start: place, momentum, steps, end: [x1, x2], height, energy, strong: height + energy > wall, crossed });
      place = [x1, x2];
    }
    return made;
  };
}

/** The first kicks of a ball, for the tests. */
export const firstKicks = (y, landscape, seed, count) => kicks(y, landscape, seed)(count);
