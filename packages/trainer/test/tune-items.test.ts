import { type EmbedText, toText } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { listTextPairs } from "../src/data/example-texts.ts";
import { addAnswers, type LabelledItem } from "../src/data/examples.ts";
import { computeLoss, judgeTrial } from "../src/data/metrics.ts";
import { type TokenizeOptions, tokenizeExamples } from "../src/tune/token-items.ts";

const item = (label: number, right: boolean[]): LabelledItem => ({ label, right });

describe("toLoss", () => {
  const first = item(1, [false, true, false]);
  const second = item(0, [true, false]);

  it("is the mean cross entropy, items of any width", () => {
    const { loss } = computeLoss(Float32Array.of(0, Math.log(3), 0, 0, 0), [first, second], 2);
    // -log(3/5) and log 2.
    expect(loss).toBeCloseTo((Math.log(5 / 3) + Math.log(2)) / 2, 6);
  });

  it("has the slopes as its gradient", () => {
    const scores = Float32Array.of(0.3, -0.2, 1.1, 0.7, -0.4);
    const { gradient } = computeLoss(scores, [first, second], 2);
    scores.forEach((_, at) => {
      const toLossAt = (by: number) => {
        const moved = scores.map((score, i) => (i === at ? score + by : score));
        return computeLoss(moved, [first, second], 2).loss;
      };
      const slope = (toLossAt(1e-3) - toLossAt(-1e-3)) / 2e-3;
      expect(Math.abs((gradient[at] ?? Number.NaN) - slope)).toBeLessThan(1e-4);
    });
  });

  it("raises the labelled one of options that are right twice", () => {
    const { gradient } = computeLoss(Float32Array.of(0, 0), [item(1, [true, true])], 1);
    expect([...gradient]).toEqual([0.5, -0.5]);
  });

  it("gives the parts of a batch that make up the whole", () => {
    const scores = Float32Array.of(0.3, -0.2, 1.1, 0.7, -0.4);
    const whole = computeLoss(scores, [first, second], 2);
    const parts = [
      computeLoss(scores.subarray(0, 3), [first], 2),
      computeLoss(scores.subarray(3), [second], 2),
    ];
    expect(parts.reduce((sum, { loss }) => sum + loss, 0)).toBeCloseTo(whole.loss, 12);
    expect(parts.flatMap(({ gradient }) => [...gradient])).toEqual([...whole.gradient]);
  });

  it("is not finite where a score is not", () => {
    const { loss } = computeLoss(Float32Array.of(Number.NaN, 0), [item(0, [true, false])], 1);
    expect(loss).toBeNaN();
  });
});

describe("toFigures", () => {
  it("counts any right option, and takes the mean loss", () => {
    const items = [item(1, [true, true, false]), item(0, [true, false, false])];
    const result = judgeTrial(1, items, [
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(result).toMatchObject({ trainLoss: 1, devAccuracy: 0.5, collapsed: false });
    const whole = Math.log(Math.E + 2);
    expect(result.devLoss).toBeCloseTo(whole, 12);
  });

  it("tells one answer for everything", () => {
    const items = [item(0, [true, false]), item(1, [false, true])];
    const scores = [
      [2, 1],
      [3, 1],
    ];
    expect(judgeTrial(1, items, scores)).toMatchObject({ devAccuracy: 0.5, collapsed: true });
  });
});

describe("toTextPairs", () => {
  const example = { question: "q", context: null, options: ["a", "b"] };
  it.each([
    ["classes", example, [["q", null]]],
    ["classes", { ...example, context: "c" }, [["q", "c"]]],
    [
      "choice",
      example,
      [
        ["q", { text: "a", option: [0, 1] }],
        ["q", { text: "b", option: [0, 1] }],
      ],
    ],
    [
      "choice",
      { ...example, context: "c" },
      [
        ["q", { text: "a c", option: [0, 1] }],
        ["q", { text: "b c", option: [0, 1] }],
      ],
    ],
  ] as const)("of %s", (kind, one, wanted) => {
    const classes = kind === "classes" ? one.options : null;
    const example = { ...one, options: [...one.options] };
    expect(listTextPairs(example, { classes, input: "full" })).toEqual(wanted);
  });
});

describe("items", () => {
  const tokenizer = {
    vocabulary: 10,
    encode: (first: EmbedText, second: EmbedText | null, maxLength: number) => {
      const ids = [1, ...[...toText(first), ...toText(second ?? "")].map(() => 5)];
      const cutsOption = ids.length > maxLength;
      return { ids: ids.slice(0, maxLength), typeIds: [], tokens: ids.length, cutsOption };
    },
  };

  it("have a sequence an option, and tell what was cut", () => {
    const examples = [{ question: "abc", context: null, options: ["d", "ef"] }];
    const reading: TokenizeOptions = { classes: null, tokenizer, maxLength: 5, input: "full" };
    const { items, cut, truncated } = tokenizeExamples(examples, reading);
    expect(items.map(({ sequences }) => sequences.map(({ ids }) => ids.length))).toEqual([[5, 5]]);
    expect(cut).toEqual([
      { tokens: 5, kept: 5 },
      { tokens: 6, kept: 5 },
    ]);
    expect(truncated).toEqual([{ options: [1] }]);
  });

  it.each([
    ["full", "abc", { text: "d e", option: [0, 1] }],
    ["question", "abc", { text: "d", option: [0, 1] }],
    ["options", "", { text: "d", option: [0, 1] }],
  ] as const)("are read as input %s shows them", (input, first, second) => {
    const read: [EmbedText, EmbedText | null][] = [];
    const encode: typeof tokenizer.encode = (one, two, maxLength) => {
      read.push([one, two]);
      return tokenizer.encode(one, two, maxLength);
    };
    const example = { question: "abc", context: "e", options: ["d"] };
    const reading = { classes: null, tokenizer: { ...tokenizer, encode }, maxLength: 9 };
    tokenizeExamples([example], { ...reading, input });
    expect(read).toEqual([[first, second]]);
  });

  it("are labelled by their class, or by their own option and all that equal it", () => {
    const fixed = { question: "q", context: null, options: ["True", "False"], label: 1 };
    const turned = { ...fixed, options: ["False", "True"], label: 0 };
    const classes = ["True", "False"];
    for (const example of [fixed, turned])
      expect(addAnswers([example], [{ sequences: [] }], classes)).toEqual([
        { sequences: [], label: 1, right: [false, true] },
      ]);
    const repeated = { question: "q", context: null, options: ["a", "b", "a"], label: 2 };
    expect(addAnswers([repeated], [{ sequences: [] }], null)).toEqual([
      { sequences: [], label: 2, right: [true, false, true] },
    ]);
  });
});
