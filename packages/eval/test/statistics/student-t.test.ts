import { describe, expect, test } from "vitest";
import {
  computePower,
  findRoot,
  minimumDetectable,
  tQuantile,
  tTwoSided,
} from "../../src/statistics/student-t.ts";

describe("Student's t", () => {
  // scipy 1.17: stats.t.ppf(.975, df), stats.t.ppf(.8, df), 2 * stats.t.sf(2.5, df); the normal for the last.
  test.each([
    { df: 1, upper: 12.70620474, eighth: 1.37638192, p: 0.24223788 },
    { df: 1.3, upper: 7.50052933, eighth: 1.21625026, p: 0.19328077 },
    { df: 2, upper: 4.30265273, eighth: 1.06066017, p: 0.12961172 },
    { df: 2.7, upper: 3.39214838, eighth: 0.99588938, p: 0.09707941 },
    { df: 4, upper: 2.77644511, eighth: 0.94096458, p: 0.06676655 },
    { df: 100, upper: 1.98397152, eighth: 0.84523042, p: 0.01404579 },
    { df: 1e5, upper: 1.95998771, eighth: 0.84162483, p: 0.01242092 },
    { df: Infinity, upper: 1.95996398, eighth: 0.84162123, p: 0.01241933 },
  ])("with $df degrees of freedom", ({ df, upper, eighth, p }) => {
    expect(tQuantile(0.975, df)).toBeCloseTo(upper, 6);
    expect(tQuantile(0.8, df)).toBeCloseTo(eighth, 6);
    expect(tQuantile(0.025, df)).toBeCloseTo(-upper, 6);
    expect(tTwoSided(2.5, df)).toBeCloseTo(p, 7);
    expect(tTwoSided(-2.5, df)).toBeCloseTo(p, 7);
    expect(tTwoSided(0, df)).toBeCloseTo(1, 7);
  });
});

test.each([
  { what: "a line", value: (x: number) => 3 * x - 6, near: [0, 1] as const, root: 2 },
  { what: "a square", value: (x: number) => x * x - 2, near: [1, 2] as const, root: Math.SQRT2 },
  { what: "a point already there", value: (x: number) => x, near: [1, 0] as const, root: 0 },
])("the root of $what", ({ value, near, root }) => {
  expect(findRoot(value, near, 1e-12)).toBeCloseTo(root, 10);
});

test("a function without a root comes to an end", () => {
  expect(findRoot((x) => x * x + 1, [1, 2], 1e-12)).toEqual(expect.any(Number));
});

describe("power", () => {
  test.each([
    // R's help of power.t.test: two groups of 20, delta 1, sd 1; and 22.02110 a group for power 0.90.
    { effect: 1, standardError: Math.sqrt(2 / 20), df: 38, found: 0.8689528 },
    { effect: 1, standardError: Math.sqrt(2 / 22.0211), df: 42.0422, found: 0.9 },
    // scipy 1.17: stats.nct.sf(t, df, effect) + stats.nct.cdf(-t, df, effect), t = stats.t.ppf(.975, df).
    { effect: 2, standardError: 1, df: 1, found: 0.12575632 },
    { effect: -2, standardError: 1, df: 1, found: 0.12575632 },
    // By hand: nothing to find is found in 5 %; a normal at 1.959964 in half of all.
    { effect: 0, standardError: 3, df: 4, found: 0.05 },
    { effect: 1.959964, standardError: 1, df: Infinity, found: 0.5 + 0.00004 },
    { effect: 1e3, standardError: 1, df: 1, found: 1 },
  ])("of $effect at $standardError, $df degrees", ({ effect, standardError, df, found }) => {
    expect(computePower(effect / standardError, df)).toBeCloseTo(found, 3);
  });
});

describe("the minimum detectable effect", () => {
  test.each([
    // scipy 1.17: the root of stats.nct.sf(stats.t.ppf(.975, df), df, effect) - .8.
    { df: 1, effect: 16.334009 },
    { df: 2, effect: 5.653489 },
    { df: 4, effect: 3.76106 },
    { df: 20, effect: 2.94547 },
    // Bloom 1995: 2.8 standard errors, the sum of the normal's quantiles 1.95996 and 0.84162.
    { df: Infinity, effect: 2.801585 },
  ])("of a standard error with $df degrees", ({ df, effect }) => {
    expect(minimumDetectable({ standardError: 0.02, df }) / 0.02 / effect).toBeCloseTo(1, 3);
  });

  test.each([2, 7.5, 114])("is what is found with power 0.8, of %d degrees", (df) => {
    expect(computePower(minimumDetectable({ standardError: 1, df }), df)).toBeCloseTo(0.8, 6);
  });
});
