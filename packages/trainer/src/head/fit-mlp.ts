import { once } from "node:events";
import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { type Backend, type BackendName, createRandom, findScript } from "@seedling/core/internal";
import { computeLoss, judgeTrial } from "../data/metrics.ts";
import { isTrialOver, listTrials, type TrialEpoch, type TrialSettings } from "../data/trials.ts";
import { type HeldWeights, openWeights } from "../encoder/held-weights.ts";
import { createGradients, type Gradients, type Net } from "../encoder/module.ts";
import { createOps, type Ops, tidy } from "../encoder/ops.ts";
import {
  addTrials,
  createMlp,
  createScorer,
  type FitData,
  type Head,
  type HeadTrials,
  listNumbers,
  scoreItems,
  takeBestHead,
  type VectorItem,
} from "./head.ts";
import { stackRows } from "./matrix.ts";

/** Numbers read, over all epochs and trials, from which threads are worth their start. */
const worthThreads = 5e7;

export interface MlpFitOptions extends MlpOptions {
  backend: Pick<Backend, "tf" | "name" | "threads">;
  learningRates: readonly number[];
  batchSizes: readonly number[];
  /** Trials that run at once; left out: as many as there are cores, where that pays. */
  threads?: number;
}

/**
 * Trains an MLP head, in each trial of the grid a new one, and keeps the one that was best on dev. Trials
 * run on all cores, with the same bytes as one after the other.
 * @throws ExpectedError if the loss is finite in no trial
 */
export async function fitMlp(data: FitData, options: MlpFitOptions) {
  const grid = listTrials(options.learningRates, options.batchSizes);
  const { backend, epochs, weightDecay, earlyStop, seed } = options;
  const threads = options.threads ?? countThreads(data, grid.length, epochs, backend);
  const ops = createOps(backend);
  const trials: HeadTrials<TrialEpoch>[] = [];
  let next = 0;
  const trainAll = async (train: RunTrial) => {
    for (let index = next++; index < grid.length; index = next++)
      trials[index] = await train(grid[index] as TrialSettings);
  };
  const createWork = (): MlpWork => ({
    backend: backend.name,
    data: { ...data, train: shareVectors(data.train), dev: shareVectors(data.dev) },
    options: { epochs, weightDecay, earlyStop, seed },
  });
  const others = threads > 1 ? Array<MlpWork>(threads - 1).fill(createWork()) : [];
  // This thread is ready at once.
  await Promise.all([
    trainAll((choice) => trainMlp(ops, data, choice, options)),
    ...others.map((work) => withThread(work, trainAll)),
  ]);
  const whole: HeadTrials<TrialEpoch> = { log: [], best: null };
  for (const own of trials) addTrials(whole, own);
  return takeBestHead(whole);
}

/** Completes what flags leave open of an MLP's training. */
export function completeMlpOptions(flags: {
  learningRates?: readonly number[] | null;
  batchSize?: readonly number[] | null;
  epochs?: number | null;
}) {
  return {
    learningRates: flags.learningRates ?? [0.0003, 0.001, 0.003],
    batchSizes: flags.batchSize ?? [64],
    epochs: flags.epochs ?? 10,
  };
}

/** Counts the trials that run at once. A backend whose operations use several threads, or a graphics card, is busy with one. */
export function countThreads(
  { train, dimensions }: FitData,
  trials: number,
  epochs: number,
  backend: Pick<Backend, "threads">,
): number {
  const rows = train.reduce((sum, { vectors }) => sum + vectors.length, 0);
  const pays = backend.threads === 1 && rows * dimensions * epochs * trials >= worthThreads;
  return pays ? Math.min(trials, availableParallelism()) : 1;
}

type RunTrial = (choice: TrialSettings) => Promise<HeadTrials<TrialEpoch>>;

/** Copies the vectors of items into shared memory, which no thread copies again. */
function shareVectors(items: readonly VectorItem[]): VectorItem[] {
  const numbers = items.flatMap(({ vectors }) => vectors).reduce((n, { length }) => n + length, 0);
  const memory = new SharedArrayBuffer(4 * numbers);
  let next = 0;
  const share = (vector: Float32Array) => {
    const shared = new Float32Array(memory, 4 * next, vector.length);
    shared.set(vector);
    next += vector.length;
    return shared;
  };
  return items.map((item) => ({ ...item, vectors: item.vectors.map(share) }));
}

/** Starts a thread that runs trials, and ends it. */
async function withThread(workerData: MlpWork, trainAll: (train: RunTrial) => Promise<void>) {
  const thread = new Worker(findScript("mlp-worker", import.meta.url), {
    workerData,
    // Options of this process, such as --eval, are not for the thread.
    execArgv: [],
  });
  try {
    await once(thread, "message"); // it is there
    await trainAll(async (choice) => {
      thread.postMessage(choice);
      // Rejects where the thread fails.
      const [trained] = (await once(thread, "message")) as [HeadTrials<TrialEpoch>];
      return trained;
    });
  } finally {
    await thread.terminate();
  }
}

interface MlpOptions {
  epochs: number;
  weightDecay: number;
  /** Epochs without a better dev accuracy that end it; null: none does. */
  earlyStop: number | null;
  seed: number;
}

/** The data that a thread starts with. */
export interface MlpWork {
  backend: BackendName;
  /** Its vectors are in shared memory. */
  data: FitData;
  options: MlpOptions;
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
