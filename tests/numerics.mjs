// Answers the tests' calls of functions in book/explorables/numerics, one line of JSON each (tests/numerics.py).
// JSON has no infinities and no NaN: they are written as words.

import { createInterface } from "node:readline";

const WORDS = { Infinity: Infinity, "-Infinity": -Infinity, NaN: NaN };
const read = (_, value) => (Object.hasOwn(WORDS, value) ? WORDS[value] : value);
const write = (_, value) => {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return ArrayBuffer.isView(value) ? [...value] : value;
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, called, parameters] = JSON.parse(line, read);
  let answer;
  try {
    const module = await import(new URL(`../book/explorables/numerics/${name}.js`, import.meta.url));
    answer = { value: module[called](...parameters) };
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer, write));
}
