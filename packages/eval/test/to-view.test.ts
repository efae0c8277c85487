import { describe, expect, test } from "vitest";
import type { EvaluationManifest } from "../src/evaluation.ts";
import { toHeadlines } from "../src/report/answer/headline.ts";
import { toView } from "../src/tables/to-view.ts";
import type { View } from "../src/tables/view.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { boolqSample, evaluation, onStrategyqa, seeded } from "./manifests.ts";

type Changes = NonNullable<Parameters<typeof evaluation>[0]>;

function viewOf(...manifests: EvaluationManifest[]): View {
  return toView(toResults(manifests.map((one) => toRun(one))));
}

const human = { source: "human", completions: null } as const;

function sized(n: number, correct: number, change: Changes = {}): EvaluationManifest {
  return evaluation({ ...human, train: { n, target: n }, test: { correct }, ...change });
}

describe("Figure 5", () => {
  const part = (fraction: number, correct: number, change: Changes = {}) =>
    evaluation({
      train: { n: 100 * fraction, target: 100 * fraction },
      conditions: { fraction, ...change.conditions },
      test: { correct },
    });

  test("is a line of the runs that differ in the fraction alone, the whole set its last point", () => {
    const { figure5 } = viewOf(evaluation(), part(0.5, 380), part(0.1, 350));
    expect(figure5.series).toHaveLength(1);
    expect(
      figure5.series[0]?.points.map(({ fraction, n, accuracy }) => [fraction, n, accuracy]),
    ).toEqual([
      [0.1, 10, 350 / 686],
      [0.5, 50, 380 / 686],
      [1, 100, 400 / 686],
    ]);
    expect(figure5.series[0]).toMatchObject({ source: "tree", fractionBy: "prefix", paper: [] });
  });

  test("a set of another size is no point of it", () => {
    const other = evaluation({ train: { n: 1000, target: 1000 } });
    const { figure5 } = viewOf(other, part(0.5, 380), part(0.1, 350));
    expect(figure5.series[0]?.points.map(({ n }) => n)).toEqual([10, 50]);
  });

  test("a random part and other flags are lines of their own", () => {
    const random = part(0.5, 380, { conditions: { fractionBy: "random" } });
    const strict = part(0.5, 380, { conditions: { replies: "strict" } });
    expect(viewOf(part(0.5, 380), random, strict).figure5.series).toHaveLength(3);
  });

  test("its runs are in no other table", () => {
    expect(viewOf(part(0.5, 380)).tables[3].rows).toEqual([]);
  });

  test("the paper's line stands beside RiddleSense in-domain", () => {
    const riddles = { task: "mcqa_5/riddle_sense", kind: "in-domain" } as const;
    const one = part(0.1, 350);
    const { test } = one;
    const run = { ...one, task: riddles.task, test: { ...test, ...riddles } };
    expect(viewOf(run).figure5.series[0]?.paper[0]).toEqual([0.1, 20]);
  });

  test("is empty without a fraction", () => {
    expect(viewOf(evaluation()).figure5.series).toEqual([]);
  });
});

describe("controls", () => {
  test.each([
    ["labels shuffled", { labels: "shuffled" }],
    ["options alone", { input: "options" }],
    ["no context", { input: "question" }],
  ] as const)("%s: a row beside its own, with what its own is above it", (control, conditions) => {
    const view = viewOf(evaluation(), evaluation({ conditions, test: { correct: 350 } }));
    expect(view.controls).toMatchObject([{ table: 3, control, accuracy: 350 / 686 }]);
    expect(view.controls[0]?.difference?.estimate.value).toBeCloseTo(50 / 686);
    const rows = view.tables[3].rows.filter((row) => row.kind === "cell");
    expect(rows.map((row) => row.control)).toEqual([null, control]);
    expect(rows[1]).toMatchObject({ paper: null, toHuman: [] });
  });

  test("of the human row control the human row", () => {
    const shuffled = sized(100, 340, { conditions: { labels: "shuffled" } });
    const [control] = viewOf(sized(100, 420), shuffled, evaluation()).controls;
    expect(control?.difference?.estimate.value).toBeCloseTo(80 / 686);
  });

  test("have no difference where what they control is not there", () => {
    const [control] = viewOf(evaluation({ conditions: { labels: "shuffled" } })).controls;
    expect(control?.difference).toBeNull();
  });

  test("the creator's own answers are one", () => {
    const direct = evaluation({
      source: "direct",
      train: { n: 0, target: 0, labels: null },
      dev: { n: 0, accuracy: 0 },
      student: { encoder: "qwen", tune: "none" },
    });
    const view = viewOf(evaluation(), direct);
    expect(view.controls).toMatchObject([{ control: "creator answers", difference: null }]);
    expect(view.tables[3].rows.at(-1)).toMatchObject({ role: "direct" });
  });

  test("are no best setting, and no set that human examples could be worth", () => {
    const shuffled = evaluation({ conditions: { labels: "shuffled" }, test: { correct: 600 } });
    const naive = evaluation({ source: "naive" });
    const view = viewOf(evaluation(), naive, shuffled, sized(100, 420), sized(1000, 450));
    expect(view.best.map(({ byTest }) => byTest.accuracy)).toEqual([400 / 686]);
    expect(view.equivalents).toHaveLength(2);
  });
});

