import { type Embed, type EmbedText, type Example, toText } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { combineVectors, type Features, listTexts } from "../src/data/example-texts.ts";
import { addAnswers, createClassFinder } from "../src/data/examples.ts";
import { countFeatures, embedExamples } from "../src/features/features.ts";
import { computeTruncation, renderTruncation, type Truncated } from "../src/features/truncation.ts";

const yesNo: Example = {
  question: "Is ice cold?",
  context: "Ice is frozen water.",
  options: ["True", "False"],
  label: 0,
};
const closed: Example = { ...yesNo, context: null };
const choice: Example = { question: "2+2?", context: null, options: ["3", "4", "4"], label: 1 };

/** A text with an option between a question and a context. */
const around = (question: string, option: string, context = ""): EmbedText[] => [
  {
    text: question + option + context,
    option: [question.length, question.length + option.length],
  },
];

describe("toTexts", () => {
  it.each<[string, Example, "classes" | "choice", Features, EmbedText[][]]>([
    ["yes/no with context", yesNo, "classes", "text", [["Is ice cold? Ice is frozen water."]]],
    ["yes/no without", closed, "classes", "text", [["Is ice cold?"]]],
    [
      "a choice",
      choice,
      "choice",
      "text",
      [around("2+2?", " 3"), around("2+2?", " 4"), around("2+2?", " 4")],
    ],
    [
      "a choice with context",
      { ...choice, context: "Sums." },
      "choice",
      "text",
      [
        around("2+2?", " 3", " Sums."),
        around("2+2?", " 4", " Sums."),
        around("2+2?", " 4", " Sums."),
      ],
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
      cutsOption: () => false,
      hash: "toy",
      dimensions: 1,
      maxLength: 8,
      async embed(texts) {
        read.push(...texts.map(toText));
        return texts.map(toText).map(({ length }) => ({
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

describe("what truncation did", () => {
  /** An encoder of eight letters a text, of which an option has at most four. */
  const embed = {
    embed: async (texts: readonly EmbedText[]) =>
      texts.map(toText).map(({ length }) => ({
        vector: new Float32Array(1),
        tokens: length,
        kept: Math.min(length, 8),
      })),
    cutsOption: (text: EmbedText) =>
      typeof text !== "string" && text.option[1] - text.option[0] > 4,
  };
  const one = (question: string, context: string | null, ...options: string[]): Example => ({
    question,
    context,
    options,
    label: 0,
  });

  it.each<[string, Example, Features, number[] | null]>([
    ["nothing to a choice that fits", one("abcd", null, "e", "f"), "text", null],
    ["a context to one that does not", one("abcd", "defg", "e", "f"), "text", []],
    [
      "options to one whose options are long",
      one("abcd", null, "e", "fghij", "klmno"),
      "text",
      [1, 2],
    ],
    ["nothing to a long option that fits", one("a", null, "fghij", "e"), "text", null],
    ["nothing to pairs that fit", one("abcd", "efg", "fghijklm", "e"), "pair", null],
    ["a context to pairs", one("abcd", "efghij", "e", "f"), "pair", []],
    ["an option to pairs", one("abcd", null, "e", "efghijklm"), "pair", [1]],
  ])("is %s", async (_, example, features, options) => {
    const reading = { classes: null, features, input: "full" } as const;
    const { truncated } = await embedExamples([example], embed, reading);
    expect(truncated).toEqual([options && { options }]);
  });

  it("is no option's where the classes are all the same", async () => {
    const reading = { classes: ["True", "False"], features: "text", input: "full" } as const;
    const { truncated } = await embedExamples([yesNo, closed], embed, reading);
    expect(truncated).toEqual([{ options: [] }, { options: [] }]);
  });

  it.each<[string, (Truncated | null)[], string | null]>([
    ["nothing", [null, null], null],
    [
      "examples",
      [{ options: [] }, null],
      "1 of 2 train examples cut to what the encoder reads, at the end of the context, then of the question",
    ],
    [
      "options",
      [{ options: [0, 2] }, { options: [1] }],
      `2 of 2 train examples cut to what the encoder reads, at the end of the context, then of the question; longer than half of that and cut themselves: option 1 "3" of "2+2?", option 3 "4" of "2+2?", option 2 "4" of "${"long ".repeat(8)}..."`,
    ],
    [
      "more options than are named",
      [{ options: [0, 1, 2] }, { options: [0, 1] }],
      'option 3 "4" of "2+2?" and 2 more',
    ],
  ])("is said of %s", (_, truncated, line) => {
    const long = { ...choice, question: "long ".repeat(30) };
    const rendered = renderTruncation("train", [choice, long], truncated);
    if (line === null) expect(rendered).toBeNull();
    else expect(rendered?.endsWith(line)).toBe(true);
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

describe("createClassFinder", () => {
  it("finds each option's class", () => {
    const question = "?";
    expect(createClassFinder(["a", "b", "c"])({ question, options: ["c", "a", "b"] })).toEqual([
      2, 0, 1,
    ]);
  });

  it.each([[["True", "False", "Maybe"]], [["True"]], [["True", "True"]], [["yes", "no"]]])(
    "refuses %j for True and False",
    (options) => {
      expect(() => createClassFinder(["True", "False"])({ question: "Q?", options })).toThrow(
        `expected the options ["True", "False"] in any order, got [${options.map((one) => `"${one}"`).join(", ")}] (question: "Q?")`,
      );
    },
  );
});
