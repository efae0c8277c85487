import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { TrainingRun } from "../../results/results.ts";

/** How a training stood after an epoch, or at a point of the path of L2 penalties. */
export interface CurvePoint {
  x: number;
  trainLoss: number | null;
  devLoss: number | null;
  devAccuracy: number;
}

/** The epochs of the best grid point, or the whole path of a linear head. */
export interface Curve {
  by: "epoch" | "L2 penalty";
  points: CurvePoint[];
}

/** Bytes of a log that are read: a full tuning logs each step. */
const mostBytes = 64 * 1024 * 1024;

const pointSchema = z.object({
  l2: z.number().positive().optional(),
  epoch: z.number().positive().optional(),
  learningRate: z.number().optional(),
  batchSize: z.number().optional(),
  trainLoss: z.number().nullish(),
  devLoss: z.number().nullish(),
  devAccuracy: z.number(),
});

type Point = z.infer<typeof pointSchema>;

/** Reads a training's log. @returns null where there is none, or too large a one */
export async function readCurve(
  dir: string,
  { path, manifest }: TrainingRun,
): Promise<Curve | null> {
  const log = join(dir, path, "classifier", "training.jsonl");
  const size = await stat(log).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size === 0 || size > mostBytes) return null;
  return toCurve(toPoints(await readFile(log)), manifest.best);
}

/** Lines with a dev accuracy; those of single steps, by far the most, are not even parsed. */
function toPoints(log: Buffer): Point[] {
  const points: Point[] = [];
  const word = '"devAccuracy"';
  for (let at = log.indexOf(word); at >= 0; at = log.indexOf(word, at + word.length)) {
    const end = log.indexOf("\n", at);
    const line = log.toString("utf8", log.lastIndexOf("\n", at) + 1, end < 0 ? log.length : end);
    const point = parsePoint(line);
    if (point) points.push(point);
  }
  return points;
}

function parsePoint(line: string): Point | null {
  try {
    return pointSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

/** Of several grid points the one that was chosen. */
function toCurve(points: readonly Point[], best: TrainingRun["manifest"]["best"]): Curve | null {
  const epochs = points.filter(
    ({ epoch, learningRate, batchSize }) =>
      epoch !== undefined &&
      (best.learningRate === undefined || learningRate === best.learningRate) &&
      (best.batchSize === undefined || batchSize === best.batchSize),
  );
  const penalties = points.filter(({ l2 }) => l2 !== undefined);
  if (epochs.length > 0) return toSorted("epoch", epochs, ({ epoch }) => epoch ?? 0);
  if (penalties.length > 0) return toSorted("L2 penalty", penalties, ({ l2 }) => l2 ?? 0);
  return null;
}

function toSorted(by: Curve["by"], points: readonly Point[], toX: (point: Point) => number): Curve {
  const sorted = points.map((point) => ({
    x: toX(point),
    trainLoss: point.trainLoss ?? null,
    devLoss: point.devLoss ?? null,
    devAccuracy: point.devAccuracy,
  }));
  return { by, points: sorted.sort((a, b) => a.x - b.x) };
}
