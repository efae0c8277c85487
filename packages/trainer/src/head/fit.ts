import { ExpectedError } from "@seedling/core/internal";
import type { LabelledItem } from "../data/examples.ts";
import { isBetterTrial, pickSettings, renderTrial, type TrialResult } from "../data/trials.ts";
import type { Head } from "./head.ts";

/** The items that a head is fitted to and chosen by. */
export interface FitData {
  train: readonly VectorItem[];
  dev: readonly VectorItem[];
  /** The length of a vector. */
  dimensions: number;
  /** The number of classes; 1 for a choice. */
  outputs: number;
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

/** Takes the best trial with its head. @throws ExpectedError if none has a finite loss */
export function takeBestHead<Point extends TrialResult>({ log, best }: HeadTrials<Point>) {
  if (best) return { log, ...best };
  const settings = log.map((point) => renderTrial(pickSettings(point)));
  throw new ExpectedError(
    `training failed in every trial (${settings.join("; ")}): the loss was never finite; are all numbers of the embeddings finite?`,
  );
}

/** A labelled example as the head reads it. */
export interface VectorItem extends LabelledItem {
  /** "classes": one; "choice": one for each option. */
  vectors: Float32Array[];
}
