import { describe, expect, test } from "vitest";
import { computeClassMetrics } from "../../src/statistics/metrics.ts";

/** Answers, a letter each; a blank chooses none. */
function answersOf(gold: string, predicted: string, confidence = [...gold].map(() => 1)) {
  const answers = [...predicted].map((label) => label.trim());
  return {
    gold: [...gold],
    predicted: answers,
    confidence: Float64Array.from(confidence),
    right: Uint8Array.from(gold, (label, item) => (label === answers[item] ? 1 : 0)),
  };
}

describe("figures beside accuracy", () => {
  // scikit-learn 1.9: f1_score(average="macro", zero_division=0), balanced_accuracy_score,
  // matthews_corrcoef of the letters.
  test.each([
    {
      what: "three classes",
      gold: "aaaabbbccccc",
      predicted: "aabcbbacccab",
      expected: [0.5793651, 0.5888889, 0.3789685],
    },
    {
      what: "two classes",
      gold: "ttttttffff",
      predicted: "ttttfftfff",
      expected: [0.6969697, 0.7083333, 0.4082483],
    },
    {
      what: "one class predicted always",
      gold: "aaabbc",
      predicted: "aaaaaa",
      expected: [0.2222222, 0.3333333, 0],
    },
    {
      what: "a class that is never gold",
      gold: "aabb",
      predicted: "acbb",
      expected: [0.5555556, 0.75, 0.6708204],
    },
    { what: "one class only", gold: "aaa", predicted: "aaa", expected: [1, 1, 0] },
    { what: "all wrong", gold: "ab", predicted: "ba", expected: [0, 0, -1] },
  ])("$what", ({ gold, predicted, expected }) => {
    const metrics = computeClassMetrics(answersOf(gold, predicted));
    const figures = [metrics.macroF1, metrics.balancedAccuracy, metrics.matthews];
    for (const [place, value] of expected.entries()) expect(figures[place]).toBeCloseTo(value, 6);
  });

  test("no answer is wrong, and no class of its own", () => {
    // F1 of a: 2 x 2 / (3 + 2); of b: 2 x 2 / (2 + 2). Recalls 2/3 and 1.
    const { macroF1, balancedAccuracy } = computeClassMetrics(answersOf("aaabb", "aa bb"));
    expect(macroF1).toBe(0.9);
    expect(balancedAccuracy).toBeCloseTo(5 / 6, 12);
  });

  test("calibration error, by hand", () => {
    // Bins of 1/15: 0.95 and 0.99 share the last (gap 0.06 of 2), the six others are alone.
    const confidence = [0.95, 0.99, 0.55, 0.62, 0.71, 0.81, 0.35, 0.47];
    const answers = answersOf("aaaaaaaa", "aabaabba", confidence);
    const gaps = 0.06 + 0.55 + 0.38 + 0.29 + 0.81 + 0.35 + 0.53;
    expect(computeClassMetrics(answers).calibrationError).toBeCloseTo(gaps / 8, 12);
  });

  test("calibration error takes a bin's answers together: right half the time at 0.5", () => {
    const answers = answersOf("aa", "ab", [0.5, 0.5]);
    expect(computeClassMetrics(answers).calibrationError).toBeCloseTo(0, 12);
  });

  test("nothing to measure is refused", () => {
    expect(() => computeClassMetrics(answersOf("", ""))).toThrow(RangeError);
  });
});
