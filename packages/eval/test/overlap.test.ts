import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Example, parseExamples } from "@seedling/core/internal";
import { describe, expect, it, test } from "vitest";
import { benchmarks } from "../../core/test/real-benchmarks.ts";
import {
  countShares,
  createDevOverlap,
  createTrainingOverlap,
  findShares,
} from "../src/predict/overlap.ts";
import type { TestItem } from "../src/results/evaluation-manifest.ts";

function toExample(question: string, context: string | null = null): Example {
  return { question, context, options: ["True", "False"], label: 0 };
}

const sea = "Sea water holds 35 g of salt a litre, most of it washed out of rocks by rivers.";
const trained = [
  toExample("is the sea salty", sea),
  toExample("how much salt is there in a litre of it", sea),
  toExample("do whales sing to each other in the sea"),
];

describe("too close to what was trained on", () => {
  it.each<[string, Example, number, boolean]>([
    ["the same question, case and punctuation aside", toExample("Is the SEA salty?"), 0.7, true],
    ["a few letters more", toExample("do whales sing to each other in the seas"), 0.7, true],
    ["the same at a higher share", toExample("do whales sing to each other in the seas"), 1, false],
    ["another question about the same passage", toExample("who washed it out", sea), 0.7, true],
    ["a passage as a question", toExample(sea), 0.7, false],
    ["something else", toExample("does ice flow downhill", "Glaciers move."), 0.7, false],
  ])("%s", (_, example, overlap, close) => {
    expect(createTrainingOverlap(trained, overlap)(example)).toBe(close);
  });

  it("is nothing where nothing was trained on", () => {
    expect(createTrainingOverlap([], 0.7)(toExample("is the sea salty"))).toBe(false);
  });
});

describe("the shares of an item", () => {
  const dev = createDevOverlap([toExample("is the sea salty")]);
  const train = createTrainingOverlap(trained, 0.7);

  it.each<[string, string, object]>([
    ["both", "is the sea salty", { shares: ["dev", "train"] }],
    ["train alone: in dev letter by letter only", "Is the sea salty", { shares: ["train"] }],
    ["none, and then no key", "is the moon made of cheese", {}],
  ])("%s", (_, question, shares) => {
    expect(findShares(toExample(question), { dev, train })).toEqual(shares);
  });

  it("leave out what is not known", () => {
    expect(findShares(toExample("is the sea salty"), { dev, train: null })).toEqual({
      shares: ["dev"],
    });
  });

  it("are counted, each for itself", () => {
    const items: Pick<TestItem, "shares">[] = [
      { shares: ["dev", "train"] },
      {},
      { shares: ["dev"] },
    ];
    expect(countShares(items)).toEqual({ dev: 2, train: 1 });
  });
});

test.skipIf(benchmarks === null)("PIQA's test split asks 67 questions of its dev split", () => {
  const read = (split: string) => {
    const path = join(benchmarks as string, `mcqa_2/piqa/${split}.jsonl`);
    return parseExamples(readFileSync(path, "utf8"), path);
  };
  expect(read("test").filter(createDevOverlap(read("dev")))).toHaveLength(67);
});
