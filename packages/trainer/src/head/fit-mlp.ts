import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type Backend, findScript } from "@seedling/core/internal";
import { listTrials, type TrialEpoch, type TrialSettings } from "../data/trials.ts";
import { createOps } from "../encoder/ops.ts";
import { addTrials, type FitData, type HeadTrials, takeBestHead, type VectorItem } from "./fit.ts";
import type { MlpWork } from "./mlp-worker.ts";
import { type MlpOptions, trainMlp } from "./train-mlp.ts";

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
  const threads = Math.min(grid.length, options.threads ?? chooseThreads(data, grid, options));
  const { backend, epochs, weightDecay, earlyStop, seed } = options;
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

/** A backend whose operations use several threads, or a graphics card, is busy with one trial. */
function chooseThreads(
  data: FitData,
  grid: readonly TrialSettings[],
  { epochs, backend }: MlpFitOptions,
) {
  const rows = data.train.reduce((sum, { vectors }) => sum + vectors.length, 0);
  const numbers = rows * data.dimensions * epochs * grid.length;
  return backend.threads === 1 && numbers >= worthThreads ? availableParallelism() : 1;
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
async function withThread(
  workerData: MlpWork,
  trainAll: (train: RunTrial) => Promise<void>,
): Promise<void> {
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
