// What moves by itself: it begins and pauses by a button, and a reader who wants no motion gets its end at once.

const still = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Repeats a step once a frame. `step` gets the state and returns the changes, or nothing at the end; `toggle` is for a
 * button, which passes what its `act` gets as the second argument.
 */
export function player(step) {
  let frame;
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = undefined;
  };
  const start = ({ state, set }) => {
    if (still.matches) {
      let end = state();
      for (let changes = step(end); changes; changes = step(end)) end = { ...end, ...changes };
      return set(end);
    }
    const tick = () => {
      const changes = step(state());
      frame = changes ? requestAnimationFrame(tick) : undefined;
      set(changes ?? {});
    };
    frame = requestAnimationFrame(tick);
    set({}); // the button says "Pause"
  };
  return {
    get running() {
      return frame !== undefined;
    },
    stop,
    toggle(explorable) {
      if (frame === undefined) return start(explorable);
      stop();
      explorable.set({});
    },
  };
}
