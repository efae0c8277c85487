import { tempFolder } from "@seedling/testing";
import { expect, test } from "vitest";
import { readOwnTask } from "../src/data/own-task.ts";
import { explainUnsupported } from "../src/data/unsupported.ts";

const numbered = (n: number, toLabel: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => toLabel(i));

test.each([
  ["intents", ["billing", "card"], 64, null],
  ["ratings from 1 to 10", numbered(10, (i) => `${i + 1}`), 100, null],
  ["77 labels, some of them seen once", numbered(77, (i) => `intent ${i}`), 100, null],
  ["a few examples of as many labels", numbered(12, (i) => `intent ${i}`), 12, null],
  ["prices", numbered(30, (i) => `${i},5`), 1000, /^labels that are 30 different numbers \(regr/],
  ["a few measurements", ["0.1", "0.25", "-3", "4e2", "12", "7%"], 8, /make classes of them/],
  ["answers", numbered(19, (i) => `It is ${i}.`), 20, /^19 different labels in 20 examples \(free/],
  ["lists", ['["a"]', '["a", "b"]', "[]"], 30, /^several labels for one example \(multi-label\)/],
])("%s", (_, labels, rows, words) => {
  const why = explainUnsupported(new Set(labels), rows);
  if (words === null) expect(why).toBe(null);
  else expect(why).toMatch(words);
});

test.each([
  ["a list as a label", '{"question": "A?", "label": ["a", "b"]}', /train\.jsonl:1: .*multi-label/],
  [
    "numbers",
    numbered(30, (i) => `{"question": "A?", "label": ${i / 7}}`).join("\n"),
    /train\.jsonl: labels that are 30 different numbers .* supported are one label out of/,
  ],
])("a train split of %s is refused with what is supported", async (_, train, words) => {
  await expect(readOwnTask(tempFolder({ "train.jsonl": train }))).rejects.toThrow(words);
});
