import { describe, expect, test } from "vitest";
import { squareAndAdd } from "../../src/statistics/spread.ts";
import { tQuantile } from "../../src/statistics/student-t.ts";

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
