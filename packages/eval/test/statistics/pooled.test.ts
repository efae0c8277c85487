import { describe, expect, test } from "vitest";
import { poolDifferences } from "../../src/statistics/pooled.ts";

describe("pooled differences", () => {
  test("Kacker 2004 (Metrologia 41:132-136), Table 1: nine laboratories", () => {
    const values = [61, 61.4, 62.21, 62.3, 62.34, 62.6, 62.7, 62.84, 65.9];
    const variances = [0.2025, 1.21, 0.09, 0.2025, 0.3844, 0.5625, 0.0676, 0.0225, 1.8225];
    const pooled = poolDifferences(
      values.map((value, place) => ({
        value,
        standardError: Math.sqrt(variances[place] ?? 1),
      })),
    );
    // Kacker: tau 0.8399. R metafor 2, rma(y, v, method="PM"): estimate, se.
    expect(Math.sqrt(pooled.tau2)).toBeCloseTo(0.8399, 4);
    expect(pooled.mean).toBeCloseTo(62.40762, 5);
    // 0.3380306 x stats.t.ppf(.975, 8) to either side.
    expect(pooled.low).toBeCloseTo(61.62812, 4);
    expect(pooled.high).toBeCloseTo(63.18712, 4);
    expect(pooled).toMatchObject({ df: 8 });
  });

  test("pairs that agree: no variance between them, weights by precision, by hand", () => {
    // Weights 100 and 25: mean (100 x 0.04 + 25 x 0.06) / 125, standard error 1 / sqrt(125), t(1) = 12.7062.
    const pooled = poolDifferences([
      { value: 0.04, standardError: 0.1 },
      { value: 0.06, standardError: 0.2 },
    ]);
    expect(pooled.tau2).toBe(0);
    expect(pooled.mean).toBeCloseTo(0.044, 12);
    expect(pooled.high - pooled.mean).toBeCloseTo(12.7062047 / Math.sqrt(125), 6);
    // P(|t| > 0.4919) with one degree of freedom: 1 - 2 atan(t) / pi.
    const t = 0.044 * Math.sqrt(125);
    expect(pooled.p).toBeCloseTo(1 - (2 * Math.atan(t)) / Math.PI, 8);
  });

  test("of two pairs of equal precision the interval is that of a t test of two values, by hand", () => {
    // 0.1 and 0.3: mean 0.2, standard deviation of the mean 0.1 whatever the standard errors below it.
    const pooled = poolDifferences([
      { value: 0.1, standardError: 0.02 },
      { value: 0.3, standardError: 0.02 },
    ]);
    expect(pooled.tau2).toBeCloseTo(0.02 - 0.0004, 9);
    expect(pooled.high - pooled.mean).toBeCloseTo(12.7062047 * 0.1, 6);
  });

  test.each([
    [undefined, 1.959964],
    [2, 4.302653],
  ])("one pair has its own interval (df %s)", (df, quantile) => {
    const pair = { value: -0.03, standardError: 0.01 };
    const pooled = poolDifferences([df === undefined ? pair : { ...pair, df }]);
    expect(pooled.low).toBeCloseTo(-0.03 - 0.01 * quantile, 6);
    expect(pooled.high).toBeCloseTo(-0.03 + 0.01 * quantile, 6);
    expect(pooled).toMatchObject({ df: df ?? Infinity, tau2: 0 });
  });

  test.each([
    ["no pair", []],
    ["a standard error of 0", [{ value: 0, standardError: 0 }]],
    ["no number", [{ value: 0, standardError: Number.NaN }]],
  ])("%s is refused", (_, pairs) => {
    expect(() => poolDifferences(pairs)).toThrow(RangeError);
  });
});
