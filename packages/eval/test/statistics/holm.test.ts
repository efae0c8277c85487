import { describe, expect, test } from "vitest";
import { holm } from "../../src/statistics/holm.ts";

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

  test.each([[-0.1], [1.1], [Number.NaN]])("of %d is refused", (p) => {
    expect(() => holm([0.5, p])).toThrow(RangeError);
  });
});
