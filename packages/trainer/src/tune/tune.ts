import { setImmediate } from "node:timers/promises";
import { createRandom, ExpectedError } from "@seedling/core/internal";
import { computeMetrics } from "../data/metrics.ts";
import {
  isBetterTrial,
  isTrialOver,
  renderTrial,
  type TrialEpoch,
  type TrialSettings,
  toTrialResult,
} from "../data/trials.ts";
import type { StateKind } from "../encoder/adamw.ts";
import type { EncoderConfig } from "../encoder/encoder-config.ts";
import { type HeldWeights, openWeights } from "../encoder/held-weights.ts";
import type { Ops } from "../encoder/ops.ts";
import { type EncoderHead, isTrainedParameter, type Parameter } from "../encoder/parameters.ts";
import {
  computeBatchGradients,
  computeGradientNorm,
  type EncoderModel,
  scoreTokenItems,
} from "./model.ts";
import { countPasses, type TuningPlan, type TuningPosition } from "./plan.ts";
import type { OnTuningProgress, StepProgress } from "./progress.ts";
import { computeRateFactor, drawBatches, planSchedule, type Schedule } from "./schedule.ts";
import type { TokenItem } from "./token-items.ts";
import type { TuningFolder, TuningState } from "./tuning-state.ts";

/** Everything that a tuning needs. */
export interface TuneOptions extends TuningPlan {
  ops: Ops;
  config: EncoderConfig;
  head: EncoderHead;
  parameters: readonly Parameter[];
  /** Loads the values that each trial starts from, row by row. */
  load: (name: string) => Promise<Float32Array>;
  train: readonly TokenItem[];
  dev: readonly TokenItem[];
  recompute: boolean;
  seed: number;
  progress?: OnTuningProgress;
}

/**
 * Fine-tunes an encoder with its head by AdamW, in each trial of the grid from the same start, and keeps
 * the epoch that was best on dev. After each epoch all of it is on disk: a training that was killed goes on
 * from there with the same result. A trial whose loss is not finite is recorded and ends.
 * @returns the best epoch; its weights are the folder's `state.best`
 * @throws ExpectedError if no trial had a finite loss
 */
export async function tune(options: TuneOptions, folder: TuningFolder): Promise<TrialEpoch> {
  const { grid } = options;
  for (let index = folder.state.done; index < grid.length; index++)
    await runTrial(grid[index] as TrialSettings, options, folder);
  const best = findBest(folder.state.points);
  if (!best) {
    // Nothing is worth continuing: the next run starts again.
    folder.remove();
    throw new ExpectedError(
      `training failed in every trial (${grid.map(renderTrial).join("; ")}): the loss was not finite; smaller learning rates may help`,
    );
  }
  return best;
}

function findBest(points: readonly TrialEpoch[]): TrialEpoch | null {
  return points.reduce<TrialEpoch | null>(
    (best, point) => (isBetterTrial(point, best) ? point : best),
    null,
  );
}

async function runTrial(choice: TrialSettings, options: TuneOptions, folder: TuningFolder) {
  const { ops, config, head, parameters, load, freeze, train, epochs, warmUp } = options;
  const perEpoch = Math.ceil(train.length / choice.batchSize);
  const schedule = planSchedule(perEpoch * epochs, warmUp);
  const isOwn = (point: TrialEpoch) =>
    point.learningRate === choice.learningRate && point.batchSize === choice.batchSize;
  const { last } = folder.state;
  const saved = last && (await folder.open(last.file));
  const start = async ({ name }: Parameter, kind: StateKind) => {
    if (saved?.tensors.has(`${kind}/${name}`)) return saved.read(`${kind}/${name}`);
    return kind === "values" ? load(name) : null;
  };
  const isTrained = (name: string) => isTrainedParameter(name, freeze);
  const held = await openWeights(ops, parameters, start, isTrained).finally(() => saved?.close());
  const student: EncoderModel = { ops, config, head, weights: held.weights };
  try {
    let decay = last?.decay ?? 1;
    for (let epoch = 1; ; epoch++) {
      const before = folder.state.points.filter(isOwn);
      if (isTrialOver(before, options)) break;
      if (epoch <= before.length) continue;
      const first = (epoch - 1) * perEpoch;
      const trained = await trainEpoch(
        student,
        held,
        { ...options, choice, epoch, first, schedule, decay },
        folder,
      );
      decay = trained.decay;
      const reached = { ...choice, epoch, trainLoss: trained.loss };
      const point = await scoreDev(student, reached, options, folder);
      folder.log([point]);
      const points = [...folder.state.points, point];
      if (point.devLoss === null) {
        folder.save({ ...folder.state, points });
        continue;
      }
      const file = { file: await folder.write(point, held), decay };
      const isBest = isBetterTrial(point, findBest(folder.state.points));
      folder.save({ ...folder.state, points, last: file, ...(isBest && { best: file }) });
    }
  } finally {
    held.dispose();
  }
  const { points, best, done }: TuningState = folder.state;
  folder.save({ points, best, done: done + 1, last: null });
}

