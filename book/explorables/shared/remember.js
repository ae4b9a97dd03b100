// What need not be computed again while what it depends on stays.

/** A function that keeps its last answer, and gives it again for the same arguments. */
export function remember(f) {
  let [key, answer] = [];
  return (...given) => {
    const now = JSON.stringify(given);
    if (now !== key) [key, answer] = [now, f(...given)];
    return answer;
  };
}
