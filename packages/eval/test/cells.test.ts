import { describe, expect, test } from "vitest";
import { toCells } from "../src/tables/cells.ts";
import { evaluation, onStrategyqa, seeded } from "./manifests.ts";

describe("runs that differ only in their seeds", () => {
  // 300, 330 and 390 of 600 right: 340 of 600 on average, 0.566667.
  const split = { n: 600, labels: { True: 360, False: 240 } };
  const runs = [
    evaluation({
      ...seeded(1),
      train: { labels: { True: 60, False: 40 } },
      dev: { accuracy: 0.5 },
      test: { ...split, correct: 300 },
      createdAt: "2026-01-11T00:00:00Z",
      inputs: { classifier: "a" },
    }),
    evaluation({
      ...seeded(2),
      train: { labels: { True: 40, False: 60 } },
      dev: { accuracy: 0.6 },
      test: { ...split, correct: 330 },
      completions: { date: "2026-01-12T23:59:00Z" },
    }),
    evaluation({ ...seeded(3), dev: { accuracy: 0.7 }, test: { ...split, correct: 390 } }),
  ];

  test("are one cell, averaged", () => {
    const [cell, ...others] = toCells(runs);
    expect(others).toEqual([]);
    expect(cell?.seeds).toBe(3);
    expect(cell?.accuracy).toBeCloseTo(0.566667, 6);
    expect(cell?.devAccuracy).toBeCloseTo(0.6);
    // True is 0.6 of the test set; the majorities were True, False, True.
    expect(cell?.baseline.trainMajority).toBeCloseTo((0.6 + 0.4 + 0.6) / 3);
    expect(cell?.baseline.bestConstant).toBe(0.6);
    expect(cell?.completionDays).toEqual({ first: "2026-01-10", last: "2026-01-12" });
  });

  test("have the interval of their mean with 600 items, not 1,800", () => {
    const interval = toCells(runs)[0]?.interval;
    // By hand: centre (0.566667 + 3.841459/1200) / (1 + 3.841459/600) = 0.566242, half 0.039522.
    expect(interval?.low).toBeCloseTo(0.52672, 4);
    expect(interval?.high).toBeCloseTo(0.605764, 4);
  });

  test("are the same cell in any order", () => {
    expect(toCells(runs.toReversed())).toEqual(toCells(runs));
  });
});

test.each([
  ["the source", { source: "naive" }],
  ["the task trained on", { task: "yesno_close/strategyqa" }],
  ["the task tested on", { test: onStrategyqa }],
  ["train n", { train: { n: 37 } }],
  ["the target", { train: { target: 120 } }],
  ["human examples mixed in", { train: { human: 10 } }],
  ["which own task of one name", { data: { kind: "own", mark: "3fa9c1d20b7e" } }],
  ["a flag", { conditions: { replies: "strict" } }],
  ["the encoder", { student: { encoder: "USE-lite" } }],
  ["the dev source", { dev: { source: "created" } }],
  ["the model", { completions: { model: "another" } }],
  ["replay or live", { completions: { kind: "replay" } }],
  ["sample or benchmark", { data: { kind: "sample" } }],
  ["verified or not", { data: { verified: false } }],
  ["the test data", { test: { data: { kind: "own", verified: false } } }],
] as const)("runs that differ in %s are kept apart", (_, change) => {
  const cells = toCells([evaluation(seeded(1)), evaluation({ ...seeded(2), ...change })]);
  expect(cells.map(({ seeds }) => seeds)).toEqual([1, 1]);
});

test("flags are the same in any order", () => {
  const one = evaluation({ ...seeded(1), conditions: { fraction: 0.5, replies: "strict" } });
  const two = evaluation({ ...seeded(2), conditions: { replies: "strict", fraction: 0.5 } });
  expect(toCells([one, two])).toHaveLength(1);
});

test("a repeat of a cell's seeds is a cell of its own, not a further seed", () => {
  const repeat = evaluation({ test: { correct: 500 }, createdAt: "2026-02-01T00:00:00Z" });
  const cells = toCells([repeat, evaluation(), evaluation(seeded(2))]);
  expect(cells.map(({ seeds, accuracy }) => [seeds, Math.round(686 * accuracy)])).toEqual([
    [2, 400],
    [1, 500],
  ]);
});
