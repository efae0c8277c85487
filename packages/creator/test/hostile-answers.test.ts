import { describe, expect, it } from "vitest";
import { matchOption } from "../src/reply/match-option.ts";
import { readAnswer } from "../src/reply/read-answer.ts";
import { read } from "./reading-words.ts";
import { choice, closed, toSaid } from "./shapes.ts";

const yesNo = ["True", "False"];
const deep = (levels: number, inner = '"True"') =>
  `{"answer":${"[".repeat(levels)}${inner}${"]".repeat(levels)}}`;

describe("an answer nested deeper than 100 levels", () => {
  it.each([101, 20_000])("of %i chooses nothing", (levels) => {
    expect(readAnswer(toSaid(deep(levels)), yesNo)).toBeNull();
    expect(readAnswer(toSaid(`The answer is True. ${deep(levels)}`), yesNo)).toBeNull();
  });

  it("is one that is rejected in a creation, beside those that are kept", () => {
    const good = '{"Options":["True","False"],"Answer":"True","Question":"Is it?"}';
    const bad = `{"Options":${"[".repeat(20_000)}"x"${"]".repeat(20_000)},"Question":"a"}`;
    expect(read(`${good}\n${bad}\n${good}`)).toEqual([
      "Is it?=True",
      "!broken JSON",
      "Is it?=True",
    ]);
    expect(read(bad, closed, "strict")).toEqual(["!wrong count"]);
    expect(read(`${good}\n\n${bad}`, closed, "strict")).toEqual(["!broken JSON"]);
  });
});

describe("of 100,000 labels", () => {
  const labels = Array.from({ length: 100_000 }, (_, i) => `label ${i}`);

  it.each<[string, number | null]>([
    ["label 77777", 77_777],
    ['{"answer": "Label 5."}', 5],
    ["I think it is label 99999, not label 9.", 99_999],
    ["label 5 or label 6", null],
    ["I think that nothing fits", null],
    ["the answer is label 5. ".repeat(40_000), 5],
    ["{:}".repeat(40_000), null],
    [labels.slice(0, 2000).join(", "), null],
  ])("an answer is read: %#", (said, index) => {
    expect(readAnswer(toSaid(said), labels, labels)).toBe(index);
  });

  it("those that differ in case alone are told apart by their case", () => {
    const all = [...labels, "Label 5"];
    expect(matchOption("label 5", all)).toEqual({ index: 5, rule: null });
    expect(matchOption("LABEL 5", all)).toBeNull();
    expect(matchOption("LABEL 6", all)?.index).toBe(6);
  });

  it("a reply's options are read, whatever the task has", () => {
    const object = JSON.stringify({ Question: "Which?", Options: labels, Answer: "label 5" });
    const formatting = { ...choice.formatting, options: labels };
    expect(read(object, { formatting, options: "fixed" })).toEqual(["Which?=label 5"]);
    expect(read(object, closed)).toEqual(["Which?=label 5"]);
    expect(read(object, choice)).toEqual(["Which?=label 5"]);
  });
});
