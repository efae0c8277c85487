import { describe, expect, test } from "vitest";
import type { EvaluationManifest } from "../src/results/evaluation-manifest.ts";
import { computeBaseline, meanBaseline } from "../src/tables/baselines.ts";
import { computeCells } from "../src/tables/cells.ts";
import { analysisOf, human } from "./analysis-of.ts";
import { type ItemFacts, toRun } from "./evaluation-runs.ts";
import { evaluation, onStrategyqa, seeded } from "./manifests.ts";

function cellsOf(manifests: readonly EvaluationManifest[], facts: readonly ItemFacts[] = []) {
  return computeCells(manifests.map((one, index) => toRun(one, facts[index]))).map(
    ({ cell }) => cell,
  );
}

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
    const [cell, ...others] = cellsOf(runs);
    expect(others).toEqual([]);
    expect(cell?.seeds).toBe(3);
    expect(cell?.accuracy).toBeCloseTo(0.566667, 6);
    expect(cell?.devAccuracy).toBeCloseTo(0.6);
    // True is 0.6 of the test set; the majorities were True, False, True.
    expect(cell?.baseline.trainMajority).toBeCloseTo((0.6 + 0.4 + 0.6) / 3);
    expect(cell?.baseline.bestConstant).toBe(0.6);
    expect(cell?.completionDays).toEqual({ first: "2026-01-10", last: "2026-01-12" });
  });

  test("have an interval that is wider than that of one run: seeds are sampled, too", () => {
    const [cell] = cellsOf(runs);
    const { low, high } = cell?.interval ?? { low: 0, high: 0 };
    expect(cell?.method).toBe("mixed");
    expect(cell?.exact).toBeNull();
    // Wilson's for 340 of 600: 0.52672 to 0.605764.
    expect(high - low).toBeGreaterThan(0.605764 - 0.52672);
  });

  test("are the same cell in any order", () => {
    expect(cellsOf(runs.toReversed())).toEqual(cellsOf(runs));
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
  const cells = cellsOf([evaluation(seeded(1)), evaluation({ ...seeded(2), ...change })]);
  expect(cells.map(({ seeds }) => seeds)).toEqual([1, 1]);
});

test("flags are the same in any order", () => {
  const one = evaluation({ ...seeded(1), conditions: { fraction: 0.5, replies: "strict" } });
  const two = evaluation({ ...seeded(2), conditions: { replies: "strict", fraction: 0.5 } });
  expect(cellsOf([one, two])).toHaveLength(1);
});

test("a repeat of a cell's seeds is a cell of its own, not a further seed", () => {
  const repeat = evaluation({ test: { correct: 500 }, createdAt: "2026-02-01T00:00:00Z" });
  const cells = cellsOf([repeat, evaluation(), evaluation(seeded(2))]);
  expect(cells.map(({ seeds, accuracy }) => [seeds, Math.round(686 * accuracy)])).toEqual([
    [2, 400],
    [1, 500],
  ]);
});

describe("one run", () => {
  const run = evaluation({ test: { n: 10, correct: 8, labels: { True: 4, False: 6 } } });

  test("has Wilson's interval and Clopper and Pearson's", () => {
    const [cell] = cellsOf([run]);
    expect(cell?.method).toBe("wilson");
    expect(cell?.interval.low).toBeCloseTo(0.4902, 4);
    expect(cell?.interval.high).toBeCloseTo(0.9433, 4);
    // scipy.stats.binomtest(8, 10).proportion_ci(method="exact")
    expect(cell?.exact?.low).toBeCloseTo(0.4439, 4);
    expect(cell?.exact?.high).toBeCloseTo(0.9748, 4);
  });

  test("has its metrics: True 4 of 4 right, False 4 of 6", () => {
    const { metrics } = cellsOf([run])[0] ?? {};
    // Precision of True 4/6, recall 1, F1 0.8; of False 1 and 4/6, F1 0.8.
    expect(metrics?.macroF1).toBeCloseTo(0.8);
    expect(metrics?.balancedAccuracy).toBeCloseTo((1 + 4 / 6) / 2);
    // (TP TN - FP FN) / sqrt(...) = (4 x 4) / sqrt(6 x 4 x 6 x 4).
    expect(metrics?.matthews).toBeCloseTo(16 / 24);
    // Every answer at 0.7, 0.8 of them right.
    expect(metrics?.calibrationError).toBeCloseTo(0.1);
  });

  test("of varying options has no classes to average over", () => {
    const varying = { options: "varying", optionCount: 5, labels: null } as const;
    const { metrics } = cellsOf([evaluation({ test: varying })])[0] ?? {};
    expect(metrics).toMatchObject({ macroF1: null, balancedAccuracy: null, matthews: null });
  });

  test("without probabilities has no calibration, and of direct no dev accuracy", () => {
    const direct = evaluation({
      source: "direct",
      train: { n: 0, target: 0, labels: null },
      dev: { n: 0, accuracy: 0 },
      student: { encoder: "qwen", tune: "none" },
    });
    const one = toRun(direct);
    one.items.confidence.fill(Number.NaN);
    expect(computeCells([one])[0]?.cell).toMatchObject({
      devAccuracy: null,
      metrics: { calibrationError: null },
    });
  });
});

