import { computeTrainingCost } from "./step-cost.ts";
import type { TrialSettings, TuneOptions } from "./tune.ts";

/** A step, as the log and the user are told of it. */
export interface StepProgress extends TrialSettings {
  /** From 1. */
  epoch: number;
  /** Of the point, from 1. */
  step: number;
  /** Of the point. */
  steps: number;
  loss: number;
  /** The length of the gradient before it was cut. */
  gradient: number;
  rate: number;
}

/** How far the scoring of dev is after an epoch, as the user is told of it. */
export interface ScoringProgress extends TrialSettings {
  epoch: number;
  scored: number;
  /** How many there are. */
  items: number;
}

/** Where a training stands. */
export interface TuningPosition {
  /** Grid points that are over. */
  done: number;
  /** Of the point that is trained, from 1. */
  epoch: number;
  /** Items of the epoch that were trained on, and items of dev that were scored after it. */
  trained: number;
  scored: number;
}

/** The share of the whole work that is done, 0 to 1, by the passes forward that it takes. */
export function computeFractionDone(
  { config, freeze, recompute, train, dev, epochs, grid }: TuneOptions,
  { done, epoch, trained, scored }: TuningPosition,
): number {
  const cost = computeTrainingCost({ layers: config.layers, freeze, recompute });
  const perEpoch = cost * train.length + dev.length;
  const here = (epoch - 1) * perEpoch + cost * trained + scored;
  return (done + here / (epochs * perEpoch)) / grid.length;
}
