import type { Example } from "@seedling/core";
import { describe, expect, it } from "vitest";
import { type Kind, toShareCut, toTexts } from "../src/features.ts";
import { toClassPlaces, toItems } from "../src/head/items.ts";

const yesNo: Example = {
  question: "Is ice cold?",
  context: "Ice is frozen water.",
  options: ["True", "False"],
  label: 0,
};
const closed: Example = { ...yesNo, context: null };
const choice: Example = { question: "2+2?", context: null, options: ["3", "4", "4"], label: 1 };

describe("toTexts", () => {
  it.each<[string, Example, Kind, string[]]>([
    ["yes/no with context", yesNo, "classes", ["Is ice cold? Ice is frozen water."]],
    ["yes/no without", closed, "classes", ["Is ice cold?"]],
    ["a choice", choice, "choice", ["2+2? 3", "2+2? 4", "2+2? 4"]],
    [
      "a choice with context",
      { ...choice, context: "Sums." },
      "choice",
      ["2+2? 3 Sums.", "2+2? 4 Sums.", "2+2? 4 Sums."],
    ],
  ])("%s", (_, example, kind, texts) => {
    expect(toTexts(example, kind)).toEqual(texts);
  });
});

describe("toShareCut", () => {
  it.each([
    [[], { texts: 0, tokens: 0 }],
    [[{ tokens: 3, kept: 3 }], { texts: 0, tokens: 0 }],
    [
      [
        { tokens: 6, kept: 4 },
        { tokens: 2, kept: 2 },
      ],
      { texts: 0.5, tokens: 0.25 },
    ],
  ])("of %j", (embeddings, share) => {
    expect(toShareCut(embeddings)).toEqual(share);
  });
});

const embeddings = [1, 2, 3, 4].map((n) => ({ vector: Float32Array.of(n), tokens: 1, kept: 1 }));

describe("toItems", () => {
  it("takes one text for classes, and the label in the classes' order", () => {
    const turned: Example = { ...yesNo, options: ["False", "True"], label: 0 };
    expect(toItems([yesNo, turned], embeddings, ["True", "False"])).toEqual([
      { vectors: [Float32Array.of(1)], label: 0, right: [true, false] },
      { vectors: [Float32Array.of(2)], label: 1, right: [false, true] },
    ]);
  });

  it("takes a text for each option of a choice; a repeated answer is right twice", () => {
    const two: Example = { question: "?", context: null, options: ["a", "b"], label: 1 };
    const items = toItems([{ ...choice, options: ["3", "4"] }, two], embeddings, null);
    expect(items.map(({ vectors }) => vectors.map(([n]) => n))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(toItems([choice], embeddings, null)[0]?.right).toEqual([false, true, true]);
  });
});

describe("toClassPlaces", () => {
  it("finds each option's class", () => {
    const question = "?";
    expect(toClassPlaces({ question, options: ["c", "a", "b"] }, ["a", "b", "c"])).toEqual([
      2, 0, 1,
    ]);
  });

  it.each([[["True", "False", "Maybe"]], [["True"]], [["True", "True"]], [["yes", "no"]]])(
    "refuses %j for True and False",
    (options) => {
      expect(() => toClassPlaces({ question: "Q?", options }, ["True", "False"])).toThrow(
        `expected the options ["True","False"] in any order, got ${JSON.stringify(options)} (question: "Q?")`,
      );
    },
  );
});
