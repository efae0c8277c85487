import { findMostFrequent } from "@seedling/core/internal";
import jstat from "jstat";
import type { AnswerColumns } from "../results/results.ts";
import { pairedPermutation } from "./hypothesis-tests.ts";
import { computeClassMetrics } from "./metrics.ts";
import { computeAccuracy, countItems, type Outcomes } from "./outcomes.ts";

/** A classifier counts as better than a constant answer where the one-sided p is at most this. */
export const constantLevel = 0.05;

/** The part of the test items that may stand in the training data before a warning. */
export const mostShared = 0.05;

/**
 * Tests whether runs on the same items are better than always giving the one answer that is right most often: the
 * one-sided p of a paired permutation of items, of a single run McNemar's exact test. The test set chooses the
 * constant: with labels that are about as frequent the test is a little strict.
 */
export function testAgainstConstant(runs: Outcomes, gold: readonly string[]): number {
  const best = findMostFrequent(gold);
  const constant = [Uint8Array.from(gold, (label) => (label === best ? 1 : 0))];
  if (computeAccuracy(runs) <= computeAccuracy(constant)) return 1;
  return pairedPermutation(runs, constant) / 2;
}

/**
 * Tests whether runs are better than a guess among each item's own options: the one-sided binomial p of their mean
 * number of right answers. Where items have different numbers of options, the mean chance gives a larger p than their
 * own chances do (Hoeffding 1956), so that the test is strict.
 * @param chance the mean of 1/k over the items
 */
export function testAgainstGuess(runs: Outcomes, chance: number): number {
  const n = countItems(runs);
  const right = computeAccuracy(runs) * n;
  return right <= chance * n ? 1 : jstat.ibeta(chance, right, n - right + 1);
}

/**
 * What is to be known of one classifier's answers beside their accuracy; fractions in [0, 1].
 * @param chance of a guess where each item has options of its own; null: all have the same labels
 */
export function judgeAnswers(
  { gold, predicted, right, confidence }: AnswerColumns,
  chance: number | null,
) {
  const metrics = computeClassMetrics({ gold, predicted, right, confidence });
  const isFixed = chance === null;
  const p = isFixed ? testAgainstConstant([right], gold) : testAgainstGuess([right], chance);
  return {
    /** Mean recall of the labels; null where options vary. */
    balancedAccuracy: isFixed ? metrics.balancedAccuracy : null,
    /** Mean F1 of the labels; null where options vary. */
    macroF1: isFixed ? metrics.macroF1 : null,
    /** Whether one and the same label was given for every item of several. */
    sameAnswer: isFixed && right.length > 1 && new Set(predicted).size === 1,
    /** One-sided p of being no better than the best constant answer, or than a guess where options vary. */
    constantP: p,
  };
}
