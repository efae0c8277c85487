import { describe, expect, test } from "vitest";
import { renderTerminal } from "../src/render/terminal.ts";
import type { EvaluationManifest } from "../src/results/evaluation-manifest.ts";
import { analysisOf, type Changes, sized } from "./analysis-of.ts";
import { evaluation, seeded } from "./manifests.ts";

describe("the best", () => {
  const row = (source: "naive" | "tree" | "random", dev: number, correct: number) =>
    evaluation({ source, dev: { accuracy: dev }, test: { correct } });

  test("setting is chosen on dev; the one the test set chooses stands beside it", () => {
    const [best, ...others] = analysisOf(
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
    const [best] = analysisOf(
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
    expect(analysisOf(short({}), evaluation()).best).toEqual([]);
    const { best } = analysisOf(
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
    expect(analysisOf(evaluation(), other).best).toMatchObject([
      { among: "encoder", byDev: { label: "another" }, paper: null },
    ]);
  });

  test("has no percentages without a human row", () => {
    const [best] = analysisOf(row("naive", 0.7, 380), row("tree", 0.6, 400)).best;
    expect(best?.byDev).toMatchObject({ ofHuman: null, ofBest: null });
  });
});

describe("controls", () => {
  test.each([
    ["labels shuffled", { labels: "shuffled" }],
    ["20 rows repeated", { humanRows: 20 }],
    ["options alone", { input: "options" }],
    ["no context", { input: "question" }],
  ] as const)("%s: a row beside its own, with what its own is above it", (control, conditions) => {
    const view = analysisOf(evaluation(), evaluation({ conditions, test: { correct: 350 } }));
    expect(view.controls).toMatchObject([{ table: 3, control, accuracy: 350 / 686 }]);
    expect(view.controls[0]?.difference?.estimate.value).toBeCloseTo(50 / 686);
    const rows = view.tables[3].rows.filter((row) => row.kind === "cell");
    expect(rows.map((row) => row.control)).toEqual([null, control]);
    expect(rows[1]).toMatchObject({ paper: null, toHuman: { sameN: null, largest: null } });
  });

  test("a random selection controls one by coverage, of as many", () => {
    const part = (select: string, keep: number, correct: number) =>
      evaluation({ conditions: { select, keep }, test: { correct } });
    const [random, covered] = [part("random", 0.3, 390), part("coverage", 0.3, 420)];
    const [control] = analysisOf(random, covered, part("coverage", 0.5, 430)).controls;
    expect(control).toMatchObject({ control: "random selection" });
    expect(control?.difference?.estimate.value).toBeCloseTo(30 / 686);
  });

  test("of the human row control the human row", () => {
    const shuffled = sized(100, 340, { conditions: { labels: "shuffled" } });
    const [control] = analysisOf(sized(100, 420), shuffled, evaluation()).controls;
    expect(control?.difference?.estimate.value).toBeCloseTo(80 / 686);
  });

  test("have no difference where what they control is not there", () => {
    const [control] = analysisOf(evaluation({ conditions: { labels: "shuffled" } })).controls;
    expect(control?.difference).toBeNull();
  });

  test("the creator's own answers are one", () => {
    const direct = evaluation({
      source: "direct",
      train: { n: 0, target: 0, labels: null },
      dev: { n: 0, accuracy: 0 },
      student: { encoder: "qwen", tune: "none" },
    });
    const view = analysisOf(evaluation(), direct);
    expect(view.controls).toMatchObject([{ control: "creator answers", difference: null }]);
    expect(view.tables[3].rows.at(-1)).toMatchObject({ role: "direct" });
  });

  test("are no best setting, and no set that human examples could be worth", () => {
    const shuffled = evaluation({ conditions: { labels: "shuffled" }, test: { correct: 600 } });
    const naive = evaluation({ source: "naive" });
    const view = analysisOf(evaluation(), naive, shuffled, sized(100, 420), sized(1000, 450));
    expect(view.best.map(({ byTest }) => byTest.accuracy)).toEqual([400 / 686]);
    expect(view.equivalents).toHaveLength(2);
  });
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
    const [equivalent] = analysisOf(...curve, created(correct)).equivalents;
    if (typeof n === "number") expect(equivalent?.n).toBeCloseTo(n);
    else expect(equivalent?.n).toBe(n);
    expect(equivalent?.curve.map((point) => point.n)).toEqual([100, 1000, 10000]);
  });

  test("outside the curve is said as less or more than was measured", () => {
    expect(analysisOf(...curve, created(500)).equivalents[0]?.sentence).toMatch(
      /^< 100 human examples/,
    );
    expect(analysisOf(...curve, created(900)).equivalents[0]?.sentence).toMatch(/^> 10,000 human/);
  });

  test.each([
    ["that falls", [570, 540, 500], "does not rise: 57.0 % at 100, 50.0 % at 10,000"],
    ["within its error", [500, 505, 510], "is not shown to rise: 50.0 % at 100, 51.0 % at 10,000"],
  ])("by a human curve %s is not determined, and says why", (_, corrects, why) => {
    const points = corrects.map((correct, place) => at(100 * 10 ** place, correct));
    const view = analysisOf(...points, created(538));
    expect(view.equivalents[0]).toMatchObject({
      n: null,
      low: null,
      high: null,
      sentence: `not determined: the human curve ${why}`,
    });
    expect(renderTerminal(view).replace(/\s+/g, " ")).toContain(
      `100 tree examples of yesno_close/creak: their human-equivalent N is not determined: the human curve ${why}`,
    );
  });

  test("takes of rows of one size the one that counts, as the tables do", () => {
    const repeat = at(1000, 790, { createdAt: "2026-02-01T00:00:00Z" });
    const short = [1, 2].map((seed) =>
      at(1000, 780, { train: { n: 1000, target: 1200 }, ...seeded(seed) }),
    );
    const [equivalent] = analysisOf(...curve, repeat, ...short, created(650)).equivalents;
    expect(equivalent?.curve.map(({ accuracy }) => accuracy)).toEqual([0.6, 0.7, 0.8]);
  });

  test("takes random parts as sizes, and no prefix", () => {
    const part = (fractionBy: string) =>
      at(500, 660, {
        conditions: { fraction: 0.5, ...(fractionBy === "random" && { fractionBy }) },
      });
    const sizes = (one: EvaluationManifest) =>
      analysisOf(...curve, one, created(650)).equivalents[0]?.curve.map((point) => point.n);
    expect(sizes(part("random"))).toEqual([100, 500, 1000, 10000]);
    expect(sizes(part("prefix"))).toEqual([100, 1000, 10000]);
  });

  test("needs two sizes", () => {
    expect(analysisOf(at(100, 600), created(650)).equivalents).toEqual([]);
  });
});

describe("variance components", () => {
  const run = (example: number, creation: number, train: number, correct: number) =>
    evaluation({ seeds: { example, creation, train }, test: { correct } });

  test("are of the runs of a row with crossed seeds", () => {
    const [entry, ...others] = analysisOf(
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
    const { components } = analysisOf(
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
    const [entry] = analysisOf(run(1, 1, 1, 400)).components;
    expect(entry?.sources.every(({ why }) => why === "not estimable: one level")).toBe(true);
  });
});
