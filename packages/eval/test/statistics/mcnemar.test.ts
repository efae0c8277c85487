import { describe, expect, test } from "vitest";
import { mcnemarExact } from "../../src/statistics/mcnemar.ts";

describe("McNemar's exact test", () => {
  test.each([
    // By hand: 2 (1 + 8) / 2^8, 2 / 2^5.
    { onlyA: 1, onlyB: 7, p: 18 / 256 },
    { onlyA: 5, onlyB: 0, p: 2 / 32 },
    // Complete response before and after therapy (Fagerland, Lydersen & Laake 2017, chapter 8; their R
    // package contingencytables prints 0.052479).
    { onlyA: 6, onlyB: 16, p: 0.052479 },
    { onlyA: 4, onlyB: 4, p: 1 },
    { onlyA: 0, onlyB: 0, p: 1 },
    // scipy 1.17: stats.binomtest(700, 1600).pvalue.
    { onlyA: 700, onlyB: 900, p: 6.319485e-7 },
  ])("$onlyA against $onlyB", ({ onlyA, onlyB, p }) => {
    expect(mcnemarExact(onlyA, onlyB) / p).toBeCloseTo(1, 3);
    expect(mcnemarExact(onlyB, onlyA)).toBe(mcnemarExact(onlyA, onlyB));
  });

  test.each([
    [-1, 2],
    [1.5, 2],
    [Number.NaN, 2],
  ])("%d against %d is refused", (onlyA, onlyB) => {
    expect(() => mcnemarExact(onlyA, onlyB)).toThrow(RangeError);
  });
});
