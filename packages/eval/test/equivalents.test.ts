import { describe, expect, test } from "vitest";
import { renderTerminal } from "../src/render/terminal.ts";
import type { EvaluationManifest } from "../src/results/evaluation-manifest.ts";
import { analysisOf, type Changes, sized } from "./analysis-of.ts";
import { evaluation, seeded } from "./manifests.ts";

describe("human-equivalent N", () => {
  // 60, 70 and 80 % of 1,000 at 100, 1,000 and 10,000 human examples.
  const many = { n: 1000, labels: { True: 500, False: 500 } };
  const at = (n: number, correct: number, change: Changes = {}) =>
    sized(n, 0, { test: { ...many, correct }, ...change });
  const curve = [at(100, 600), at(1000, 700), at(10000, 800)];
  const created = (correct: number) => evaluation({ test: { ...many, correct } });

  test.each([
    ["on the curve", 700, 1000],
    ["half way between two points, in log N", 650, 100 * 10 ** 0.5],
    ["below it", 500, "below"],
    ["above it", 900, "above"],
  ] as const)("of a created set %s", (_, correct, n) => {
    const [equivalent] = analysisOf(...curve, created(correct)).equivalents;
    if (typeof n === "number") expect(equivalent?.n).toBeCloseTo(n);
    else expect(equivalent?.n).toBe(n);
    expect(equivalent?.curve.map((point) => point.n)).toEqual([100, 1000, 10000]);
  });

  test("outside the curve is said as less or more than was measured", () => {
    expect(analysisOf(...curve, created(500)).equivalents[0]?.sentence).toMatch(
      /^< 100 human examples/,
    );
    expect(analysisOf(...curve, created(900)).equivalents[0]?.sentence).toMatch(/^> 10,000 human/);
  });

  test.each([
    ["that falls", [570, 540, 500], "does not rise: 57.0 % at 100, 50.0 % at 10,000"],
    ["within its error", [500, 505, 510], "is not shown to rise: 50.0 % at 100, 51.0 % at 10,000"],
  ])("by a human curve %s is not determined, and says why", (_, corrects, why) => {
    const points = corrects.map((correct, place) => at(100 * 10 ** place, correct));
    const view = analysisOf(...points, created(538));
    expect(view.equivalents[0]).toMatchObject({
      n: null,
      low: null,
      high: null,
      sentence: `not determined: the human curve ${why}`,
    });
    expect(renderTerminal(view).replace(/\s+/g, " ")).toContain(
      `100 tree examples of yesno_close/creak: their human-equivalent N is not determined: the human curve ${why}`,
    );
  });

  test("takes of rows of one size the one that counts, as the tables do", () => {
    const repeat = at(1000, 790, { createdAt: "2026-02-01T00:00:00Z" });
    const short = [1, 2].map((seed) =>
      at(1000, 780, { train: { n: 1000, target: 1200 }, ...seeded(seed) }),
    );
    const [equivalent] = analysisOf(...curve, repeat, ...short, created(650)).equivalents;
    expect(equivalent?.curve.map(({ accuracy }) => accuracy)).toEqual([0.6, 0.7, 0.8]);
  });

  test("takes random parts as sizes, and no prefix", () => {
    const part = (fractionBy: string) =>
      at(500, 660, {
        conditions: { fraction: 0.5, ...(fractionBy === "random" && { fractionBy }) },
      });
    const sizes = (one: EvaluationManifest) =>
      analysisOf(...curve, one, created(650)).equivalents[0]?.curve.map((point) => point.n);
    expect(sizes(part("random"))).toEqual([100, 500, 1000, 10000]);
    expect(sizes(part("prefix"))).toEqual([100, 1000, 10000]);
  });

  test("needs two sizes", () => {
    expect(analysisOf(at(100, 600), created(650)).equivalents).toEqual([]);
  });
});
