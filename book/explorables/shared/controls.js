// The controls below a picture: native sliders, choices, switches and buttons, each with the keyboard that comes with it.

import { select } from "d3-selection";

/** A slider for a number; `format` says the number as the picture does. */
export function slider(key, label, min, max, step, format = decimals(step)) {
  const allowed = (value) => Math.min(max, Math.max(min, Math.round((value - min) / step) * step + min));
  return { kind: "slider", key, label, min, max, step, format, allowed: (value) => Number(allowed(value).toFixed(10)) };
}

/** One of several words: `options` are the words and what stands on their buttons. */
export function choice(key, label, options) {
  return { kind: "choice", key, label, options, allowed: (value, start) => (Object.hasOwn(options, value) ? value : start) };
}

/** A switch. */
export function toggle(key, label) {
  return { kind: "toggle", key, label, allowed: (value) => value === true };
}

/**
 * A button: `act` gets the state and returns the changes. For what goes on by itself it gets { state, set } besides, and
 * returns nothing. The label, too, may be a function of the state.
 */
export function button(label, act, disabled = () => false) {
  return { kind: "button", label, act, disabled };
}

/** A control that is there in some states only: `shown` says of a state whether it is. */
export const when = (shown, control) => ({ ...control, shown });

/** Numbers with as many decimals as the step has, and a true minus. */
export function decimals(step) {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return (value) => minus(value.toFixed(digits));
}

/** A number's text with a true minus, and none before a zero. */
export const minus = (text) => (/^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace("-", "−"));

let made = 0;

/** Put the controls of an explorable into a panel. Returns what shows a state in them. */
export function build(panel, { controls, state: start }, { state, set }) {
  const startAgain = button("Start again", () => start);
  const shows = [...controls, startAgain].map((control) => {
    control = { ...control, id: `explorable-${(made += 1)}` };
    const add = { slider: addSlider, choice: addChoice, toggle: addToggle, button: addButton }[control.kind];
    return whileShown(control, add(panel, control, { state, set }), panel.lastChild);
  });
  return { show: (values) => shows.forEach((show) => show(values)) };
}

/** What shows a state in a control, and hides the control, also from the keyboard, in states in which it is not there. */
function whileShown({ kind, shown }, show, part) {
  if (!shown) return show;
  const fields = kind === "button" ? [part] : part.querySelectorAll("input");
  return (state) => {
    part.hidden = !shown(state);
    fields.forEach((field) => (field.disabled = part.hidden));
    if (!part.hidden) show(state);
  };
}

function addSlider(panel, { id, key, label, min, max, step, format }, { set }) {
  const row = select(panel).append("div").attr("class", "slider");
  row.append("label").attr("for", id).text(label);
  const input = row.append("input").attr("type", "range").attr("id", id).attr("data-key", key).attr("min", min).attr("max", max).attr("step", step);
  const output = row.append("output").attr("for", id);
  input.on("input", ({ target }) => set({ [key]: target.valueAsNumber }));
  return (state) => {
    input.property("value", state[key]).attr("aria-valuetext", format(state[key]));
    output.text(format(state[key]));
  };
}

function addChoice(panel, { id, key, label, options }, { set }) {
  const group = select(panel).append("fieldset").attr("class", "choice");
  group.append("legend").text(label);
  const items = group.selectAll("label").data(Object.entries(options)).join("label");
  const inputs = items.append("input").attr("type", "radio").attr("name", id).attr("data-key", key).attr("value", ([word]) => word);
  items.append("span").text(([, text]) => text);
  inputs.on("change", ({ target }) => set({ [key]: target.value }));
  return (state) => inputs.property("checked", ([word]) => word === state[key]);
}

function addToggle(panel, { key, label }, { set }) {
  const item = select(panel).append("label").attr("class", "toggle");
  const input = item.append("input").attr("type", "checkbox").attr("data-key", key);
  item.append("span").text(label);
  input.on("change", ({ target }) => set({ [key]: target.checked }));
  return (state) => input.property("checked", state[key]);
}

function addButton(panel, { label, act, disabled }, { state, set }) {
  const item = select(panel).append("button").attr("type", "button");
  item.on("click", () => {
    const changes = act(state(), { state, set });
    if (changes) set(changes);
  });
  const text = typeof label === "function" ? label : () => label;
  return (values) => item.text(text(values)).property("disabled", disabled(values));
}
