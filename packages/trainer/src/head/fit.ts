import { ExpectedError } from "@seedling/core/internal";
import type { LabelledItem, TaskKind } from "../data/examples.ts";
import type { DevMetrics } from "../data/metrics.ts";
import { isBetterTrial, type TrialResult } from "../data/trials.ts";
import type { Head } from "./head.ts";

/** The items that a head is fitted to and chosen by. */
export interface FitData {
  kind: TaskKind;
  train: readonly VectorItem[];
  dev: readonly VectorItem[];
  /** The length of a vector. */
  dimensions: number;
  /** The number of classes; 1 for a choice. */
  outputs: number;
}

/** A head that was fitted. */
export interface FittedHead {
  /** The head of the best trial. */
  head: Head;
  /** The settings of the trial that was best on dev. */
  best: Record<string, number>;
  dev: DevMetrics;
  /** Every trial, in the order of the grid. */
  log: TrialResult[];
}

/** Combines items, at least one of each. */
export function toFitData(
  kind: TaskKind,
  train: readonly VectorItem[],
  dev: readonly VectorItem[],
): FitData {
  const [first] = train;
  const dimensions = first?.vectors[0]?.length ?? 0;
  const outputs = kind === "classes" ? (first?.right.length ?? 0) : 1;
  return { kind, train, dev, dimensions, outputs };
}

/** Trials of a grid. */
export interface HeadTrials<Point extends TrialResult> {
  /** In the order of the grid. */
  log: Point[];
  /** The best of them with its head, the first of equals; null: no loss was finite. */
  best: { point: Point; head: Head } | null;
}

/** Adds trials, one or several, to those before them in the grid. */
export function addTrials<Point extends TrialResult>(
  all: HeadTrials<Point>,
  { log, best }: HeadTrials<Point>,
): void {
  all.log.push(...log);
  if (best && isBetterTrial(best.point, all.best?.point ?? null)) all.best = best;
}

/**
 * Takes the head of the best trial.
 * @param where names the trials, for the error
 * @throws ExpectedError if none has a finite loss
 */
export function takeBestHead<Point extends TrialResult>(
  { log, best }: HeadTrials<Point>,
  toSettings: (point: Point) => Record<string, number>,
  where: string,
): FittedHead {
  if (!best)
    throw new ExpectedError(
      `training failed ${where}: the loss was never finite; are all numbers of the embeddings finite?`,
    );
  const { point, head } = best;
  const { devAccuracy, devLoss, collapsed } = point;
  const dev = { accuracy: devAccuracy ?? 0, loss: devLoss ?? 0, collapsed };
  return { head, best: toSettings(point), dev, log };
}

/** A labelled example as the head reads it. */
export interface VectorItem extends LabelledItem {
  /** "classes": one; "choice": one for each option. */
  vectors: Float32Array[];
}

/** Finds the greatest number of vectors of an item. */
export function countMostVectors(items: readonly VectorItem[]): number {
  return items.reduce((most, { vectors }) => Math.max(most, vectors.length), 0);
}
