import { setImmediate } from "node:timers/promises";
import { createRandom } from "@seedling/core/internal";
import { computeLoss, judgeTrial } from "../data/metrics.ts";
import { isTrialOver, type TrialEpoch, type TrialSettings } from "../data/trials.ts";
import { type HeldWeights, openWeights } from "../encoder/held-weights.ts";
import { createGradients, type Gradients, type Net } from "../encoder/module.ts";
import { type Ops, tidy } from "../encoder/ops.ts";
import { addTrials, type FitData, type HeadTrials, type VectorItem } from "./fit.ts";
import { createMlp, createScorer, type Head, listNumbers, scoreItems } from "./head.ts";
import { stackRows } from "./matrix.ts";

export interface MlpOptions {
  epochs: number;
  weightDecay: number;
  /** Epochs without a better dev accuracy that end it; null: none does. */
  earlyStop: number | null;
  seed: number;
}

/**
 * Trains an MLP head by AdamW with a constant learning rate, in batches shuffled by the seed. The same input,
 * seed and backend give the same bytes. A loss that is not finite ends it.
 * @returns every epoch, and the head of the best
 */
export async function trainMlp(
  ops: Ops,
  data: FitData,
  choice: TrialSettings,
  { seed, weightDecay, ...ending }: MlpOptions,
): Promise<HeadTrials<TrialEpoch>> {
  const { dev, dimensions, outputs } = data;
  const start = createMlp(dimensions, outputs, seed);
  const random = createRandom("batches", seed);
  const load = async (one: { values: Float32Array }, kind: string) =>
    kind === "values" ? one.values : null;
  const held = await openWeights(ops, listNumbers(start), load, () => true);
  const net = { ops, weights: held.weights };
  const trials: HeadTrials<TrialEpoch> = { log: [], best: null };
  let step = 0;
  const rate = choice.learningRate;
  // A fresh array for each batch would take longer than filling it.
  const most = data.train.reduce((n, { vectors }) => Math.max(n, vectors.length), 0);
  const rows = Math.min(choice.batchSize, data.train.length) * most;
  const room = new Float32Array(rows * dimensions);
  try {
    while (!isTrialOver(trials.log, ending)) {
      const order = random.shuffled(data.train);
      let sum = 0;
      for (let from = 0; from < order.length && Number.isFinite(sum); from += choice.batchSize) {
        const batch = order.slice(from, from + choice.batchSize);
        const { loss, gradients } = await computeHeadGradients(net, start, batch, room);
        sum += loss * batch.length;
        step += 1;
        held.step(gradients, { step, learningRate: rate, scale: 1, weightDecay });
        gradients.dispose();
        if (step % 16 === 0) await setImmediate();
      }
      const head = await readHead(held, start);
      const judged = judgeTrial(sum / order.length, dev, await scoreItems(ops, head, dev));
      const point = { ...choice, epoch: trials.log.length + 1, ...judged };
      addTrials(trials, { log: [point], best: { point, head } });
    }
    return trials;
  } finally {
    held.dispose();
  }
}

/** Reads the head as it is now. */
async function readHead(held: HeldWeights, like: Head): Promise<Head> {
  const head = structuredClone(like);
  const state = held.listState();
  for (const { name, values } of listNumbers(head))
    values.set((await state.get(`values/${name}`)?.data()) ?? []);
  return head;
}

/**
 * Computes the mean loss of a batch, in nats, and its gradients by the names of `listNumbers`.
 * @param room memory for the batch's vectors, free again afterwards
 */
export async function computeHeadGradients(
  net: Net,
  head: Head,
  batch: readonly VectorItem[],
  room?: Float32Array,
): Promise<{ loss: number; gradients: Gradients }> {
  const { tf } = net.ops;
  const rows: Float32Array[] = [];
  for (const { vectors } of batch) for (const vector of vectors) rows.push(vector);
  // From a typed array: slices of one large tensor are slow.
  const x = tf.tensor(stackRows(rows, room), [rows.length, rows[0]?.length ?? 0]);
  const { y: scores, saved, back } = tidy(tf, () => createScorer(net, head)(x));
  const { loss, gradient } = computeLoss(await scores.data<"float32">(), batch, batch.length);
  const gradients = createGradients(tf, () => true);
  tf.dispose(tf.tidy(() => back(tf.tensor(gradient, scores.shape), gradients)));
  tf.dispose([scores, ...saved]);
  return { loss, gradients };
}