describe("the pooled question", () => {
  const cross = (change: Changes, correct: number) =>
    evaluation({ ...change, test: { ...onStrategyqa, correct } });

  test("is one sentence, with what would have been missed where nothing was found", () => {
    const [pooled, ...others] = viewOf(cross({}, 60), cross(human, 58)).pooled;
    expect(others).toEqual([]);
    expect(pooled?.pairs).toHaveLength(1);
    expect(pooled?.sentence).toMatch(
      /^Out of domain, tree data \(N 100\) are not shown to differ from human data of the same N over the one pair at hand \(\+1.7 points, .*\); a true difference below [\d.]+ points would probably have been missed, and the paper's own is \+6.1\. Creator qwen/,
    );
  });

  test("is underpowered where even the paper's difference would have been missed", () => {
    // 60 and 58 right of 115, mostly not the same ones.
    const one = toRun(cross({}, 60));
    const other = toRun(cross(human, 58), { right: (row) => row >= 57 });
    const { pooled } = toView(toResults([one, other]));
    expect(pooled[0]?.sentence).toContain("; underpowered: a true difference below ");
  });

  test("takes the pairs of one source, creator and student together, tree first", () => {
    const pubmed = { task: "yesno_open/pubmedqa" };
    const onBoolq = {
      task: "yesno_open/boolq",
      kind: "cross-domain",
      n: 100,
      correct: 60,
      labels: { True: 50, False: 50 },
    } as const;
    const { pooled } = viewOf(
      cross({ source: "naive" }, 61),
      cross({}, 60),
      cross(human, 58),
      evaluation({ ...pubmed, test: onBoolq }),
      evaluation({ ...pubmed, ...human, test: { ...onBoolq, correct: 50 } }),
      cross({ completions: { model: "another" } }, 70),
    );
    expect(pooled.map(({ source, pairs }) => [source, pairs.length])).toEqual([
      ["tree", 2],
      ["tree", 1],
      ["naive", 1],
    ]);
    expect(pooled[0]?.sentence).toContain("over 2 task pairs");
  });

  test("counts each pair once, and keeps sizes apart", () => {
    const full = (change: Changes, correct: number) =>
      cross({ ...change, train: { n: 10176, target: 10176 } }, correct);
    const short = cross({ ...seeded(4), train: { n: 37, target: 100 } }, 20);
    const { pooled } = viewOf(
      short,
      ...[1, 2].map((seed) => cross(seeded(seed), 60)),
      cross(human, 58),
      full({}, 70),
      full(human, 80),
    );
    expect(pooled.map(({ size, against, pairs }) => [size, against, pairs.length])).toEqual([
      [100, "human, same N", 1],
      [null, "human", 1],
      [100, "human", 1],
    ]);
    expect(pooled.map(({ mean }) => Math.round(115 * mean))).toEqual([2, -10, -20]);
    expect(pooled[1]?.sentence).toContain("tree data are");
    expect(pooled[2]?.sentence).toContain("tree data (N 100) are");
  });

  test("says better and worse where the interval says so", () => {
    const many = { ...onStrategyqa, n: 1000, labels: { True: 500, False: 500 } };
    const on = (change: Changes, correct: number) =>
      evaluation({ ...change, test: { ...many, correct } });
    expect(viewOf(on({}, 700), on(human, 500)).pooled[0]?.sentence).toContain("are better than");
    expect(viewOf(on({}, 400), on(human, 500)).pooled[0]?.sentence).toContain("are worse than");
  });

  test("of a sample says so first", () => {
    const test = {
      ...boolqSample.test,
      task: "yesno_open/pubmedqa",
      kind: "cross-domain",
    } as const;
    const { pooled } = viewOf(
      evaluation({ ...boolqSample, test }),
      evaluation({ ...boolqSample, ...human, test: { ...test, correct: 30 } }),
    );
    expect(pooled[0]?.sentence).toMatch(/^SAMPLE, nothing about the benchmarks/);
  });
});

