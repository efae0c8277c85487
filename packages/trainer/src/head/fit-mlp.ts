import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type Backend, findScript } from "@seedling/core/internal";
import type { TrialEpoch, TrialSettings } from "../data/trials.ts";
import { createOps } from "../encoder/ops.ts";
import { chooseBestHead, type FitData, type FittedHead, type HeadTrial } from "./fit.ts";
import type { MlpWork } from "./mlp-worker.ts";
import { shareItems } from "./shared-items.ts";
import { type MlpOptions, trainMlp } from "./train-mlp.ts";

/** Numbers read, over all epochs and points, from which threads are worth their start. */
const worthThreads = 5e7;

export interface MlpFitOptions extends MlpOptions {
  backend: Pick<Backend, "tf" | "name" | "threads">;
  learningRates: readonly number[];
  batchSizes: readonly number[];
  /** Points that are trained at once; left out: as many as there are cores, where that pays. */
  threads?: number;
}

/**
 * Trains an MLP head, a fresh one at each point of the grid, and keeps the one that was best on dev.
 * Points are trained on all cores, with the same bytes as one after the other.
 * @throws ExpectedError if at no point the loss is finite
 */
export async function fitMlp(data: FitData, options: MlpFitOptions): Promise<FittedHead> {
  const { learningRates, batchSizes } = options;
  const grid = batchSizes.flatMap((batchSize) =>
    learningRates.map((learningRate) => ({ learningRate, batchSize })),
  );
  const threads = Math.min(grid.length, options.threads ?? chooseThreads(data, grid, options));
  const points = await trainGrid(data, grid, options, threads);
  return chooseBestHead(
    points.flat(),
    ({ learningRate, batchSize, epoch }) => ({ learningRate, batchSize, epoch }),
    `at every point of the grid (rates ${learningRates.join(", ")}; batches ${batchSizes.join(", ")})`,
  );
}

/** A backend whose operations take several threads, or a card, is busy with one point. */
function chooseThreads(
  data: FitData,
  grid: readonly TrialSettings[],
  { epochs, backend }: MlpFitOptions,
) {
  const rows = data.train.reduce((sum, { vectors }) => sum + vectors.length, 0);
  const numbers = rows * data.dimensions * epochs * grid.length;
  return backend.threads === 1 && numbers >= worthThreads ? availableParallelism() : 1;
}

/** Trains every point of a grid: on this thread, which need not wait for a start, and on others. */
async function trainGrid(
  data: FitData,
  grid: readonly TrialSettings[],
  options: MlpFitOptions,
  threads: number,
): Promise<HeadTrial<TrialEpoch>[][]> {
  const ops = createOps(options.backend);
  const points: HeadTrial<TrialEpoch>[][] = [];
  let next = 0;
  const trainAll = async (train: TrainPoint) => {
    for (let place = next++; place < grid.length; place = next++)
      points[place] = await train(grid[place] as TrialSettings);
  };
  const others = threads > 1 ? Array<MlpWork>(threads - 1).fill(toWork(data, options)) : [];
  await Promise.all([
    trainAll((choice) => trainMlp(ops, data, choice, options)),
    ...others.map((work) => withThread(work, trainAll)),
  ]);
  return points;
}

/** Trains a point of the grid. */
type TrainPoint = (choice: TrialSettings) => Promise<HeadTrial<TrialEpoch>[]>;

/** What threads are started with. */
function toWork(data: FitData, options: MlpFitOptions): MlpWork {
  const { backend, epochs, weightDecay, earlyStop, seed } = options;
  const { train, dev, ...shape } = data;
  return {
    backend: backend.name,
    data: shape,
    train: shareItems(train),
    dev: shareItems(dev),
    options: { epochs, weightDecay, earlyStop, seed },
  };
}

/** Starts a thread that trains points, and ends it. */
async function withThread(
  workerData: MlpWork,
  trainAll: (train: TrainPoint) => Promise<void>,
): Promise<void> {
  const thread = new Worker(findScript("mlp-worker", import.meta.url), {
    workerData,
    // What this process was started with, such as --eval, is not for it.
    execArgv: [],
  });
  try {
    await once(thread, "message"); // it is there
    await trainAll(async (choice) => {
      thread.postMessage(choice);
      // Rejects where the thread fails.
      const [trained] = (await once(thread, "message")) as [HeadTrial<TrialEpoch>[]];
      return trained;
    });
  } finally {
    await thread.terminate();
  }
}
