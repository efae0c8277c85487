import { mean } from "@seedling/core";
import { sum } from "./sum.ts";

/** One answer of a classifier with fixed classes; confidence is its largest probability. */
export interface Answer {
  gold: string;
  predicted: string;
  confidence: number;
  right: boolean;
}

/** Figures beside accuracy, all shares in [0, 1] but Matthews', which is in [-1, 1]. */
export interface Metrics {
  accuracy: number;
  /** Mean over the classes that are gold or predicted somewhere; 0 for one never predicted. */
  macroF1: number;
  /** Mean recall over the gold classes. */
  balancedAccuracy: number;
  /** Gorodkin's (2004) R_K, for two classes Matthews' correlation; 0 where it is not defined. */
  matthews: number;
  /** Expected calibration error (Naeini et al. 2015), 15 bins of equal width. */
  calibrationError: number;
}

const bins = 15;

/** @throws RangeError if there is no answer */
export function toMetrics(items: readonly Answer[]): Metrics {
  const gold = countBy(items, (item) => item.gold);
  const predicted = countBy(items, (item) => item.predicted);
  const agreed = countBy(
    items.filter((item) => item.gold === item.predicted),
    (item) => item.gold,
  );
  const classes = [...new Set([...gold.keys(), ...predicted.keys()])];
  const of = (counts: Map<string, number>) => (name: string) => counts.get(name) ?? 0;
  const [ofGold, ofPredicted, ofAgreed] = [gold, predicted, agreed].map(of) as [
    (name: string) => number,
    (name: string) => number,
    (name: string) => number,
  ];
  return {
    accuracy: mean(items.map(({ right }) => Number(right))),
    macroF1: mean(classes.map((name) => (2 * ofAgreed(name)) / (ofGold(name) + ofPredicted(name)))),
    balancedAccuracy: mean([...gold.keys()].map((name) => ofAgreed(name) / ofGold(name))),
    matthews: toMatthews(
      items.length,
      classes.map(ofGold),
      classes.map(ofPredicted),
      sum(agreed.values()),
    ),
    calibrationError: toCalibrationError(items),
  };
}

function toMatthews(n: number, gold: number[], predicted: number[], agreed: number): number {
  const products = gold.reduce((total, count, at) => total + count * (predicted[at] ?? 0), 0);
  const ofGold = n ** 2 - sum(gold.map((count) => count ** 2));
  const ofPredicted = n ** 2 - sum(predicted.map((count) => count ** 2));
  if (ofGold === 0 || ofPredicted === 0) return 0;
  return (agreed * n - products) / Math.sqrt(ofGold * ofPredicted);
}

function toCalibrationError(items: readonly Answer[]): number {
  const gaps = new Float64Array(bins);
  for (const { confidence, right } of items) {
    const bin = Math.min(bins - 1, Math.floor(confidence * bins));
    gaps[bin] = (gaps[bin] ?? 0) + confidence - Number(right);
  }
  return sum(gaps.map(Math.abs)) / items.length;
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}
