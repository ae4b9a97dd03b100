// Chapter 7: what a normal with independent coordinates makes of two modes, and of a tilted normal.

import { button, choice, slider, when } from "./shared/controls.js";
import { explorable } from "./shared/frame.js";
import { player } from "./shared/motion.js";
import { viewNormal, wordsNormal } from "./tilted/normal.js";
import { STEPS, viewPlane, wordsPlane } from "./tilted/plane.js";

const LABELS = {
  plane: "Left: plane of both locations with the exact posterior, which has two modes, and the path of a fit. Right: its divergence after each step.",
  normal: "Left: ellipses of a tilted normal and of normals with independent coordinates. Right: both divergences against their scale.",
};

/** One of two pictures, which is prepared when the state asks for it. */
function view(stage) {
  let [drawn, draw] = [];
  return (state) => {
    if (state.view !== drawn) {
      drawn = state.view;
      stage.svg.attr("aria-label", LABELS[drawn]).selectChildren().remove();
      draw = { plane: viewPlane, normal: viewNormal }[drawn](stage);
    }
    draw(state);
  };
}

const motion = player(({ view: seen, step }) => (seen === "plane" && step < STEPS ? { step: step + 1 } : undefined));

function play(state, frame) {
  if (state.step === STEPS) frame.set({ step: 0 });
  motion.toggle(frame);
}

/** The place on the diagonal that is nearest to the start, and one off it. */
function diagonal({ start1, start2 }, off) {
  const middle = Number(((start1 + start2) / 2).toFixed(3));
  return middle > 0 ? { start1: middle - off, start2: middle } : { start1: middle, start2: middle + off };
}

const onPlane = (control) => when((state) => state.view === "plane", control);
const onNormal = (control) => when((state) => state.view === "normal", control);

explorable({
  name: "tilted",
  state: { view: "plane", start1: -2, start2: 2, step: STEPS, rho: 0.8, scale: 0.8 },
  controls: [
    choice("view", "Posterior", { plane: "two modes", normal: "tilted normal" }),
    onPlane(slider("start1", "Start at μ₁", -2.5, 2.5, 0.001)),
    onPlane(slider("start2", "Start at μ₂", -2.5, 2.5, 0.001)),
    onPlane(slider("step", "Step", 0, STEPS, 1)),
    onPlane(button(() => (motion.running ? "Pause" : "Play"), play)),
    onPlane(button("Onto the diagonal", (state) => diagonal(state, 0))),
    onPlane(button("0.001 beside it", (state) => diagonal(state, 0.001))),
    onNormal(slider("rho", "Correlation ρ", -0.95, 0.95, 0.01)),
    onNormal(slider("scale", "Scale of your q", 0.2, 1.3, 0.01)),
  ],
  view,
  words: (state) => ({ plane: wordsPlane, normal: wordsNormal })[state.view](state),
  tries: [
    "Drag the start across the diagonal and watch the end. What does it tell you about the other mode?",
    "Start on the diagonal, then 0.001 beside it, and play the steps. Where does the divergence wait?",
    "Choose the tilted normal and raise its correlation. Which fit changes, and what do both cost?",
    "There, find the scale at which your q has the least of one divergence, then of the other. Compare both values.",
  ],
});
