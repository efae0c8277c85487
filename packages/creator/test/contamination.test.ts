import {
  createOverlapSearch,
  createRandom,
  type Example,
  hashShingles,
  jaccard,
} from "@seedling/core/internal";
import { caseCount } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ComparedSplit, createContamination } from "../src/filters/contamination.ts";
import { toEdited, toExample, toQuestions } from "./questions.ts";

const embedNone = () => expect.fail("nothing is to be encoded");
const alone = { overlap: 0.7, cosine: null, embedOne: embedNone };

function toSplit(
  task: string,
  split: "dev" | "test",
  ...texts: [question: string, context?: string][]
): ComparedSplit {
  return {
    task,
    split,
    examples: texts.map(([question, context]) => toExample(question, context)),
  };
}

const sea = "Sea water holds 35 g of salt a litre, most of it washed out of rocks by rivers.";
const splits = [
  toSplit("b", "dev", ["is the sea salty", sea], ["is the moon made of cheese"]),
  toSplit("b", "test", ["is the moon made of cheese"], ["do whales sing to each other"]),
  toSplit("a", "test", ["does a glacier move", "Ice flows downhill under its own weight."]),
];

describe("what is evaluated on", () => {
  it.each<[string, Example, object | null]>([
    [
      "the same question, case and punctuation put aside",
      toExample("Do WHALES sing, to each other?"),
      { closeTo: { task: "b", split: "test", row: 1 }, field: "question", similarity: 1 },
    ],
    [
      "of equally close ones the first",
      toExample("is the moon made of cheese"),
      { closeTo: { task: "b", split: "dev", row: 1 }, field: "question", similarity: 1 },
    ],
    [
      "an edited context",
      toExample("what holds salt", sea.replace("rocks", "stones")),
      { closeTo: { task: "b", split: "dev", row: 0 }, field: "context" },
    ],
    [
      "the closer of question and context",
      toExample("is the sea salty now", "Ice flows downhill under its own weight."),
      { closeTo: { task: "a", split: "test", row: 0 }, field: "context", similarity: 1 },
    ],
    ["nothing alike", toExample("is the sky blue", "The sky is blue by day."), null],
    ["a question that is another's context", toExample(sea), null],
  ])("is found: %s", async (_, example, expected) => {
    const evaluated = await createContamination(splits, alone);
    const found = await evaluated.find(example);
    if (expected) expect(found).toMatchObject(expected);
    else expect(found).toBeNull();
  });

  it("is found by cosine too, and the closest of both wins", async () => {
    const vectors = new Map([
      ["is the moon made of cheese", [1, 0]],
      ["does a glacier move", [0, 1]],
      ["is ice on the move", [0.1, 0.99]],
      ["is the moon made of cheeses", [0.1, 0.99]],
    ]);
    const embedOne = async (text: string) => {
      const [x, y] = vectors.get(text) ?? [-1, 0];
      return Float32Array.of(x as number, y as number).map(
        (one) => one / Math.hypot(x ?? 0, y ?? 0),
      );
    };
    const evaluated = await createContamination(splits, { overlap: 0.7, cosine: 0.9, embedOne });
    const glacier = { closeTo: { task: "a", split: "test", row: 0 }, field: "question" };
    const byCosine = await evaluated.find(toExample("is ice on the move"));
    expect(byCosine).toMatchObject(glacier);
    expect(byCosine?.similarity).toBeCloseTo(0.99 / Math.hypot(0.1, 0.99), 6);
    expect(await evaluated.find(toExample("is the moon made of cheeses"))).toMatchObject(glacier);
    const without = await createContamination(splits, { overlap: 0.7, cosine: null, embedOne });
    expect(await without.find(toExample("is ice on the move"))).toBeNull();
  });

  it("may be nothing", async () => {
    const evaluated = await createContamination([], {
      ...alone,
      cosine: 0.9,
      embedOne: async () => new Float32Array(2),
    });
    expect(await evaluated.find(toExample("is the sea salty", sea))).toBeNull();
  });
});

describe("a search by overlap", () => {
  const few = fc.array(fc.constantFrom("the ", "sea ", "is ", "salty ", "a", "why "), {
    minLength: 1,
    maxLength: 8,
  });
  /** Repeated words, and long texts of few letters: what is rare and what is common differs. */
  const text = fc.oneof(
    few.map((words) => words.join("")),
    fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 200 }),
  );
  const texts = fc.array(text, { maxLength: 12 });

  /** The closest text, by comparing it with all. */
  function compareAll(all: readonly Uint32Array[], text: string, overlap: number) {
    const set = hashShingles(text);
    const overlaps = all.map((one) => jaccard(one, set));
    const similarity = Math.max(...overlaps);
    return similarity >= overlap ? { index: overlaps.indexOf(similarity), similarity } : null;
  }

  it("finds what comparing with all finds, at any limit", () => {
    const limits = fc.constantFrom(
      1e-6,
      0.01,
      0.1,
      0.25,
      0.3,
      1 / 3,
      0.5,
      0.55,
      0.6,
      2 / 3,
      0.7,
      0.9,
      1,
    );
    fc.assert(
      fc.property(texts, text, limits, (all, one, overlap) => {
        expect(createOverlapSearch(all, overlap)(one)).toEqual(
          compareAll(all.map(hashShingles), one, overlap),
        );
      }),
      { numRuns: caseCount(5000) },
    );
  });

  it("finds every edit among thousands of questions that comparing with all finds", () => {
    const questions = toQuestions(2000, 10);
    const sets = questions.map(hashShingles);
    const find = createOverlapSearch(questions, 0.7);
    const random = createRandom("edits");
    for (let i = 0; i < 200; i++) {
      const edited = toEdited(toEdited(random.pick(questions), random), random);
      expect(find(edited)).toEqual(compareAll(sets, edited, 0.7));
    }
  });
});
