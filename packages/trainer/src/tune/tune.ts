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
import type { EncoderHead } from "../encoder/encoder-head.ts";
import type { Ops } from "../encoder/ops.ts";
import type { Parameter } from "../encoder/parameters.ts";
import { openTrainable, type Trainable } from "../encoder/trainable.ts";
import {
  computeBatchGradients,
  computeGradientNorm,
  type EncoderModel,
  isTrainedParameter,
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
  /** The values that each point of the grid starts from. */
  load: (name: string) => Promise<Float32Array>;
  train: readonly TokenItem[];
  dev: readonly TokenItem[];
  recompute: boolean;
  seed: number;
  progress?: OnTuningProgress;
}

/**
 * Fine-tunes an encoder with its head by AdamW, a fresh one at each point of the grid, and keeps what
 * was best on dev. After each epoch all of it is on disk: a training that was killed goes on from
 * there with the same result. A point whose loss is not finite is recorded and left.
 * @returns the best point; its weights are the folder's `state.best`
 * @throws ExpectedError if no point of the grid had a finite loss
 */
export async function tune(options: TuneOptions, folder: TuningFolder): Promise<TrialEpoch> {
  const { grid } = options;
  for (let place = folder.state.done; place < grid.length; place++)
    await tunePoint(grid[place] as TrialSettings, options, folder);
  const best = toBest(folder.state.points);
  if (!best) {
    // Nothing is worth going on from: another time it begins anew.
    folder.remove();
    throw new ExpectedError(
      `training failed at every point of the grid (${grid.map(renderTrial).join("; ")}): the loss was not finite; smaller --learning-rates may mend it`,
    );
  }
  return best;
}

function toBest(points: readonly TrialEpoch[]): TrialEpoch | null {
  return points.reduce<TrialEpoch | null>(
    (best, point) => (isBetterTrial(point, best) ? point : best),
    null,
  );
}

async function tunePoint(choice: TrialSettings, options: TuneOptions, folder: TuningFolder) {
  const { ops, config, head, parameters, load, freeze, train, epochs, warmUp } = options;
  const perEpoch = Math.ceil(train.length / choice.batchSize);
  const schedule = planSchedule(perEpoch * epochs, warmUp);
  const isOwn = (point: TrialEpoch) =>
    point.learningRate === choice.learningRate && point.batchSize === choice.batchSize;
  const { last } = folder.state;
  const saved = last && (await folder.open(last.file));
  const start = async (kind: StateKind, name: string) =>
    (await saved?.read(kind, name)) ?? (kind === "values" ? load(name) : null);
  const trainable = await openTrainable(ops, parameters, start, (name) =>
    isTrainedParameter(name, freeze),
  ).finally(() => saved?.close());
  const student: EncoderModel = { ops, config, head, weights: trainable.weights };
  try {
    let decay = last?.decay ?? 1;
    for (let epoch = 1; ; epoch++) {
      const before = folder.state.points.filter(isOwn);
      if (isTrialOver(before, options)) break;
      if (epoch <= before.length) continue;
      const first = (epoch - 1) * perEpoch;
      const trained = await trainEpoch(
        student,
        trainable,
        { ...options, choice, epoch, first, schedule, decay },
        folder,
      );
      decay = trained.decay;
      const reached = { ...choice, epoch, trainLoss: trained.loss };
      const point = await judge(student, reached, options, folder);
      folder.log([point]);
      const points = [...folder.state.points, point];
      if (point.devLoss === null) {
        folder.save({ ...folder.state, points });
        continue;
      }
      const file = { file: await folder.write(point, trainable.listState()), decay };
      const isBest = isBetterTrial(point, toBest(folder.state.points));
      folder.save({ ...folder.state, points, last: file, ...(isBest && { best: file }) });
    }
  } finally {
    trainable.dispose();
  }
  const { points, best, done }: TuningState = folder.state;
  folder.save({ points, best, done: done + 1, last: null });
}

interface EpochOptions extends TuneOptions {
  choice: TrialSettings;
  epoch: number;
  /** Steps done before. */
  first: number;
  schedule: Schedule;
  /** What words without a gradient were multiplied by before. */
  decay: number;
}

/** @returns the mean loss over the epoch's items, null as soon as it is not finite */
async function trainEpoch(
  student: EncoderModel,
  trainable: Trainable,
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
    const told = { ...choice, epoch, step, steps: schedule.steps, loss, gradient, rate };
    lines.push(told);
    items += batch.length;
    const { done } = folder.state;
    progress?.(told, fractionOf(options, { done, epoch, trained: items, scored: 0 }));
    sum += loss * batch.length;
    if (!Number.isFinite(loss) || !Number.isFinite(gradient)) {
      gradients.dispose();
      folder.log(lines.map(toFinite));
      return { loss: null, decay };
    }
    // As torch.nn.utils.clip_grad_norm_ has it.
    const scale = Math.min(1, clip / (gradient + 1e-6));
    trainable.step(gradients, { step, learningRate: rate, scale, weightDecay });
    gradients.dispose();
    if (isTrainedParameter("embeddings.words", options.freeze)) decay *= 1 - rate * weightDecay;
    await setImmediate();
  }
  folder.log(lines);
  return { loss: sum / train.length, decay };
}

/** JSON has no NaN. */
function toFinite(told: StepProgress) {
  const orNull = (value: number) => (Number.isFinite(value) ? value : null);
  return { ...told, loss: orNull(told.loss), gradient: orNull(told.gradient) };
}

async function judge(
  student: EncoderModel,
  { trainLoss, ...reached }: TrialSettings & { epoch: number; trainLoss: number | null },
  options: TuneOptions,
  { state: { done } }: TuningFolder,
): Promise<TrialEpoch> {
  if (trainLoss === null)
    return { ...reached, trainLoss, devLoss: null, devAccuracy: null, collapsed: false };
  const { train, dev, progress } = options;
  const at = { done, epoch: reached.epoch, trained: train.length };
  const scores = await scoreTokenItems(student, dev, (scored, items) =>
    progress?.({ ...reached, scored, items }, fractionOf(options, { ...at, scored })),
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
