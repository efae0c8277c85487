import { ExpectedError, type Tf } from "@seedling/core";
import type { Kind } from "../features.ts";
import { type Batch, disposeBatch, toBatch } from "./batch.ts";
import { toDevFigures } from "./dev-figures.ts";
import { type GridPoint, isBetter } from "./grid.ts";
import { createHead, type Head, type HeadTensors, toScores } from "./head.ts";
import type { Item } from "./items.ts";
import { trainHead } from "./train-head.ts";

export interface FitOptions {
  tf: Tf;
  kind: Kind;
  train: readonly Item[];
  dev: readonly Item[];
  learningRates: readonly number[];
  epochs: number;
  batchSize: number;
  seed: number;
}

export interface Fit {
  /** The head as it stood at the best point. */
  head: Head;
  best: GridPoint;
  /** Every point, in the order of training. */
  log: GridPoint[];
}

/**
 * Trains a head on frozen vectors by cross entropy and Adam, a fresh one for each learning rate,
 * and keeps the one that was best on dev. The same input, seed and backend give the same bytes.
 * @param progress is told of each point as it is reached
 * @throws ExpectedError if train or dev is empty, or at no point of the grid the loss is finite
 */
export async function fitHead(
  options: FitOptions,
  progress?: (point: GridPoint) => void,
): Promise<Fit> {
  const { tf, kind, train, dev, learningRates, seed } = options;
  const [first] = train;
  if (!first || dev.length === 0)
    throw new ExpectedError(
      `expected examples to train on and to choose by, got ${train.length} and ${dev.length}`,
    );
  const outputs = kind === "classes" ? first.right.length : 1;
  const start = createHead(kind, first.vectors[0]?.length ?? 0, outputs, seed);
  const devBatch = toBatch(tf, dev);
  const log: GridPoint[] = [];
  let best: GridPoint | null = null;
  let head: Head | null = null;
  try {
    for (const learningRate of learningRates) {
      const epochs = trainHead(start, { ...options, items: train, learningRate });
      for await (const { epoch, loss, tensors } of epochs) {
        const figures = toDevFigures(dev, await readScores(tf, tensors, devBatch));
        const point = toPoint(learningRate, epoch, loss, figures);
        log.push(point);
        progress?.(point);
        if (point.devLoss === null) break;
        if (!isBetter(point, best)) continue;
        best = point;
        head = await readHead(start, tensors);
      }
    }
  } finally {
    disposeBatch(tf, devBatch);
  }
  if (!best || !head)
    throw new ExpectedError(
      `training failed at every learning rate (${learningRates.join(", ")}): the loss was never finite`,
    );
  return { head, best, log };
}

/** A point whose numbers are not all finite keeps none of them. */
function toPoint(
  learningRate: number,
  epoch: number,
  trainLoss: number,
  dev: { accuracy: number; loss: number },
): GridPoint {
  if (!Number.isFinite(trainLoss) || !Number.isFinite(dev.loss))
    return { learningRate, epoch, trainLoss: null, devLoss: null, devAccuracy: null };
  return { learningRate, epoch, trainLoss, devLoss: dev.loss, devAccuracy: dev.accuracy };
}

async function readScores(tf: Tf, tensors: HeadTensors, batch: Batch): Promise<Float32Array> {
  const scores = tf.tidy(() => toScores(tf, tensors, batch.hidden, batch.positions));
  const data = await scores.data<"float32">();
  scores.dispose();
  return data;
}

async function readHead(start: Head, { weight, bias }: HeadTensors): Promise<Head> {
  return {
    ...start,
    weight: Float32Array.from(await weight.data()),
    bias: bias && Float32Array.from(await bias.data()),
  };
}
