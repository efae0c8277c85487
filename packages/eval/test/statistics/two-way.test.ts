import { expect, test } from "vitest";
import { analyseTwoWay } from "../../src/statistics/two-way.ts";
import { outcomesOf } from "./outcomes-of.ts";

test("a two-way analysis of variance, by hand", () => {
  // 3 right of 6: correction 9 / 6. Runs (2² + 1²) / 3, items (2² + 1² + 0²) / 2, all 3; each less 1.5.
  const { runs, items, residual, answers } = analyseTwoWay(outcomesOf("110", "100"));
  expect(answers).toBe(6);
  expect(runs).toEqual({ meanSquare: expect.closeTo(1 / 6, 12), df: 1 });
  expect(items).toEqual({ meanSquare: expect.closeTo(1 / 2, 12), df: 2 });
  expect(residual).toEqual({ meanSquare: expect.closeTo(1 / 6, 12), df: 2 });
});

test("its items and residual together are Cochran's Q, another way to the same", () => {
  // Cochran 1950: Q = S (S - 1) sum (right of run - mean)² / sum (right of item (S - right of item)).
  const rows = ["1101110010", "1100110010", "1000111000", "1101010000"];
  const { runs, items, residual } = analyseTwoWay(outcomesOf(...rows));
  const s = rows.length;
  const ofItems = [...(rows[0] ?? "")].map(
    (_, item) => rows.filter((row) => row[item] === "1").length,
  );
  const ofRuns = rows.map((row) => row.replaceAll("0", "").length);
  const mean = ofRuns.reduce((sum, right) => sum + right, 0) / s;
  const between = ofRuns.reduce((sum, right) => sum + (right - mean) ** 2, 0);
  const within = ofItems.reduce((sum, right) => sum + right * (s - right), 0);
  const withinItems =
    (runs.meanSquare * runs.df + residual.meanSquare * residual.df) / (items.df + 1) / (s - 1);
  expect((runs.meanSquare * runs.df) / withinItems).toBeCloseTo(
    (s * (s - 1) * between) / within,
    9,
  );
});

test.each([
  ["equal runs", outcomesOf("1100", "1100"), { runs: 0, residual: 0 }],
  ["one item", outcomesOf("1", "0"), { runs: 0.5, residual: 0 }],
  ["all right", outcomesOf("11", "11"), { runs: 0, residual: 0 }],
])("%s", (_, runs, expected) => {
  const table = analyseTwoWay(runs);
  expect(table.runs.meanSquare).toBeCloseTo(expected.runs, 12);
  expect(table.residual.meanSquare).toBeCloseTo(expected.residual, 12);
});

test("one run has no variance between runs", () => {
  expect(() => analyseTwoWay(outcomesOf("110"))).toThrow(RangeError);
});
