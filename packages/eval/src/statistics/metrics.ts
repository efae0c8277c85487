import { computeCalibrationError, mean } from "@seedling/core/internal";
import { sum } from "d3-array";
import type { AnswerColumns } from "../results/results.ts";
import { type ClassCounts, countClasses, countConfusions } from "./confusion.ts";

/**
 * Metrics other than accuracy, fractions in [0, 1] but for Matthews', which is in [-1, 1]. The first
 * three need fixed classes.
 * @throws RangeError if there is no answer
 */
export function computeClassMetrics(items: AnswerColumns) {
  const { gold, confidence, right } = items;
  const counts = countClasses(countConfusions([items]));
  const all = [...counts.values()];
  counts.delete("");
  const classes = [...counts.values()];
  const golds = classes.filter(({ gold }) => gold > 0);
  return {
    /** Mean over the classes that are gold or predicted somewhere; 0 for one never right. No answer is no class. */
    macroF1: mean(classes.map(({ gold, predicted, agreed }) => (2 * agreed) / (gold + predicted))),
    /** Mean recall over the gold classes. */
    balancedAccuracy: mean(golds.map(({ gold, agreed }) => agreed / gold)),
    /** Gorodkin's (2004) R_K, for two classes Matthews' correlation; 0 where it is not defined. */
    matthews: computeMatthews(all, gold.length),
    calibrationError: computeCalibrationError(confidence, right),
  };
}

function computeMatthews(classes: readonly ClassCounts[], n: number): number {
  const total = (term: (counts: ClassCounts) => number) => sum(classes, term);
  const ofGold = n ** 2 - total(({ gold }) => gold ** 2);
  const ofPredicted = n ** 2 - total(({ predicted }) => predicted ** 2);
  if (ofGold === 0 || ofPredicted === 0) return 0;
  const common = n * total(({ agreed }) => agreed) - total((of) => of.gold * of.predicted);
  return common / Math.sqrt(ofGold * ofPredicted);
}
