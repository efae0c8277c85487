import { describe, expect, test } from "vitest";
import { clopperPearson } from "../../src/statistics/clopper-pearson.ts";

describe("Clopper and Pearson's interval", () => {
  test.each([
    // Newcombe 1998, Statistics in Medicine 17:857-872, Table I, method 5.
    { right: 81, n: 263, low: 0.2527, high: 0.3676 },
    { right: 15, n: 148, low: 0.0578, high: 0.1617 },
    { right: 0, n: 20, low: 0, high: 0.1684 },
    { right: 1, n: 29, low: 0.0009, high: 0.1776 },
    // scipy 1.17: stats.binomtest(right, n).proportion_ci(method="exact").
    { right: 8, n: 10, low: 0.44390454, high: 0.97478929 },
    { right: 620, n: 1241, low: 0.47140481, high: 0.5277913 },
    // By hand: with none right the high end is 1 - 0.025^(1/n), and the mirror with all.
    { right: 0, n: 10, low: 0, high: 1 - 0.025 ** 0.1 },
    { right: 10, n: 10, low: 0.025 ** 0.1, high: 1 },
  ])("of $right of $n", ({ right, n, low, high }) => {
    const interval = clopperPearson(right, n);
    const digits = String(low).length > 6 ? 7 : 4;
    expect(interval.low).toBeCloseTo(low, digits);
    expect(interval.high).toBeCloseTo(high, digits);
  });

  test.each([
    [11, 10],
    [-1, 10],
    [0.5, 10],
    [0, 0],
    [Number.NaN, 10],
  ])("of %d of %d is refused", (right, n) => {
    expect(() => clopperPearson(right, n)).toThrow(RangeError);
  });
});
