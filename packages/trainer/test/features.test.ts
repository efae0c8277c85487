import type { Embed, Example } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { addAnswers, findClassIndices } from "../src/data/examples.ts";
import {
  combineVectors,
  computeTruncation,
  countFeatures,
  embedExamples,
  type Features,
  listTexts,
} from "../src/features/features.ts";

const yesNo: Example = {
  question: "Is ice cold?",
  context: "Ice is frozen water.",
  options: ["True", "False"],
  label: 0,
};
const closed: Example = { ...yesNo, context: null };
const choice: Example = { question: "2+2?", context: null, options: ["3", "4", "4"], label: 1 };

describe("toTexts", () => {
  it.each<[string, Example, "classes" | "choice", Features, string[][]]>([
    ["yes/no with context", yesNo, "classes", "text", [["Is ice cold? Ice is frozen water."]]],
    ["yes/no without", closed, "classes", "text", [["Is ice cold?"]]],
    ["a choice", choice, "choice", "text", [["2+2? 3"], ["2+2? 4"], ["2+2? 4"]]],
    [
      "a choice with context",
      { ...choice, context: "Sums." },
      "choice",
      "text",
      [["2+2? 3 Sums."], ["2+2? 4 Sums."], ["2+2? 4 Sums."]],
    ],
    ["a pair with context", yesNo, "classes", "pair", [["Is ice cold?", "Ice is frozen water."]]],
    ["a pair without", closed, "classes", "pair", [["Is ice cold?", "Is ice cold?"]]],
    [
      "pairs of a choice",
      choice,
      "choice",
      "pair",
      [
        ["2+2?", "3"],
        ["2+2?", "4"],
        ["2+2?", "4"],
      ],
    ],
    [
      "pairs of a choice with context",
      { ...choice, context: "Sums.", options: ["3", "4"] },
      "choice",
      "pair",
      [
        ["2+2? Sums.", "3"],
        ["2+2? Sums.", "4"],
      ],
    ],
  ])("%s", (_, example, kind, features, texts) => {
    const classes = kind === "classes" ? example.options : null;
    expect(listTexts(example, { classes, features, input: "full" })).toEqual(texts);
  });
});

describe("toFeatures", () => {
  it("is one vector as it is, or two with difference and product", () => {
    const u = Float32Array.of(1, -2);
    expect(combineVectors([u])).toEqual(u);
    expect(combineVectors([u, Float32Array.of(3, 4)])).toEqual(
      Float32Array.of(1, -2, 3, 4, 2, 6, 3, -8),
    );
    expect(countFeatures("text", 2)).toBe(2);
    expect(countFeatures("pair", 2)).toBe(8);
  });
});

describe("embedExamples", () => {
  it("encodes a text that comes again once, and keeps each example's vectors together", async () => {
    const read: string[] = [];
    const embed: Embed = {
      id: "lengths",
      hash: "toy",
      dimensions: 1,
      maxLength: 8,
      async embed(texts) {
        read.push(...texts);
        return texts.map(({ length }) => ({
          vector: Float32Array.of(length),
          tokens: length,
          kept: Math.min(length, 3),
        }));
      },
      async dispose() {},
    };
    const reading = { classes: null, features: "pair", input: "full" } as const;
    const { items, cut } = await embedExamples([choice, choice], embed, reading);
    expect(read).toEqual(["2+2?", "3", "4"]);
    const each = Float32Array.of(4, 1, 3, 4);
    expect(items).toEqual([{ vectors: [each, each, each] }, { vectors: [each, each, each] }]);
    expect(computeTruncation(cut)).toEqual({ texts: 1 / 3, tokens: 1 / 6 });
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
    expect(computeTruncation(embeddings)).toEqual(share);
  });
});

describe("addAnswers", () => {
  it("takes the label in the classes' order", () => {
    const turned: Example = { ...yesNo, options: ["False", "True"], label: 0 };
    const items = [1, 2].map((n) => ({ vectors: [Float32Array.of(n)] }));
    expect(addAnswers([yesNo, turned], items, ["True", "False"])).toEqual([
      { vectors: [Float32Array.of(1)], label: 0, right: [true, false] },
      { vectors: [Float32Array.of(2)], label: 1, right: [false, true] },
    ]);
  });

  it("takes a choice's own label; a repeated answer is right twice", () => {
    const vectors = [1, 2, 3].map((n) => Float32Array.of(n));
    expect(addAnswers([choice], [{ vectors }], null)).toEqual([
      { vectors, label: 1, right: [false, true, true] },
    ]);
  });
});

describe("toClassPlaces", () => {
  it("finds each option's class", () => {
    const question = "?";
    expect(findClassIndices({ question, options: ["c", "a", "b"] }, ["a", "b", "c"])).toEqual([
      2, 0, 1,
    ]);
  });

  it.each([[["True", "False", "Maybe"]], [["True"]], [["True", "True"]], [["yes", "no"]]])(
    "refuses %j for True and False",
    (options) => {
      expect(() => findClassIndices({ question: "Q?", options }, ["True", "False"])).toThrow(
        `expected the options ["True","False"] in any order, got ${JSON.stringify(options)} (question: "Q?")`,
      );
    },
  );
});
