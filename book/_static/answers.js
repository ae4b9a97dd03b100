// Exercises answered in the page (book_extension/answers.py). The first part judges an answer as gmixlib.exercises.check
// does (_exercise.py), from data and texts that come from there; a test compares both on every recorded answer.

const judgeAnswer = (() => {
  const OPEN = "not attempted";
  const WRONG = "not yet right";
  const CORRECT = "correct";
  const LETTER = /^(?:answer |option )?\(?([a-z])(?:[).:,;]+(?:\s.*)?)?$/s;
  const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?(\/\d+\.?\d*)?$/i; // or a fraction
  const INFINITE = /^([+-]?)inf(inity)?$/i;

  /** The verdict on what is written, for an exercise: its status, what to say, and the name of the mistake. */
  function judge(exercise, written) {
    const text = written.trim();
    if (!text) return { status: OPEN, message: "Write your answer into the field.", mistake: "" };
    return exercise.replies ? judgeLetter(exercise, text) : judgeNumbers(exercise, text);
  }

  function judgeLetter({ replies, right }, text) {
    const letter = LETTER.exec(text.toLowerCase())?.[1];
    if (!Object.hasOwn(replies, letter)) return { status: WRONG, message: `It must be one of ${Object.keys(replies).join(", ")}.`, mistake: "no-such-letter" };
    const status = letter === right ? CORRECT : WRONG;
    return { status, message: replies[letter], mistake: status === CORRECT ? "" : letter };
  }

  function judgeNumbers(exercise, text) {
    const { form, within, otherwise, after, texts, ordinals, counts } = exercise;
    const found = numbersIn(text);
    if (!found) return { status: WRONG, message: `This is no number; ${form} ${form.startsWith("a ") ? "is" : "are"} expected, such as 0.25 or 1/4, with commas between several.`, mistake: "wrong-form" };
    const expected = [exercise.expected].flat();
    const say = (template, parts = "") => template.replace("{subject}", "Your answer").replace("{found}", found.join(", ")).replace("{parts}", parts).replace("{otherwise}", otherwise);
    const wrong = (message, mistake) => ({ status: WRONG, message, mistake });
    if (agree(found, expected, () => within)) return { status: CORRECT, message: after, mistake: "" };
    const { name, hint } = recognised(exercise, found);
    if (!hint && found.length !== expected.length) {
      return wrong(`Your answer is ${found.length === 1 ? "a number" : `${counts[found.length] ?? found.length} numbers`}, expected is ${form}.`, "wrong-shape");
    }
    if (agree(found, expected, (right) => Math.max(within, Math.min(3 * within, 0.03 * Math.abs(right))))) {
      return wrong(say(texts.near) + (hint ? ` If so: ${hint}` : ""), name || "last-digit");
    }
    if (hint) return wrong(hint, name);
    if (fewerDigits(found, expected, within)) return wrong(say(texts.fewer), "rounded");
    const which = (chosen) => {
      const names = ordinals.filter((_, i) => chosen[i]);
      return `The ${names.join(" and the ")} ${names.length === 1 ? "is" : "are"} `;
    };
    const share = expected.map((right, i) => Math.abs(right) < 1 && Math.abs(found[i] - 100 * right) < 2 * Math.abs(right)); // to two per cent of it
    if (share.some(Boolean)) {
      const all = share.length > 1 ? "They are " : "That is ";
      return wrong(say(texts.perCent, share.every(Boolean) ? all : which(share)), "per-cent");
    }
    const good = expected.map((right, i) => expected.length > 1 && near(found[i], right, within));
    const parts = good.some(Boolean) ? `${which(good)}right. ` : "";
    return wrong(say(texts.not, parts), "");
  }

  /** The numbers in a text, or nothing if there is anything else in it. */
  function numbersIn(text) {
    const words = text.replace(/[−–]/g, "-").replace(/[()[\]]/g, " ").replace(/\s*\/\s*/g, "/").split(/[\s,;]+/).filter(Boolean);
    const numbers = words.map((word) => {
      if (NUMBER.test(word)) return word.split("/").map(Number).reduce((a, b) => a / b);
      return Number(word.replace(INFINITE, "$1Infinity"));
    });
    return numbers.length && !numbers.some(Number.isNaN) ? numbers : undefined;
  }

  const near = (one, other, within) => one === other || Math.abs(one - other) <= within; // Infinity is near itself alone
  const agree = (found, expected, within) => found.length === expected.length && expected.every((right, i) => near(found[i], right, within(right)));
  const decimals = (within) => Math.round(-Math.log10(2 * within));

  /** Rounded to so many decimals, and halves to even ones, as NumPy rounds. */
  function rounded(value, digits) {
    const scaled = value * 10 ** digits;
    const down = Math.floor(scaled);
    const up = scaled - down > 0.5 || (scaled - down === 0.5 && down % 2 !== 0);
    return (down + up) / 10 ** digits;
  }

  /** The mistake that gives these numbers, or gives them after rounding. */
  function recognised({ mistakes, within }, found) {
    const byRounding = [];
    for (const { name, answer, hint } of mistakes) {
      const wrong = [answer].flat().map((value, i) => Number(value ?? found[i])); // null stands for any number
      if (agree(found, wrong, (value) => Math.min(within, 0.02 * Math.abs(value)))) return { name, hint };
      if (agree(found, wrong.map((value) => rounded(value, decimals(within))), () => 1e-9)) byRounding.push({ name, hint });
    }
    return byRounding.length === 1 ? byRounding[0] : { name: "", hint: "" };
  }

  /** Whether these are the right numbers with one or two digits fewer than are asked for. */
  function fewerDigits(found, expected, within) {
    const digits = decimals(within);
    const alike = agree(found, expected, (right) => 0.1 * Math.abs(right));
    const as = (fewer) => agree(found, expected.map((right) => rounded(right, fewer)), () => 1e-9);
    return alike && [digits - 2, digits - 1].some((fewer) => fewer >= 0 && as(fewer));
  }

  // The second part is for the page: what was answered is kept in the browser, by the names of the exercises.

  const KEPT = "exercises";
  const MARKS = { [OPEN]: "○", [WRONG]: "✗", [CORRECT]: "✓" };

  function kept() {
    try {
      return JSON.parse(localStorage.getItem(KEPT)) ?? {};
    } catch {
      return {}; // damaged, or nothing may be kept
    }
  }

  /** Keep an answer, and that it was correct once. */
  function keep(name, answer, status) {
    const all = kept();
    const correct = all[name]?.correct ?? (status === CORRECT ? new Date().toISOString().slice(0, 10) : undefined);
    try {
      localStorage.setItem(KEPT, JSON.stringify({ ...all, [name]: { answer, correct } }));
    } catch {
      // The page works without.
    }
  }

  /** Say how many exercises of this page, or of the book, have been answered correctly in the browser. */
  function showProgress() {
    const all = kept();
    for (const place of document.querySelectorAll("[data-answered]")) {
      const names = place.dataset.answered.split(" ");
      const correct = names.filter((name) => all[name]?.correct).length;
      place.textContent = `${correct} of ${names.length} exercises without code answered correctly in this browser`;
    }
  }

  function prepare(form) {
    const exercise = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(form.dataset.check), (byte) => byte.charCodeAt(0))));
    const { name } = form.dataset;
    const reply = form.querySelector("[role=status]");
    const field = form.elements.answer; // a text, or radio buttons
    const show = ({ status, message }) => {
      form.dataset.status = status;
      reply.replaceChildren(Object.assign(document.createElement("strong"), { textContent: `${MARKS[status]} ${status}.` }));
      message.split("`").forEach((part, index) => reply.append(" ".repeat(index === 0), index % 2 ? Object.assign(document.createElement("code"), { textContent: part }) : part));
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const verdict = judge(exercise, field.value);
      if (verdict.status !== OPEN) keep(name, field.value, verdict.status);
      show(verdict);
      showProgress();
    });
    const before = kept()[name];
    if (typeof before?.answer !== "string") return;
    field.value = before.answer;
    show(judge(exercise, before.answer));
  }

  if (typeof document !== "undefined") {
    document.querySelectorAll("form.answer").forEach(prepare);
    showProgress();
  }

  return judge;
})();
