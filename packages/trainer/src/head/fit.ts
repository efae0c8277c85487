import { ExpectedError } from "@seedling/core/internal";
import type { Figures } from "../data/metrics.ts";
import { isBetter, type Judged } from "../data/trials.ts";
import type { Kind } from "../features/features.ts";
import type { Head } from "./head.ts";
import type { Item } from "./items.ts";

/** What a head is fitted to and chosen by. */
export interface FitData {
  kind: Kind;
  train: readonly Item[];
  dev: readonly Item[];
  /** The length of a vector. */
  dimensions: number;
  /** The number of classes; 1 for a choice. */
  outputs: number;
}

/** A head that was fitted. */
export interface Fit {
  /** As it stood at the best point. */
  head: Head;
  /** The point that was best on dev, by the names of what was varied. */
  best: Record<string, number>;
  dev: Figures;
  /** Every point, in the order of the grid. */
  log: Judged[];
}

/** Items, one of each at least, as what a head is fitted to. */
export function toFitData(kind: Kind, train: readonly Item[], dev: readonly Item[]): FitData {
  const [first] = train;
  const dimensions = first?.vectors[0]?.length ?? 0;
  const outputs = kind === "classes" ? (first?.right.length ?? 0) : 1;
  return { kind, train, dev, dimensions, outputs };
}

/** A point with the head as it stood there. */
export interface HeadPoint<Point extends Judged> {
  point: Point;
  /** Null where a better one came before. */
  head: Head | null;
}

/**
 * The best of a grid's points, the first of equals.
 * @param where which points there were, should none have a finite loss
 * @throws ExpectedError if none has
 */
export function toFit<Point extends Judged>(
  points: readonly HeadPoint<Point>[],
  toBest: (point: Point) => Record<string, number>,
  where: string,
): Fit {
  let best: HeadPoint<Point> | null = null;
  for (const one of points) if (isBetter(one.point, best?.point ?? null)) best = one;
  if (!best?.head)
    throw new ExpectedError(
      `training failed ${where}: the loss was never finite; are all numbers of the embeddings finite?`,
    );
  const { point, head } = best;
  const { devAccuracy, devLoss, collapsed } = point;
  const dev = { accuracy: devAccuracy ?? 0, loss: devLoss ?? 0, collapsed };
  return { head, best: toBest(point), dev, log: points.map((one) => one.point) };
}
