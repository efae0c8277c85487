import { describe, expect, test } from "vitest";
import { analysisOf, type Changes } from "./analysis-of.ts";
import { evaluation } from "./manifests.ts";

describe("Figure 5", () => {
  const part = (fraction: number, correct: number, change: Changes = {}) =>
    evaluation({
      train: { n: 100 * fraction, target: 100 * fraction },
      conditions: { fraction, ...change.conditions },
      test: { correct },
    });

  test("has its series in the order of the paper's columns, then of sources", () => {
    const csqa = { task: "mcqa_5/csqa", test: { task: "mcqa_5/csqa" } } as const;
    const half = { conditions: { fraction: 0.5 }, train: { n: 50, target: 50 } } as const;
    const { figure5 } = analysisOf(
      part(0.5, 380),
      evaluation({ ...half, source: "human", completions: null }),
      evaluation({ ...half, ...csqa }),
    );
    expect(figure5.series.map(({ task, source }) => `${task} ${source}`)).toEqual([
      "mcqa_5/csqa tree",
      "yesno_close/creak tree",
      "yesno_close/creak human",
    ]);
  });

  test("is a line of the runs that differ in the fraction alone, the whole set its last point", () => {
    const { figure5 } = analysisOf(evaluation(), part(0.5, 380), part(0.1, 350));
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
    const { figure5 } = analysisOf(other, part(0.5, 380), part(0.1, 350));
    expect(figure5.series[0]?.points.map(({ n }) => n)).toEqual([10, 50]);
  });

  test("a random part and other flags are lines of their own", () => {
    const random = part(0.5, 380, { conditions: { fractionBy: "random" } });
    const strict = part(0.5, 380, { conditions: { replies: "strict" } });
    expect(analysisOf(part(0.5, 380), random, strict).figure5.series).toHaveLength(3);
  });

  test("its runs are in no other table", () => {
    expect(analysisOf(part(0.5, 380)).tables[3].rows).toEqual([]);
  });

  test("the paper's line stands beside RiddleSense in-domain", () => {
    const riddles = { task: "mcqa_5/riddle_sense", kind: "in-domain" } as const;
    const one = part(0.1, 350);
    const { test } = one;
    const run = { ...one, task: riddles.task, test: { ...test, ...riddles } };
    const { figure5 } = analysisOf(run);
    expect(figure5.series[0]?.paper[0]).toEqual([0.1, 20]);
    expect(figure5.notes.join(" ")).toContain("ends at 54.5, Table 3 has 56.48");
  });

  test("is empty without a fraction", () => {
    expect(analysisOf(evaluation()).figure5.series).toEqual([]);
  });
});
