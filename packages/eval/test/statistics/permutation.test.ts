import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mcnemarExact } from "../../src/statistics/mcnemar.ts";
import { computeAccuracy, type Outcomes } from "../../src/statistics/outcomes.ts";
import { pairedPermutation } from "../../src/statistics/permutation.ts";
import { outcomesOf, pairOf } from "./outcomes-of.ts";

describe("the paired permutation test", () => {
  test("by hand: differences of 1, 1 and 1/2; |sum| is at least 3/2 for 4 of the 8 swaps", () => {
    const a = outcomesOf("1111", "1101");
    const b = outcomesOf("0011");
    // Item differences 1, 1, 1/2 - 1, 0: observed 3/2; the signs give 5/2, 3/2, 1/2, 1/2 and their mirrors.
    expect(pairedPermutation(a, b)).toBeCloseTo(4 / 8, 12);
  });

  test.each([
    { both: 59, onlyA: 6, onlyB: 16, neither: 80 },
    { both: 3, onlyA: 5, onlyB: 0, neither: 0 },
    { both: 700, onlyA: 700, onlyB: 900, neither: 700 },
    { both: 2, onlyA: 0, onlyB: 0, neither: 2 },
  ])("of single runs is McNemar's ($onlyA against $onlyB)", ({ both, onlyA, onlyB, neither }) => {
    const { a, b } = pairOf(both, onlyA, onlyB, neither);
    expect(pairedPermutation(a, b) / mcnemarExact(onlyA, onlyB)).toBeCloseTo(1, 9);
  });

  test("is what all swaps, one by one, give", () => {
    const runs = (n: number) =>
      fc.array(fc.uint8Array({ minLength: n, maxLength: n, max: 1 }), {
        minLength: 1,
        maxLength: 3,
      });
    const arms = fc.integer({ min: 1, max: 8 }).chain((n) => fc.tuple(runs(n), runs(n)));
    fc.assert(
      fc.property(arms, ([a, b]) => {
        expect(pairedPermutation(a, b)).toBeCloseTo(bySwapping(a, b), 9);
        expect(pairedPermutation(b, a)).toBeCloseTo(pairedPermutation(a, b), 12);
      }),
    );
  });

  test("gives no p of 0, however clear the difference", () => {
    const { a, b } = pairOf(0, 900, 0, 0);
    expect(pairedPermutation(a, b) / 2 ** -899).toBeCloseTo(1, 6);
  });
});

function bySwapping(a: Outcomes, b: Outcomes): number {
  const n = a[0]?.length ?? 0;
  const shown = Math.abs(computeAccuracy(a) - computeAccuracy(b));
  let asFar = 0;
  for (let swaps = 0; swaps < 2 ** n; swaps++) {
    const swapped = (mine: Outcomes, other: Outcomes) => {
      const rate = (runs: Outcomes, item: number) =>
        runs.reduce((sum, run) => sum + (run[item] ?? 0), 0) / runs.length;
      let total = 0;
      for (let item = 0; item < n; item++) total += rate((swaps >> item) & 1 ? other : mine, item);
      return total / n;
    };
    if (Math.abs(swapped(a, b) - swapped(b, a)) >= shown - 1e-9) asFar++;
  }
  return asFar / 2 ** n;
}