describe("collapsed runs", () => {
  const collapsed = { dev: { collapsed: true }, test: { correct: 348 } };
  const [one, two, three] = [
    evaluation({ ...seeded(1), test: { correct: 400 } }),
    evaluation({ ...seeded(2), ...collapsed }),
    evaluation({ ...seeded(3), test: { correct: 410 } }),
  ];

  test("stay in the mean; the mean without them stands beside it", () => {
    const [cell] = cellsOf([one, two, three]);
    expect(cell).toMatchObject({ seeds: 3, collapsed: 1 });
    expect(cell?.accuracy).toBeCloseTo((400 + 348 + 410) / 3 / 686);
    expect(cell?.withoutCollapsed).toBeCloseTo(405 / 686);
  });

  test.each([
    ["none", [one], 0],
    ["all", [two], 1],
  ])("%s: there is no other mean", (_, runs, n) => {
    expect(cellsOf(runs)[0]).toMatchObject({ collapsed: n, withoutCollapsed: null });
  });

  test("are known by their test answers, too", () => {
    // Always True: the first 348 items are.
    expect(cellsOf([evaluation({ test: { correct: 348 } })])[0]?.collapsed).toBe(1);
  });
});

describe("accuracy without items that are shared", () => {
  const split = { n: 10, correct: 8, labels: { True: 4, False: 6 } };
  // The first 8 are right; 0 and 9 are in the dev split, 1 and 2 too close to one trained on.
  const facts: ItemFacts = {
    shares: (row) => (row % 9 === 0 ? ["dev"] : row < 3 ? ["train"] : undefined),
  };

  test("is told for each kind", () => {
    const run = evaluation({ test: { ...split, shared: { dev: 2, train: 2 } } });
    const [cell] = cellsOf([run], [facts]);
    expect(cell?.withoutDevShared).toEqual({ accuracy: 7 / 8, leftOut: 2 });
    expect(cell?.withoutContaminated).toEqual({ accuracy: 6 / 8, leftOut: 2 });
  });

  test("averages over runs that leave out different items", () => {
    const shared = { dev: 0, train: 1 };
    const runs = [1, 2].map((seed) => evaluation({ ...seeded(seed), test: { ...split, shared } }));
    const first: ItemFacts = { shares: (row) => (row === 0 ? ["train"] : undefined) };
    const [cell] = cellsOf(runs, [first, { shares: (row) => (row === 9 ? ["train"] : undefined) }]);
    expect(cell?.withoutContaminated?.leftOut).toBe(1);
    expect(cell?.withoutContaminated?.accuracy).toBeCloseTo((7 / 9 + 8 / 9) / 2);
  });

  test.each([
    ["unknown", null],
    ["known to be none", { dev: 0, train: 0 }],
  ])("is none where these are %s", (_, shared) => {
    expect(cellsOf([evaluation({ test: { ...split, shared } })])[0]).toMatchObject({
      withoutDevShared: null,
      withoutContaminated: null,
    });
  });
});

test("runs on another test file of the same name are kept apart", () => {
  const on = (sha: string, seed: number) => evaluation({ ...seeded(seed), inputs: { test: sha } });
  expect(cellsOf([on("a", 1), on("a", 2), on("b", 3)]).map(({ seeds }) => seeds)).toEqual([2, 1]);
});

/** StrategyQA's tree row of seeds with so many right answers of 115, always on the first items, and a human row. */
function rowOf(...corrects: number[]) {
  const shape = { task: "yesno_close/strategyqa" };
  const test = { ...onStrategyqa, kind: "in-domain" } as const;
  const view = analysisOf(
    evaluation({ ...shape, ...human, test }),
    ...corrects.map((correct, place) =>
      evaluation({ ...shape, ...seeded(place + 1), test: { ...test, correct } }),
    ),
  );
  const row = view.tables[3].rows.find((one) => one.kind === "cell" && one.cell.source === "tree");
  if (row?.kind !== "cell") throw new Error("expected a tree row");
  return row;
}

test("seeds that answer all alike say of the paper's figure and of a difference what one seed says", () => {
  const [alike, single, apart] = [rowOf(54, 54, 54), rowOf(54), rowOf(54, 54, 55)];
  expect(alike.cell).toMatchObject({ seeds: 3, sameAnswers: true, interval: single.cell.interval });
  // Of the paper's 56.52 % one run of 46.96 % on 115 items tells nothing.
  expect(alike.paper).toEqual(single.paper);
  expect(alike.paper?.verdict).toBe("underpowered");
  expect(apart.paper?.verdict).toBe("lower");
  const [toHuman, ofSingle] = [alike.toHuman.sameN, single.toHuman.sameN];
  expect(toHuman?.estimate).toEqual(ofSingle?.estimate);
  expect(toHuman?.p).toBe(ofSingle?.p);
  expect(toHuman?.test).toBe("McNemar, exact");
  expect(apart.toHuman.sameN?.test).toBe("paired permutation and t, the larger p");
});

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

test("items with other numbers of options: chance is the mean of 1/k", () => {
  const optionCounts = { 2: 1, 5: 10 };
  const varying = {
    options: "varying",
    optionCount: 2,
    optionCounts,
    labels: null,
    n: 11,
  } as const;
  const { chance } = computeBaseline(evaluation({ test: varying }));
  expect(chance).toBeCloseTo((1 / 2 + 10 / 5) / 11, 12);
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
