import { createRandom } from "@seedling/core/internal";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holm, pairedPermutation } from "../../src/statistics/hypothesis-tests.ts";
import { computeAccuracy, type Outcomes } from "../../src/statistics/outcomes.ts";
import { outcomesOf, pairOf } from "./outcomes-of.ts";

describe("McNemar's exact test: the permutation of single runs", () => {
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
    const [of, mirrored] = [pairOf(59, onlyA, onlyB, 80), pairOf(3, onlyB, onlyA, 0)];
    expect(pairedPermutation(of.a, of.b) / p).toBeCloseTo(1, 3);
    expect(pairedPermutation(mirrored.a, mirrored.b) / p).toBeCloseTo(1, 3);
  });

  test("is that of several runs that are all alike, too", () => {
    const { a, b } = pairOf(59, 6, 16, 80);
    const alike = [...a, ...a, ...a];
    expect(pairedPermutation(alike, b)).toBeCloseTo(pairedPermutation(a, b), 12);
  });
});

describe("the paired permutation test", () => {
  test("by hand: differences of 1, 1 and 1/2; |sum| is at least 3/2 for 4 of the 8 swaps", () => {
    const a = outcomesOf("1111", "1101");
    const b = outcomesOf("0011");
    // Item differences 1, 1, 1/2 - 1, 0: observed 3/2; the signs give 5/2, 3/2, 1/2, 1/2 and their mirrors.
    expect(pairedPermutation(a, b)).toBeCloseTo(4 / 8, 12);
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
        expect(pairedPermutation(a, b)).toBeCloseTo(bySwapping(a, b), 12);
        expect(pairedPermutation(b, a)).toBeCloseTo(pairedPermutation(a, b), 12);
      }),
    );
  });

  test.each([
    [40, 1, 1],
    [40, 10, 9],
    [300, 3, 3],
    [300, 10, 9],
    [1500, 2, 3],
  ])("is what adding item by item gives: %i items, %i against %i runs", (n, runs, others) => {
    for (const skill of [0, 0.02, 0.1, 0.4]) {
      const draw = (count: number, more: number) =>
        Array.from({ length: count }, (_, run) => {
          const random = createRandom("outcomes", n, count, run, more);
          const [items, seeds] = [createRandom("items", n), random];
          return Uint8Array.from({ length: n }, () =>
            Number(seeds.next() < 0.2 + 0.6 * items.next() + more),
          );
        });
      const [a, b] = [draw(runs, skill), draw(others, 0)];
      const p = byAdding(a, b);
      expect(Math.abs(pairedPermutation(a, b) / p - 1)).toBeLessThan(1e-9);
    }
  });

  test("gives no p above 1, however small the difference", () => {
    const ps = Array.from({ length: 100 }, (_, n) => {
      const { a, b } = pairOf(0, n + 1, n, 0);
      return pairedPermutation(a, b);
    });
    expect(Math.max(...ps)).toBe(1);
  });

  test("gives no p of 0, however clear the difference", () => {
    const { a, b } = pairOf(0, 900, 0, 0);
    expect(pairedPermutation(a, b) / 2 ** -899).toBeCloseTo(1, 6);
  });
});

/** The same p, the probabilities of all sums computed from those of one item fewer. */
function byAdding(a: Outcomes, b: Outcomes): number {
  const count = (runs: Outcomes, item: number) =>
    runs.reduce((all, run) => all + (run[item] ?? 0), 0);
  const differences = Array.from(
    a[0] ?? [],
    (_, item) => count(a, item) * b.length - count(b, item) * a.length,
  );
  let sums = [1];
  for (const size of differences.map(Math.abs)) {
    const added = new Array<number>(sums.length + size).fill(0);
    for (const [at, p] of sums.entries()) {
      added[at] = (added[at] ?? 0) + p / 2;
      added[at + size] = (added[at + size] ?? 0) + p / 2;
    }
    sums = added;
  }
  const observed = Math.abs(differences.reduce((all, one) => all + one, 0));
  const isAsFar = (at: number) => Math.abs(2 * at - (sums.length - 1)) >= observed;
  return sums.reduce((all, p, at) => (isAsFar(at) ? all + p : all), 0);
}

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

describe("Holm's adjustment", () => {
  test.each([
    // The example of pingouin's documentation (statsmodels and R's p.adjust give the same).
    { p: [0.5, 0.003, 0.32, 0.054, 0.0003], adjusted: [0.64, 0.012, 0.64, 0.162, 0.0015] },
    // By hand: 4 x 0.01; 3 x 0.02; 2 x 0.02 is less than what came before; 1 x 0.9.
    { p: [0.9, 0.01, 0.02, 0.02], adjusted: [0.9, 0.04, 0.06, 0.06] },
    { p: [0.6, 0.7], adjusted: [1, 1] },
    { p: [0.03], adjusted: [0.03] },
    { p: [0, 1], adjusted: [0, 1] },
    { p: [], adjusted: [] },
  ])("of $p", ({ p, adjusted }) => {
    const result = holm(p);
    expect(result).toHaveLength(adjusted.length);
    for (const [place, value] of adjusted.entries()) expect(result[place]).toBeCloseTo(value, 12);
  });
});
