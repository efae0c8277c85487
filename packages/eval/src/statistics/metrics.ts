import { mean } from "@seedling/core/internal";
import { sum } from "./aggregate.ts";

/** One answer of a classifier with fixed classes; confidence is its largest probability. */
export interface PredictedClass {
  gold: string;
  /** Empty: it chose no class. */
  predicted: string;
  confidence: number;
  right: boolean;
}

/** Metrics, fractions in [0, 1] but for Matthews', which is in [-1, 1]. */
export interface Metrics {
  accuracy: number;
  /** Mean over the classes that are gold or predicted somewhere; 0 for one never right. No answer is no class. */
  macroF1: number;
  /** Mean recall over the gold classes. */
  balancedAccuracy: number;
  /** Gorodkin's (2004) R_K, for two classes Matthews' correlation; 0 where it is not defined. */
  matthews: number;
  /** Expected calibration error (Naeini et al. 2015), 15 bins of equal width. */
  calibrationError: number;
}

/** Items of a class: as gold, as predicted, and as both. */
interface ClassCounts {
  gold: number;
  predicted: number;
  agreed: number;
}

const bins = 15;

/** @throws RangeError if there is no answer */
export function computeClassMetrics(answers: readonly PredictedClass[]): Metrics {
  const counts = countClasses(answers);
  const all = [...counts.values()];
  counts.delete("");
  const classes = [...counts.values()];
  const golds = classes.filter(({ gold }) => gold > 0);
  return {
    accuracy: mean(answers.map(({ right }) => Number(right))),
    macroF1: mean(classes.map(({ gold, predicted, agreed }) => (2 * agreed) / (gold + predicted))),
    balancedAccuracy: mean(golds.map(({ gold, agreed }) => agreed / gold)),
    matthews: computeMatthews(all, answers.length),
    calibrationError: computeCalibrationError(answers),
  };
}

function countClasses(answers: readonly PredictedClass[]): Map<string, ClassCounts> {
  const classes = new Map<string, ClassCounts>();
  const at = (name: string) => {
    const counts = classes.get(name) ?? { gold: 0, predicted: 0, agreed: 0 };
    classes.set(name, counts);
    return counts;
  };
  for (const { gold, predicted } of answers) {
    at(gold).gold++;
    at(predicted).predicted++;
    if (gold === predicted) at(gold).agreed++;
  }
  return classes;
}

function computeMatthews(classes: readonly ClassCounts[], n: number): number {
  const total = (term: (counts: ClassCounts) => number) => sum(classes.map(term));
  const ofGold = n ** 2 - total(({ gold }) => gold ** 2);
  const ofPredicted = n ** 2 - total(({ predicted }) => predicted ** 2);
  if (ofGold === 0 || ofPredicted === 0) return 0;
  const common = n * total(({ agreed }) => agreed) - total((of) => of.gold * of.predicted);
  return common / Math.sqrt(ofGold * ofPredicted);
}

function computeCalibrationError(answers: readonly PredictedClass[]): number {
  const gaps = new Float64Array(bins);
  for (const { confidence, right } of answers) {
    const bin = Math.min(bins - 1, Math.floor(confidence * bins));
    gaps[bin] = (gaps[bin] ?? 0) + confidence - Number(right);
  }
  return sum(gaps.map(Math.abs)) / answers.length;
}
