import { openRandom } from "@seedling/core";
import { describe, expect, test } from "vitest";
import { type CurvePoint, equivalentSize } from "../../src/statistics/equivalent-size.ts";

const curve: CurvePoint[] = [
  { n: 100, value: 0.6, standardError: 0.01 },
  { n: 400, value: 0.7, standardError: 0.01 },
  { n: 1600, value: 0.75, standardError: 0.01 },
];

function sizeOf(value: number, standardError = 0, points: readonly CurvePoint[] = curve) {
  const random = openRandom("equivalent size", value);
  return equivalentSize(points, { value, standardError }, { draws: 2000, random });
}

describe("a created set is worth as many human examples", () => {
  test.each([
    // Half of the way up between two sizes, in log n: their geometric mean.
    { value: 0.65, n: 200 },
    { value: 0.725, n: 800 },
    { value: 0.6, n: 100 },
    { value: 0.75, n: 1600 },
    { value: 0.599, n: "below" },
    { value: 0.751, n: "above" },
  ])("as give $value: $n", ({ value, n }) => {
    const size = sizeOf(value);
    if (typeof n === "string") expect(size.n).toBe(n);
    else expect(size.n).toBeCloseTo(n, 6);
  });

  test("a dip of the curve is levelled by its weights", () => {
    // 0.72 (weight 1) and 0.66 (weight 2) become 0.68; 0.68 is first reached at 200, 0.64 half of the way there.
    const dip = [
      { n: 50, value: 0.6, standardError: 0.02 },
      { n: 200, value: 0.72, standardError: 0.02 },
      { n: 800, value: 0.66, standardError: 0.02 / Math.SQRT2 },
    ];
    expect(sizeOf(0.68 - 1e-9, 0, dip).n).toBeCloseTo(200, 3);
    expect(sizeOf(0.64, 0, dip).n).toBeCloseTo(100, 6);
    expect(sizeOf(0.69, 0, dip).n).toBe("above");
  });

  test("with an interval like the one by hand where only the created accuracy is uncertain", () => {
    // 0.65 +- 1.96 x 0.01 on an exact line: 100 x 4^((value - 0.6) / 0.1).
    const exact = curve.map((point) => ({ ...point, standardError: 0 }));
    const { low, high } = sizeOf(0.65, 0.01, exact);
    expect(Number(low) / (100 * 4 ** 0.304)).toBeCloseTo(1, 1);
    expect(Number(high) / (100 * 4 ** 0.696)).toBeCloseTo(1, 1);
  });

  test("with an open end where it may lie outside the curve", () => {
    expect(sizeOf(0.605, 0.01).low).toBe("below");
    expect(sizeOf(0.745, 0.01).high).toBe("above");
    expect(sizeOf(0.9, 0.001)).toEqual({ n: "above", low: 1600, high: "above" });
    expect(sizeOf(0.3, 0.001)).toEqual({ n: "below", low: "below", high: 100 });
  });

  test("the same draws give the same digits, in any order of the points", () => {
    expect(sizeOf(0.66, 0.01, [...curve].reverse())).toEqual(sizeOf(0.66, 0.01));
  });

  test.each([
    ["no point", []],
    ["a size twice", [curve[0], curve[0]]],
    ["no size", [{ n: 0, value: 0.5, standardError: 0.1 }]],
  ])("%s is refused", (_, points) => {
    expect(() => sizeOf(0.6, 0, points as CurvePoint[])).toThrow(RangeError);
  });
});
