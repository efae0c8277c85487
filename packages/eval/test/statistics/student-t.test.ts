import { describe, expect, test } from "vitest";
import { tQuantile, tTwoSided } from "../../src/statistics/student-t.ts";

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
