// The frame of every explorable: it takes the place of a static figure, keeps the state, and says it in words.
//
// Controls and handles follow the hand at once. The picture and the words follow in the next frame, or, where a slow
// processor takes long for them, as often as leaves most of its time to the hand.
//
// An explorable is an object with
//   name      its file's name
//   state     the state at the start, which is that of the static figure: numbers, words or lists of numbers
//   controls  what can be changed, see controls.js; each drag in the picture has a control that does the same by keyboard
//   view      (stage) => (state) => {}: prepares the picture for a size, and draws a state
//   words     (state) => the state in a sentence or two
//   tries     what to try, a line each
// and, where a state is made of something else than its controls' values,
//   valid     (state) => the state nearest to it that there is: an address may say anything

import { select } from "d3-selection";
import { build } from "./controls.js";

const SETTLED = 400; // milliseconds without a change, after which a screen reader and the address hear of the state
const QUICK = 8; // milliseconds for a drawing that each frame has time for
const REST = 3; // slower ones are followed by this many times their own length without one, in which the hand is followed

/** Put an explorable into each place on this page that waits for it. */
export function explorable(definition) {
  document.querySelectorAll(`[data-explorable="${definition.name}"]:not(.live)`).forEach((place) => mount(place, definition));
}

function mount(place, definition) {
  const image = place.querySelector("img");
  const anchor = place.closest("[id]")?.id;
  let state = allowed(definition, { ...definition.state, ...fromAddress(definition.state, anchor) });

  const svg = select(place).append("svg").attr("role", "img").attr("aria-label", image.alt);
  const words = select(place).append("p").attr("class", "words").attr("aria-live", "polite").node();
  const panel = select(place).append("div").attr("class", "controls").attr("role", "group").attr("aria-label", "Controls");
  const tries = select(place).append("ul").attr("class", "tries").attr("aria-label", "Try");
  tries.selectAll("li").data(definition.tries).join("li").text((line) => line);

  let draw;
  let settling;
  let frame;
  let next = 0; // the time from which the picture may be drawn anew
  const show = () => {
    controls.show(state);
    words.ariaBusy = "true"; // not read aloud before it has settled
    clearTimeout(settling);
    settling = setTimeout(settle, SETTLED);
    svg.attr("aria-busy", "true"); // until the picture shows the state
    frame ??= requestAnimationFrame(drawInTime);
  };
  const drawInTime = () => {
    const start = performance.now();
    frame = start < next ? requestAnimationFrame(drawInTime) : undefined;
    if (frame) return;
    drawNow();
    const end = performance.now();
    next = end - start > QUICK ? end + REST * (end - start) : 0;
  };
  const drawNow = () => {
    draw(state);
    svg.attr("aria-busy", null);
    const text = definition.words(state);
    if (words.textContent !== text) words.textContent = text;
  };
  const settle = () => {
    words.ariaBusy = "false";
    toAddress(definition.state, state, anchor);
  };
  const set = (changes) => {
    state = allowed(definition, { ...state, ...changes });
    show();
  };
  const controls = build(panel.node(), definition, { state: () => state, set });

  place.classList.add("live");
  let width;
  new ResizeObserver(() => {
    const box = svg.node().getBoundingClientRect();
    if (!box.width || box.width === width) return;
    width = box.width;
    svg.selectChildren().remove();
    draw = definition.view({ svg, width, height: box.height, set, state: () => state });
    drawNow();
    controls.show(state);
  }).observe(svg.node());
}

/** The state with every value within its control's limits. */
function allowed(definition, state) {
  for (const control of definition.controls) {
    if (control.allowed) state[control.key] = control.allowed(state[control.key], definition.state[control.key]);
  }
  return definition.valid ? definition.valid(state) : state;
}

/** The values that the page's address gives for the explorable at an anchor: ?gap=0.8&seed=3#fig-plane */
function fromAddress(start, anchor) {
  const given = {};
  if (!anchor || location.hash !== `#${anchor}`) return given;
  for (const [key, text] of new URLSearchParams(location.search)) {
    if (!Object.hasOwn(start, key)) continue;
    const value = parsed(text, start[key]);
    if (value !== undefined) given[key] = value;
  }
  return given;
}

/** A value of the same type as another, from text; undefined where the text is none. */
function parsed(text, like) {
  if (typeof like === "string") return text;
  if (Array.isArray(like)) {
    const numbers = text.split(",").map(Number);
    return numbers.every(Number.isFinite) ? numbers : undefined;
  }
  if (typeof like === "boolean") return text === "true" || (text === "false" ? false : undefined);
  const number = Number(text);
  return text && Number.isFinite(number) ? number : undefined;
}

/** Let the page's address lead to a state; one at its start needs no address. */
function toAddress(start, state, anchor) {
  if (!anchor) return;
  const given = new URLSearchParams();
  for (const key of Object.keys(start)) {
    if (String(state[key]) !== String(start[key])) given.set(key, state[key]);
  }
  const ours = location.hash === `#${anchor}`;
  if (!given.size && !(ours && location.search)) return;
  const search = given.size ? `?${given}` : location.pathname;
  try {
    history.replaceState(history.state, "", `${search}#${anchor}`);
  } catch {
    // Some browsers keep the address of a page that was opened from a folder.
  }
}
