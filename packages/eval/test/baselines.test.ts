import { describe, expect, test } from "vitest";
import { computeBaseline, meanBaseline } from "../src/tables/baselines.ts";
import { evaluation } from "./manifests.ts";

const test70 = { n: 100, correct: 50, labels: { True: 70, False: 30 } };

describe("yes/no: the training majority and the best constant", () => {
  test.each([
    ["agree", { True: 6, False: 4 }, 0.7, false],
    ["disagree", { True: 4, False: 6 }, 0.3, false],
    ["a tie is a guess between the tied", { True: 5, False: 5 }, 0.5, true],
    ["a label that the test set lacks is never right", { Maybe: 9, True: 1 }, 0, false],
    ["only one label trained on", { False: 3 }, 0.3, false],
    ["unknown training labels", null, null, false],
  ])("%s", (_, labels, trainMajority, tied) => {
    const baseline = computeBaseline(evaluation({ train: { labels }, test: test70 }));
    expect(baseline).toEqual({ chance: null, trainMajority, tied, bestConstant: 0.7 });
  });

  test("are unknown without gold labels", () => {
    const baseline = computeBaseline(evaluation({ test: { ...test70, labels: null } }));
    expect(baseline).toMatchObject({ trainMajority: null, bestConstant: null });
  });
});

test.each([
  [2, 0.5],
  [5, 0.2],
])("multiple choice of %d: chance is %d", (optionCount, chance) => {
  const varying = { options: "varying", optionCount, labels: null } as const;
  const baseline = computeBaseline(evaluation({ test: varying }));
  expect(baseline).toEqual({ chance, trainMajority: null, tied: false, bestConstant: null });
});

test("seeds with other majorities are averaged, and unknown if one is", () => {
  const baselineOf = (labels: Record<string, number> | null) =>
    computeBaseline(evaluation({ train: { labels }, test: test70 }));
  const yes = baselineOf({ True: 2, False: 1 });
  const no = baselineOf({ True: 1, False: 2 });
  expect(meanBaseline([yes, no]).trainMajority).toBeCloseTo(0.5);
  expect(meanBaseline([yes, baselineOf(null)])).toMatchObject({
    trainMajority: null,
    bestConstant: 0.7,
  });
});
