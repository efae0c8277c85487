import { describe, expect, test } from "vitest";
import { fitRise, type SizedAccuracy } from "../../src/statistics/rise.ts";

describe("the rise of a curve", () => {
  test("by hand", () => {
    // Logs 0, 1, 2 in units of log 4, weights 1, 1, 2 over 0.02²: centre 1.25, squares 2.75, products
    // 0.075 - 0.015 = 0.06; so 0.06 / 2.75 a unit, +- 0.02 / sqrt(2.75), over two units.
    const { value, standardError } = fitRise([
      { n: 50, value: 0.6, standardError: 0.02 },
      { n: 200, value: 0.72, standardError: 0.02 },
      { n: 800, value: 0.66, standardError: 0.02 / Math.SQRT2 },
    ]);
    expect(value).toBeCloseTo((2 * 0.06) / 2.75, 12);
    expect(standardError).toBeCloseTo((2 * 0.02) / Math.sqrt(2.75), 12);
  });

  test("of two points is their difference, with both their errors", () => {
    const { value, standardError } = fitRise([
      { n: 10, value: 0.7, standardError: 0.03 },
      { n: 1000, value: 0.6, standardError: 0.04 },
    ]);
    expect(value).toBeCloseTo(-0.1, 12);
    expect(standardError).toBeCloseTo(0.05, 12);
  });

  test("of points without an error is that of the line through them", () => {
    const points = [0.5, 0.6, 0.7].map(
      (value, place): SizedAccuracy => ({ n: 10 ** place, value, standardError: 0 }),
    );
    expect(fitRise(points).value).toBeCloseTo(0.2, 9);
    expect(fitRise(points).standardError).toBeLessThan(1e-8);
  });

  test.each([[[]], [[{ n: 10, value: 0.5, standardError: 0.1 }]]])(
    "of fewer than two points is none: %j",
    (points) => {
      expect(fitRise(points)).toEqual({ value: 0, standardError: 0 });
    },
  );
});