interface EpochOptions extends TuneOptions {
  choice: TrialSettings;
  epoch: number;
  /** Steps of the trial before this epoch. */
  first: number;
  schedule: Schedule;
  /** Factor of words without a gradient so far. */
  decay: number;
}

/** Trains for one epoch. @returns the mean loss over its items, null as soon as one is not finite */
async function trainEpoch(
  student: EncoderModel,
  held: HeldWeights,
  options: EpochOptions,
  folder: TuningFolder,
): Promise<{ loss: number | null; decay: number }> {
  const { choice, epoch, schedule, seed, train, clip, weightDecay, progress } = options;
  const random = createRandom("batches", seed, epoch);
  const lines: StepProgress[] = [];
  let { first: step, decay } = options;
  let sum = 0;
  let items = 0;
  for (const batch of drawBatches(train, choice.batchSize, random)) {
    const own = createRandom("dropout", seed, step).int(2 ** 31);
    const { loss, gradients } = await computeBatchGradients(student, batch, {
      ...options,
      seed: own,
    });
    const gradient = await computeGradientNorm(student.ops, gradients);
    const rate = choice.learningRate * computeRateFactor(schedule, step);
    step += 1;
    const progressed = { ...choice, epoch, step, steps: schedule.steps, loss, gradient, rate };
    lines.push(progressed);
    items += batch.length;
    const { done } = folder.state;
    progress?.(progressed, fractionOf(options, { done, epoch, trained: items, scored: 0 }));
    sum += loss * batch.length;
    if (!Number.isFinite(loss) || !Number.isFinite(gradient)) {
      gradients.dispose();
      folder.log(lines.map(toFinite));
      return { loss: null, decay };
    }
    // As torch.nn.utils.clip_grad_norm_ does.
    const scale = Math.min(1, clip / (gradient + 1e-6));
    held.step(gradients, { step, learningRate: rate, scale, weightDecay });
    gradients.dispose();
    if (isTrainedParameter("embeddings.words", options.freeze)) decay *= 1 - rate * weightDecay;
    await setImmediate();
  }
  folder.log(lines);
  return { loss: sum / train.length, decay };
}

/** Replaces NaN and infinities, which JSON does not have, by null. */
function toFinite(step: StepProgress) {
  const orNull = (value: number) => (Number.isFinite(value) ? value : null);
  return { ...step, loss: orNull(step.loss), gradient: orNull(step.gradient) };
}

/** Scores the dev items after an epoch. */
async function scoreDev(
  student: EncoderModel,
  { trainLoss, ...reached }: TrialSettings & { epoch: number; trainLoss: number | null },
  options: TuneOptions,
  { state: { done } }: TuningFolder,
): Promise<TrialEpoch> {
  if (trainLoss === null)
    return { ...reached, trainLoss, devLoss: null, devAccuracy: null, collapsed: false };
  const { train, dev, progress } = options;
  const position = { done, epoch: reached.epoch, trained: train.length };
  const scores = await scoreTokenItems(student, dev, (scored, items) =>
    progress?.({ ...reached, scored, items }, fractionOf(options, { ...position, scored })),
  );
  return { ...reached, ...toTrialResult(trainLoss, computeMetrics(dev, scores)) };
}

/** The fraction of the whole work that is done, 0 to 1. */
function fractionOf(options: TuneOptions, position: TuningPosition): number {
  const { grid, epochs, freeze, recompute, config, train, dev } = options;
  const counts = { train: train.length, dev: dev.length };
  const work = { grid, epochs, freeze, recompute, layers: config.layers, ...counts };
  return countPasses(work, position) / countPasses(work);
}
