import { renderSeconds, renderWhole } from "@seedling/core/internal";
import { renderTrial, type TrialSettings } from "../data/trials.ts";

/** A step, as a line of the log. */
export interface StepProgress extends TrialSettings {
  /** From 1. */
  epoch: number;
  /** Of the trial, from 1. */
  step: number;
  /** Steps of the trial. */
  steps: number;
  loss: number;
  /** The gradient's norm, before it was clipped. */
  gradient: number;
  /** The learning rate. */
  rate: number;
}

/** How far the scoring of dev items is after an epoch. */
export interface ScoringProgress extends TrialSettings {
  epoch: number;
  scored: number;
  /** Items in all. */
  items: number;
}

/** Is called after each step and batch of scoring. @param done the fraction of the whole work, 0 to 1 */
export type OnTuningProgress = (now: StepProgress | ScoringProgress, done: number) => void;

/** Milliseconds between lines. */
const every = 15_000;

/**
 * Creates a progress log: a line now and then, with the time left at most by the speed measured so far;
 * trials may end early.
 * @param now the time in milliseconds
 */
export function createTuningLog(
  log: (line: string) => void,
  now: () => number = Date.now,
): OnTuningProgress {
  let last = now();
  let start: { at: number; done: number } | null = null;
  return (progress, done) => {
    start ??= { at: now(), done };
    if (now() - last < every || done <= start.done) return;
    last = now();
    const wholeTime = (last - start.at) / (done - start.done);
    const left = renderSeconds(((1 - done) * wholeTime) / 1000);
    const { learningRate, batchSize, epoch } = progress;
    log(
      `  ${renderTrial({ learningRate, batchSize })}: epoch ${epoch}, ${renderPosition(progress)}; about ${left} left at most`,
    );
  };
}

function renderPosition(progress: StepProgress | ScoringProgress): string {
  if ("step" in progress)
    return `step ${progress.step} of ${progress.steps}, loss ${progress.loss.toFixed(3)}`;
  return `${renderWhole(progress.scored)} of ${renderWhole(progress.items)} dev items scored`;
}
