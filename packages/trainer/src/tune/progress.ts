import { ExpectedError, renderSeconds, renderWhole } from "@seedling/core/internal";
import type { TrialSettings } from "../data/trials.ts";
import { renderSettings, type TuneOptions } from "./tune.ts";

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

/** Milliseconds between lines. */
const every = 15_000;

/**
 * Tells where a training stands in a line now and then, with the time that is left at most: points may
 * end early.
 * @param now the time in milliseconds
 * @returns what is told of each step and of scoring, and of the share of the whole work that is done, 0 to 1
 */
export function createTuningLog(
  log: (line: string) => void,
  now: () => number = Date.now,
): (told: StepProgress | ScoringProgress, done: number) => void {
  let last = now();
  let start: { at: number; done: number } | null = null;
  return (told, done) => {
    start ??= { at: now(), done };
    if (now() - last < every || done <= start.done) return;
    last = now();
    const perShare = (last - start.at) / (done - start.done);
    const left = renderSeconds(((1 - done) * perShare) / 1000);
    log(
      `  ${renderSettings(told)}: epoch ${told.epoch}, ${renderPlace(told)}; about ${left} left at most`,
    );
  };
}

function renderPlace(told: StepProgress | ScoringProgress): string {
  if ("step" in told) return `step ${told.step} of ${told.steps}, loss ${told.loss.toFixed(3)}`;
  return `${renderWhole(told.scored)} of ${renderWhole(told.items)} dev items scored`;
}

/** What the cost of a training step depends on, but for its length. */
export interface StepManner {
  /** Layers of the encoder. */
  layers: number;
  /** Lower layers that are left as they are. */
  freeze: number;
  /** Whether layers are computed twice. */
  recompute: boolean;
}

/**
 * What training on an item costs, in passes forward through the whole encoder; scoring one costs 1. The
 * way back takes two matrix products for each one of the way there, through the trained layers alone.
 */
export function computeTrainingCost({ layers, freeze, recompute }: StepManner): number {
  const trained = Math.max(0, layers - freeze) / layers;
  return 1 + (recompute ? 3 : 2) * trained;
}

/** @throws ExpectedError if more layers are to be frozen than an encoder has */
export function checkFreeze(freeze: number, layers: number, encoder: string): void {
  if (freeze > layers)
    throw new ExpectedError(
      `--freeze ${freeze}: expected at most the ${layers} layers of ${encoder}`,
    );
}
