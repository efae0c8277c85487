import { describe, expect, test } from "vitest";
import { analysisOf, sized } from "./analysis-of.ts";
import { evaluation } from "./manifests.ts";

describe("controls", () => {
  test.each([
    ["labels shuffled", { labels: "shuffled" }],
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