test("the report's answer counts each task once, and keeps sizes apart", () => {
  const full = { n: 10176, target: 10176 };
  const view = viewOf(
    evaluation(),
    evaluation({ ...seeded(2), train: { n: 37, target: 100 } }),
    evaluation({ train: full }),
    sized(100, 410),
    sized(10176, 450),
  );
  const answers = toHeadlines(view).map(({ known }) => [
    known.tasks,
    known.against,
    Math.round(686 * known.mean),
  ]);
  expect(answers).toEqual([
    [1, "same N", -10],
    [1, "same N", -50],
    [1, "full", -50],
  ]);
});

describe("human-equivalent N", () => {
  // 60, 70 and 80 % of 1,000 at 100, 1,000 and 10,000 human examples.
  const many = { n: 1000, labels: { True: 500, False: 500 } };
  const at = (n: number, correct: number, change: Changes = {}) =>
    sized(n, 0, { test: { ...many, correct }, ...change });
  const curve = [at(100, 600), at(1000, 700), at(10000, 800)];
  const created = (correct: number) => evaluation({ test: { ...many, correct } });

  test.each([
    ["on the curve", 700, 1000],
    ["half way between two points, in log N", 650, 100 * 10 ** 0.5],
    ["below it", 500, "below"],
    ["above it", 900, "above"],
  ] as const)("of a created set %s", (_, correct, n) => {
    const [equivalent] = viewOf(...curve, created(correct)).equivalents;
    if (typeof n === "number") expect(equivalent?.n).toBeCloseTo(n);
    else expect(equivalent?.n).toBe(n);
    expect(equivalent?.curve.map((point) => point.n)).toEqual([100, 1000, 10000]);
  });

  test("outside the curve is said as less or more than was measured", () => {
    expect(viewOf(...curve, created(500)).equivalents[0]?.sentence).toMatch(
      /^< 100 human examples/,
    );
    expect(viewOf(...curve, created(900)).equivalents[0]?.sentence).toMatch(/^> 10000 human/);
  });

  test("takes random parts as sizes, and no prefix", () => {
    const part = (fractionBy: string) =>
      at(500, 660, {
        conditions: { fraction: 0.5, ...(fractionBy === "random" && { fractionBy }) },
      });
    const sizes = (one: EvaluationManifest) =>
      viewOf(...curve, one, created(650)).equivalents[0]?.curve.map((point) => point.n);
    expect(sizes(part("random"))).toEqual([100, 500, 1000, 10000]);
    expect(sizes(part("prefix"))).toEqual([100, 1000, 10000]);
  });

  test("needs two sizes", () => {
    expect(viewOf(at(100, 600), created(650)).equivalents).toEqual([]);
  });
});

describe("variance components", () => {
  const run = (example: number, creation: number, train: number, correct: number) =>
    evaluation({ seeds: { example, creation, train }, test: { correct } });

  test("are of the runs of a row with crossed seeds", () => {
    const [entry, ...others] = viewOf(
      run(1, 1, 1, 400),
      run(1, 1, 2, 410),
      run(1, 2, 1, 380),
      run(1, 2, 2, 390),
    ).components;
    expect(others).toEqual([]);
    expect(entry?.runs).toBe(4);
    expect(entry?.sources.map(({ source, levels, why }) => [source, levels, why])).toEqual([
      ["formatting example", 1, "not estimable: one level"],
      ["creation sampling", 2, null],
      ["training seed", 4, null],
    ]);
    // Within creations: (400 - 410)^2 / 2 + (380 - 390)^2 / 2 = 100 over 2 df, 50 right answers squared.
    expect(entry?.sources[2]?.sd).toBeCloseTo(Math.sqrt(50) / 686);
  });

  test("of sources that are not told apart are called by all their names, of the row of the most runs", () => {
    const { components } = viewOf(
      evaluation({ source: "naive" }),
      run(1, 1, 1, 400),
      run(2, 2, 2, 410),
    );
    expect(components).toHaveLength(1);
    expect(components[0]?.sources).toMatchObject([
      { levels: 2, share: 1, includes: ["creation sampling", "training seed"] },
      { levels: 2, sd: null, why: "not estimable: in the one above it" },
      { levels: 2, sd: null, why: "not estimable: in the one above it" },
    ]);
  });

  test("of one run are not estimable, and said so", () => {
    const [entry] = viewOf(run(1, 1, 1, 400)).components;
    expect(entry?.sources.every(({ why }) => why === "not estimable: one level")).toBe(true);
  });
});

