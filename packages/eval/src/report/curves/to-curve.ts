import type { TrainingRun } from "../../results/results.ts";
import type { LogPoint } from "../../results/training-log.ts";

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

/** The curve of a training's log: of several grid points the one that was chosen; null: there is no log. */
export function toCurve({ log, manifest: { best } }: TrainingRun): Curve | null {
  const epochs = log.filter(
    ({ epoch, learningRate, batchSize }) =>
      epoch !== undefined &&
      (best.learningRate === undefined || learningRate === best.learningRate) &&
      (best.batchSize === undefined || batchSize === best.batchSize),
  );
  const penalties = log.filter(({ l2 }) => l2 !== undefined);
  if (epochs.length > 0) return toSorted("epoch", epochs, ({ epoch }) => epoch ?? 0);
  if (penalties.length > 0) return toSorted("L2 penalty", penalties, ({ l2 }) => l2 ?? 0);
  return null;
}

function toSorted(
  by: Curve["by"],
  points: readonly LogPoint[],
  toX: (point: LogPoint) => number,
): Curve {
  const sorted = points.map((point) => ({
    x: toX(point),
    trainLoss: point.trainLoss ?? null,
    devLoss: point.devLoss ?? null,
    devAccuracy: point.devAccuracy,
  }));
  return { by, points: sorted.sort((a, b) => a.x - b.x) };
}
