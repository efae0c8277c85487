import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Backend } from "@seedling/core";
import { openOps } from "../encoder/ops.ts";
import { type Fit, type FitData, type HeadPoint, toFit } from "./fit.ts";
import type { MlpWork } from "./mlp-worker.ts";
import { toShared } from "./shared-items.ts";
import { type MlpChoice, type MlpOptions, type MlpPoint, trainMlp } from "./train-mlp.ts";

/** Numbers read, over all epochs and points, from which threads are worth their start. */
const worthThreads = 5e7;

export interface MlpFitOptions extends MlpOptions {
  backend: Pick<Backend, "tf" | "name">;
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
export async function fitMlp(data: FitData, options: MlpFitOptions): Promise<Fit> {
  const { learningRates, batchSizes } = options;
  const grid = batchSizes.flatMap((batchSize) =>
    learningRates.map((learningRate) => ({ learningRate, batchSize })),
  );
  const threads = Math.min(grid.length, options.threads ?? chooseThreads(data, grid, options));
  const points =
    threads > 1
      ? await trainOnThreads(data, grid, options, threads)
      : await trainHere(data, grid, options);
  return toFit(
    points.flat(),
    ({ learningRate, batchSize, epoch }) => ({ learningRate, batchSize, epoch }),
    `at every point of the grid (rates ${learningRates.join(", ")}; batches ${batchSizes.join(", ")})`,
  );
}

function chooseThreads(
  data: FitData,
  grid: readonly MlpChoice[],
  { epochs, backend }: MlpFitOptions,
) {
  const rows = data.train.reduce((sum, { vectors }) => sum + vectors.length, 0);
  const numbers = rows * data.dimensions * epochs * grid.length;
  const onCores = backend.name !== "webgpu";
  return onCores && numbers >= worthThreads ? availableParallelism() : 1;
}

async function trainHere(data: FitData, grid: readonly MlpChoice[], options: MlpFitOptions) {
  const { backend } = options;
  const ops = openOps(backend);
  const points: HeadPoint<MlpPoint>[][] = [];
  for (const choice of grid) points.push(await trainMlp(ops, data, choice, options));
  return points;
}

async function trainOnThreads(
  data: FitData,
  grid: readonly MlpChoice[],
  { backend, epochs, weightDecay, earlyStop, seed }: MlpFitOptions,
  threads: number,
): Promise<HeadPoint<MlpPoint>[][]> {
  const { train, dev, ...shape } = data;
  const workerData: MlpWork = {
    backend: backend.name,
    data: shape,
    train: toShared(train),
    dev: toShared(dev),
    options: { epochs, weightDecay, earlyStop, seed },
  };
  const points: HeadPoint<MlpPoint>[][] = [];
  let next = 0;
  const worker = async () => {
    const thread = new Worker(new URL("./mlp-worker.mjs", import.meta.url), {
      workerData,
      // What this process was started with, such as --eval, is not for it.
      execArgv: [],
    });
    try {
      for (let place = next++; place < grid.length; place = next++) {
        thread.postMessage(grid[place]);
        // Rejects where the thread fails.
        const [trained] = (await once(thread, "message")) as [HeadPoint<MlpPoint>[]];
        points[place] = trained;
      }
    } finally {
      await thread.terminate();
    }
  };
  await Promise.all(Array.from({ length: threads }, worker));
  return points;
}
