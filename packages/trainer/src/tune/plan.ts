import { ExpectedError, type Flags, renderSeconds } from "@seedling/core/internal";
import { listTrials, type TrialSettings } from "../data/trials.ts";
import { planSteps } from "./schedule.ts";

/** What a full tuning does. */
export interface TuningPlan extends Pick<Flags, "weightDecay" | "clip" | "freeze" | "earlyStop"> {
  /** The trials, in their order: each a fresh start with its own settings. */
  grid: readonly TrialSettings[];
  /** At most, for each trial. */
  epochs: number;
  /** Warm-up of the learning rate: a fraction of the steps if below 1, else a number of steps. */
  warmUp: number;
  /** Items that are drawn together, several of which make up a batch; null: the batch itself. */
  microBatch: number | null;
  /** Parts that a step's batch is computed in. */
  parts: number;
}

interface Recipe extends Pick<TuningPlan, "epochs" | "warmUp" | "microBatch"> {
  learningRates: readonly number[];
  batchSizes: readonly number[];
}

/** What a full tuning tries, and for how long, where flags do not say it. */
const recipes: Record<Flags["recipe"], Recipe> = {
  default: {
    learningRates: [5e-6, 1e-5, 2e-5],
    batchSizes: [16],
    epochs: 10,
    warmUp: 0.06,
    microBatch: null,
  },
  /** The grid of Lee et al. 2023; the warm-up is ours, since none is known of theirs. */
  paper: {
    learningRates: [5e-7, 1e-6, 3e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 3e-4],
    batchSizes: [4, 8, 16],
    epochs: 10,
    warmUp: 0.06,
    microBatch: null,
  },
  /**
   * The original's script/train.sh and loop_example.sh: batches of 4, 16 of them a step, and 100
   * steps of warm-up, more than a small task has steps.
   */
  script: {
    learningRates: [5e-6, 1e-5, 2e-5],
    batchSizes: [64],
    epochs: 10,
    warmUp: 100,
    microBatch: 4,
  },
};

/** Options of a full tuning, by the names of their flags. */
export interface TuningFlags
  extends Pick<
    Flags,
    "recipe" | "epochs" | "warmUp" | "weightDecay" | "clip" | "freeze" | "accumulate" | "earlyStop"
  > {
  /** The grid; null: the recipe's. */
  learningRates: readonly number[] | null;
  batchSize: readonly number[] | null;
}

/** Plans a full tuning: the recipe, with what the flags give themselves. */
export function planTuning(flags: TuningFlags): TuningPlan {
  const recipe = recipes[flags.recipe];
  const { weightDecay, clip, freeze, accumulate: parts, earlyStop } = flags;
  return {
    grid: listTrials(
      flags.learningRates ?? recipe.learningRates,
      flags.batchSize ?? recipe.batchSizes,
    ),
    epochs: flags.epochs ?? recipe.epochs,
    warmUp: flags.warmUp ?? recipe.warmUp,
    microBatch: recipe.microBatch,
    weightDecay,
    clip,
    freeze,
    parts,
    earlyStop,
  };
}

/** Counts all steps of a tuning, if no trial ends early. @param n examples to train on */
export function countSteps(plan: TuningPlan, n: number): number {
  return plan.grid.flatMap(({ batchSize }) => planSteps(n, batchSize, plan).ends.flat()).length;
}

/** Counts each trial's epochs: fewer than planned, where the steps' count leaves none for the last. */
export function countEpochs(plan: TuningPlan, n: number): number[] {
  return plan.grid.map(({ batchSize }) => planSteps(n, batchSize, plan).ends.length);
}

/** A tuning's work, to be counted in forward passes of one item through the encoder. */
interface TuningWork extends Pick<TuningPlan, "freeze"> {
  /** At most, of each trial. */
  epochs: readonly number[];
  /** Layers of the encoder. */
  layers: number;
  /** Whether layers are computed twice. */
  recompute: boolean;
  /** Items to train on, and dev items scored after each epoch. */
  train: number;
  dev: number;
}

/** How far a tuning is. */
export interface TuningPosition {
  /** Trials that are over. */
  done: number;
  /** Of the present trial, from 1. */
  epoch: number;
  /** Items of the epoch that were trained on, and dev items scored after it. */
  trained: number;
  scored: number;
}

/**
 * Counts forward passes: of the whole tuning, or up to a position. Scoring an item takes one; training on
 * it one more and, on the way back through the trained layers alone, two matrix products for each one of the way there.
 */
export function countPasses(work: TuningWork, position?: TuningPosition): number {
  const { epochs, layers, freeze, recompute, train, dev } = work;
  const trainedLayers = Math.max(0, layers - freeze) / layers;
  const cost = 1 + (recompute ? 3 : 2) * trainedLayers;
  const perEpoch = cost * train + dev;
  const before = epochs.slice(0, position?.done).reduce((sum, n) => sum + n, 0) * perEpoch;
  if (!position) return before;
  const { epoch, trained, scored } = position;
  return before + (epoch - 1) * perEpoch + cost * trained + scored;
}

/** @throws ExpectedError if more layers are to be frozen than an encoder has */
export function checkFreeze(freeze: number, layers: number, encoder: string): void {
  if (freeze > layers)
    throw new ExpectedError(
      `--freeze ${freeze}: expected at most the ${layers} layers of ${encoder}`,
    );
}

const every = 15_000;

/**
 * Creates a progress log: a line now and then, with the time left at most by the speed measured so far;
 * trials may end early.
 * @param now the time in milliseconds
 */
export function createTuningLog(log: (line: string) => void, now: () => number = Date.now) {
  let last = now();
  let start: { at: number; done: number } | null = null;
  return (what: string, done: number) => {
    start ??= { at: now(), done };
    if (now() - last < every || done <= start.done) return;
    last = now();
    const wholeTime = (last - start.at) / (done - start.done);
    const left = renderSeconds(((1 - done) * wholeTime) / 1000);
    log(`  ${what}; about ${left} left at most`);
  };
}
