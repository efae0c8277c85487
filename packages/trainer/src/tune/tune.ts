import { setImmediate } from "node:timers/promises";
import { createRandom, ExpectedError, renderWhole } from "@seedling/core/internal";
import { judgeTrial } from "../data/metrics.ts";
import { isBetterTrial, isTrialOver, renderTrial, type TrialEpoch } from "../data/trials.ts";
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
import { countEpochs, countPasses, type TuningPlan, type TuningPosition } from "./plan.ts";
import { computeRateFactor, drawBatches, planSchedule, planSteps } from "./schedule.ts";
import type { TokenItem } from "./token-items.ts";
import type { TuningFolder } from "./tuning-state.ts";

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
  /** Is called after each step and batch of scoring, with how far it is in words and as a fraction of the whole work. */
  progress?: (what: string, done: number) => void;
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
    await runTrial(grid[index] as Trial["choice"], options, folder);
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

interface Trial extends TuneOptions {
  choice: TuningPlan["grid"][number];
  steps: ReturnType<typeof planSteps>;
  /** Epochs of all trials. */
  allEpochs: number[];
  schedule: ReturnType<typeof planSchedule>;
  folder: TuningFolder;
  held: HeldWeights;
  model: EncoderModel;
}

async function runTrial(choice: Trial["choice"], options: TuneOptions, folder: TuningFolder) {
  const { ops, config, head, parameters, load, freeze, train, earlyStop, warmUp } = options;
  const { last } = folder.state;
  const saved = last && (await folder.open(last.file));
  const start = async ({ name }: Parameter, kind: StateKind) => {
    if (saved?.tensors.has(`${kind}/${name}`)) return saved.read(`${kind}/${name}`);
    return kind === "values" ? load(name) : null;
  };
  const isTrained = (name: string) => isTrainedParameter(name, freeze);
  const held = await openWeights(ops, parameters, start, isTrained).finally(() => saved?.close());
  const model = { ops, config, head, weights: held.weights };
  const steps = planSteps(train.length, choice.batchSize, options);
  const schedule = planSchedule(steps.ends.flat().length, warmUp);
  const allEpochs = countEpochs(options, train.length);
  const trial: Trial = { ...options, choice, steps, allEpochs, schedule, folder, held, model };
  const ending = { epochs: steps.ends.length, earlyStop };
  const listOwn = () =>
    folder.state.points.filter(
      ({ learningRate, batchSize }) =>
        learningRate === choice.learningRate && batchSize === choice.batchSize,
    );
  try {
    let decay = last?.decay ?? 1;
    for (let own = listOwn(); !isTrialOver(own, ending); own = listOwn()) {
      const epoch = own.length + 1;
      const trained = await trainEpoch(trial, epoch, decay);
      decay = trained.decay;
      const point = { ...choice, epoch, ...(await judge(trial, epoch, trained.loss)) };
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
  const { points, best, done } = folder.state;
  folder.save({ points, best, done: done + 1, last: null });
}

/**
 * Trains for one epoch; a loss that is not finite ends it.
 * @param decay factor of words without a gradient so far
 * @returns the mean loss over its items, and the factor afterwards
 */
async function trainEpoch(trial: Trial, epoch: number, decay: number) {
  const { model, held, folder, choice, steps, schedule, seed, train } = trial;
  const { clip, weightDecay, freeze } = trial;
  const isDecaying = isTrainedParameter("embeddings.words", freeze);
  const lines: object[] = [];
  let step = steps.ends.slice(0, epoch - 1).flat().length;
  let factor = decay;
  let sum = 0;
  let trained = 0;
  for (const batch of drawBatches(train, steps, epoch, seed)) {
    const own = createRandom("dropout", seed, step).int(2 ** 31);
    const { loss, gradients } = await computeBatchGradients(model, batch, { ...trial, seed: own });
    const gradient = await computeGradientNorm(model.ops, gradients);
    const rate = choice.learningRate * computeRateFactor(schedule, step);
    step += 1;
    // The gradient's norm is that before it is clipped.
    lines.push({ ...choice, epoch, step, steps: schedule.steps, loss, gradient, rate });
    trained += batch.length;
    const what = `step ${step} of ${schedule.steps}, loss ${loss.toFixed(3)}`;
    // Items that the epoch before left over may make them more.
    report(trial, what, { epoch, trained: Math.min(trained, train.length), scored: 0 });
    sum += loss * batch.length;
    if (!Number.isFinite(loss) || !Number.isFinite(gradient)) {
      gradients.dispose();
      sum = Number.NaN;
      break;
    }
    // As torch.nn.utils.clip_grad_norm_ does.
    const scale = Math.min(1, clip / (gradient + 1e-6));
    held.step(gradients, { step, learningRate: rate, scale, weightDecay });
    gradients.dispose();
    if (isDecaying) factor *= 1 - rate * weightDecay;
    await setImmediate();
  }
  folder.log(lines);
  return { loss: sum / trained, decay: factor };
}

/** Scores the dev items after an epoch, if its loss is finite. */
async function judge(trial: Trial, epoch: number, trainLoss: number) {
  const { model, train, dev } = trial;
  const trained = train.length;
  const progress = (scored: number, items: number) => {
    const what = `${renderWhole(scored)} of ${renderWhole(items)} dev items scored`;
    report(trial, what, { epoch, trained, scored });
  };
  const scores = Number.isFinite(trainLoss) ? await scoreTokenItems(model, dev, progress) : [];
  return judgeTrial(trainLoss, dev, scores);
}

/** Reports progress, with the fraction of the whole work that is done. */
function report(
  { choice, allEpochs, freeze, recompute, config, train, dev, folder, progress }: Trial,
  what: string,
  position: Omit<TuningPosition, "done">,
): void {
  const counts = { train: train.length, dev: dev.length };
  const work = { epochs: allEpochs, freeze, recompute, layers: config.layers, ...counts };
  const { done } = folder.state;
  progress?.(
    `${renderTrial(choice)}: epoch ${position.epoch}, ${what}`,
    countPasses(work, { done, ...position }) / countPasses(work),
  );
}
