import { describe, expect, test } from "vitest";
import { analyseTwoWay, squareAndAdd } from "../../src/statistics/estimate.ts";
import { tQuantile } from "../../src/statistics/student-t.ts";
import { outcomesOf } from "./outcomes-of.ts";

describe("parts squared and added", () => {
  test("one part is its own t", () => {
    const { standardError, df, half } = squareAndAdd([{ variance: 4, df: 3 }]);
    expect(standardError).toBe(2);
    expect(df).toBeCloseTo(3, 6);
    expect(half).toBeCloseTo(2 * 3.182446, 5);
  });

  test("two parts, by hand", () => {
    // t(2) = 4.302653, t(infinity) = 1.959964: half² = 1 x 18.512821 + 3 x 3.841459 = 30.037198.
    const parts = [
      { variance: 1, df: 2 },
      { variance: 3, df: Infinity },
    ];
    const { standardError, half } = squareAndAdd(parts);
    expect(standardError).toBe(2);
    expect(half).toBeCloseTo(5.48062, 5);
  });

  test.each([
    [1, 2, 1, 114],
    [0.01, 2, 1, 114],
    [1, 2, 0.01, 114],
    [1, 1, 1, Infinity],
    [1, 4, 5, 1240],
  ])("%d with %d and %d with %d degrees: those named give the width", (a, dfA, b, dfB) => {
    const spread = squareAndAdd([
      { variance: a, df: dfA },
      { variance: b, df: dfB },
    ]);
    expect(tQuantile(0.975, spread.df) * spread.standardError).toBeCloseTo(spread.half, 5);
    expect(spread.df).toBeGreaterThan(dfA);
    expect(spread.df).toBeLessThan(dfB);
  });

  test("a part without variance does not count, whatever its degrees of freedom", () => {
    const alone = squareAndAdd([{ variance: 2, df: 9 }]);
    expect(
      squareAndAdd([
        { variance: 2, df: 9 },
        { variance: 0, df: Number.NaN },
      ]),
    ).toEqual(alone);
    expect(squareAndAdd([{ variance: 0, df: 2 }])).toEqual({
      standardError: 0,
      df: Infinity,
      half: 0,
    });
  });
});

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