describe("the best", () => {
  const row = (source: "naive" | "tree" | "random", dev: number, correct: number) =>
    evaluation({ source, dev: { accuracy: dev }, test: { correct } });

  test("setting is chosen on dev; the one the test set chooses stands beside it", () => {
    const [best, ...others] = viewOf(
      row("naive", 0.7, 380),
      row("tree", 0.6, 400),
      sized(100, 420),
    ).best;
    expect(others).toEqual([]);
    expect(best).toMatchObject({
      among: "setting",
      byDev: { label: "naive", tied: 0, accuracy: 380 / 686 },
      byTest: { label: "tree", accuracy: 400 / 686 },
      paper: { label: "tree", percent: 72.74 },
    });
    // (380 - 420) / 420 and / 380; the paper's (72.74 - 81.19) / 81.19 and / 72.74.
    expect(best?.byDev.ofHuman).toBeCloseTo(-40 / 420);
    expect(best?.byDev.ofBest).toBeCloseTo(-40 / 380);
    expect(best?.paper?.ofHuman).toBeCloseTo(-0.10408, 4);
    expect(best?.paper?.ofBest).toBeCloseTo(-0.11617, 4);
  });

  test("of equals is the first, and said", () => {
    const [best] = viewOf(
      row("naive", 0.6, 380),
      row("random", 0.6, 390),
      row("tree", 0.5, 1),
    ).best;
    expect(best?.byDev).toMatchObject({ label: "naive", tied: 1 });
  });

  test("is chosen among settings and encoders, of each the row that did not stop short", () => {
    const encoder = { student: { encoder: "another" } };
    const short = (change: Changes) =>
      evaluation({ ...change, train: { n: 37, target: 100 }, dev: { accuracy: 0.9 } });
    expect(viewOf(short({}), evaluation()).best).toEqual([]);
    const { best } = viewOf(
      short({}),
      row("tree", 0.5, 400),
      row("naive", 0.6, 380),
      short(encoder),
      evaluation({ ...encoder, dev: { accuracy: 0.6 }, test: { correct: 390 } }),
    );
    expect(
      best.map(({ among, byDev: { label, tied, accuracy } }) => [among, label, tied, accuracy]),
    ).toEqual([
      ["setting", "naive", 0, 380 / 686],
      ["encoder", "another", 0, 390 / 686],
    ]);
  });

  test("encoder is chosen for each source", () => {
    const other = evaluation({ student: { encoder: "another" }, dev: { accuracy: 0.9 } });
    expect(viewOf(evaluation(), other).best).toMatchObject([
      { among: "encoder", byDev: { label: "another" }, paper: null },
    ]);
  });

  test("has no percentages without a human row", () => {
    const [best] = viewOf(row("naive", 0.7, 380), row("tree", 0.6, 400)).best;
    expect(best?.byDev).toMatchObject({ ofHuman: null, ofBest: null });
  });
});

describe("footers", () => {
  test("count what was read, left out, failed and is stale", () => {
    const stale = { ...toRun(evaluation()), stale: true };
    const results = toResults([stale, toRun(evaluation(seeded(2)))], {
      leftOut: [{ path: "evaluations/x/manifest.json", why: "version" }],
      failures: [{ path: "creations/y", stage: "creation", error: "no server", at: "" }],
    });
    const view = toView(results);
    expect(view.footers).toEqual([
      "Made of 2 evaluations.",
      "1 file left out, named below.",
      "1 run failed, named below.",
      "1 evaluation stale: the test file has changed since.",
    ]);
    expect(view).toMatchObject({ about: [], sample: false, replay: false });
  });

  test("say what each experiment says of itself", () => {
    const experiments = ["one", "two"].map((name) => ({
      version: 1 as const,
      name,
      about: `What differs in ${name}.`,
    }));
    expect(toView(toResults([toRun(evaluation())], { experiments })).about).toEqual([
      "Experiment one: What differs in one.",
      "Experiment two: What differs in two.",
    ]);
  });

  test("say what is sample and what is a replay", () => {
    const replay = evaluation({ completions: { kind: "replay" } });
    expect(viewOf(evaluation(boolqSample), replay)).toMatchObject({ sample: true, replay: true });
  });
});

test("a view is JSON: nothing is lost on the way but the name of infinity", () => {
  const view = viewOf(evaluation(), evaluation({ source: "naive" }), sized(100, 420));
  const text = JSON.stringify(view, (_, value) => (value === Infinity ? "Infinity" : value));
  const back = JSON.parse(text, (_, value) => (value === "Infinity" ? Infinity : value));
  expect(back).toEqual(view);
});
