import { describe, expect, it, test } from "vitest";
import type { EvaluationManifest } from "../src/results/evaluation-manifest.ts";
import { renderEvaluation } from "../src/run/evaluation-line.ts";
import { judgeAnswers, testAgainstConstant, testAgainstGuess } from "../src/statistics/constant.ts";
import { evaluation } from "./manifests.ts";

const texts = (counts: Record<string, number>) =>
  Object.entries(counts).flatMap(([text, n]) => Array<string>(n).fill(text));
const marks = (pattern: string) => Uint8Array.from(pattern, Number);

describe("one-sided p against the best constant answer", () => {
  // Gold a x 6, b x 4: always a is right on the first six.
  const gold = texts({ a: 6, b: 4 });
  test.each([
    ["as the constant itself", "1111110000", 1],
    ["worse than it", "0111110000", 1],
    // Four items more, none less: 1/2^4.
    ["all right", "1111111111", 1 / 16],
    // Four more, one less: P(4 or 5 of 5 heads) = 6/32.
    ["four more, one less", "0111111111", 6 / 32],
  ])("%s", (_, right, p) => {
    expect(testAgainstConstant([marks(right)], gold)).toBeCloseTo(p, 12);
  });
  test("of a guess among two options, nine of ten: 11/1024; not above chance: 1", () => {
    expect(testAgainstGuess([marks("1111111110")], 0.5)).toBeCloseTo(11 / 1024, 9);
    expect(testAgainstGuess([marks("1111100000")], 0.5)).toBe(1);
  });
});

test("answers are judged beside their accuracy", () => {
  const gold = texts({ a: 2, b: 1, c: 1 });
  const predicted = ["a", "a", "a", "a"];
  const columns = { gold, predicted, right: marks("1100"), confidence: new Float64Array(4) };
  expect(judgeAnswers(columns, null)).toEqual({
    balancedAccuracy: 1 / 3,
    // a: 2 * 2 / (2 + 4); b and c never right.
    macroF1: (2 / 3 + 0 + 0) / 3,
    sameAnswer: true,
    constantP: 1,
  });
  expect(judgeAnswers(columns, 0.25)).toMatchObject({ macroF1: null, sameAnswer: false });
});

describe("the line of an evaluation", () => {
  const judged = { balancedAccuracy: 0.25, macroF1: 0.1, sameAnswer: false, constantP: 0.001 };
  const line = (trained: Record<string, number>, test: Partial<EvaluationManifest["test"]>) =>
    renderEvaluation(evaluation({ train: { labels: trained }, test }));
  const four = { card: 30, fee: 10, lost: 40, refund: 20 };
  const fixed = { options: "fixed", optionCount: 4, labels: four, n: 100, shared: null } as const;

  it("has the constant answers, the metrics of more than two labels, and the verdict", () => {
    expect(line({ card: 5, fee: 3, lost: 2, refund: 1 }, { ...fixed, correct: 62, judged })).toBe(
      '62 of 100 right: 62.0 % (95 % interval 52.2–70.9), always "card", most frequent in training, 30.0 %, always "lost", the best constant, 40.0 %, balanced accuracy 25.0 %, macro-F1 10.0 %',
    );
    const bad = { ...judged, sameAnswer: true, constantP: 1 };
    const same = { card: 2, fee: 2, lost: 2, refund: 2 };
    expect(line(same, { ...fixed, correct: 30, judged: bad })).toBe(
      '30 of 100 right: 30.0 % (95 % interval 21.9–39.6), a guess between the 4 labels most frequent in training 25.0 %, always "lost", the best constant, 40.0 %, balanced accuracy 25.0 %, macro-F1 10.0 %; all 100 answers alike; NOT BETTER than the constant answer (one-sided p 1.000)',
    );
  });

  it("has one figure where that of training is the best", () => {
    const labels = { card: 25, fee: 25, lost: 25, refund: 25 };
    const even = { ...fixed, labels, correct: 62, judged };
    expect(line({ card: 2, fee: 2, lost: 2, refund: 2 }, even)).toContain(
      "52.2–70.9), a constant answer 25.0 %, balanced",
    );
    expect(line({ refund: 5, fee: 2 }, even)).toContain('), always "refund" 25.0 %, balanced');
    expect(line({ lost: 5, fee: 5 }, { ...even, labels: four })).toContain(
      '), a guess between the 2 labels most frequent in training 25.0 %, always "lost", the best',
    );
  });

  it.each([
    [1, /; 1 test item \(1\.0 %\) stands in the training data, or nearly$/],
    [5, /; 5 test items \(5\.0 %\) stand in the training data, or nearly$/],
    [6, /; WARNING: 6 test items \(6\.0 %\) stand in the training data, or nearly: on new texts/],
  ])("names %i items that stand in the training data", (train, words) => {
    const shared = { dev: 0, train };
    expect(line({ lost: 4, fee: 1 }, { ...fixed, correct: 62, judged, shared })).toMatch(words);
  });

  it("of options that vary stands beside a guess; of an earlier version it has what is known", () => {
    const varying = {
      options: "varying",
      optionCount: 5,
      labels: null,
      n: 100,
      shared: null,
    } as const;
    const none = { ...judged, balancedAccuracy: null, macroF1: null, constantP: 0.2 };
    const manifest = evaluation({
      train: { labels: null },
      test: { ...varying, correct: 22, judged: none },
    });
    expect(renderEvaluation(manifest)).toBe(
      "22 of 100 right: 22.0 % (95 % interval 15.0–31.1), a guess 20.0 %; NOT BETTER than a guess (one-sided p 0.200)",
    );
    expect(line({ lost: 4, fee: 1 }, { ...fixed, correct: 62 })).toBe(
      '62 of 100 right: 62.0 % (95 % interval 52.2–70.9), always "lost" 40.0 %',
    );
  });
});
