import { sum } from "./sum.ts";

/** An accuracy with its standard error. */
export interface Measured {
  value: number;
  standardError: number;
}

/** A point of the curve: the accuracy that n human examples give. */
export interface SizedAccuracy extends Measured {
  n: number;
}

/** A standard error in place of none, so that a point without one still has a weight. */
const tiny = 1e-9;

/** What a point counts by: its precision. */
export function toWeight({ standardError }: Measured): number {
  return 1 / Math.max(standardError, tiny) ** 2;
}

/**
 * How far a curve rises from its smallest to its largest size: the rise of the line in log n that is
 * nearest to its points in weighted squares, with the standard error that the points' own give it, as
 * if they were independent. Of one point: none.
 * @param points by size
 */
export function fitRise(points: readonly SizedAccuracy[]): Measured {
  const logs = points.map(({ n }) => Math.log(n));
  const [first, last] = [logs[0], logs.at(-1)];
  if (first === undefined || last === undefined || first === last)
    return { value: 0, standardError: 0 };
  const weights = points.map(toWeight);
  const weigh = (term: (place: number) => number) =>
    sum(weights.map((weight, place) => weight * term(place)));
  const centre = weigh((place) => logs[place] ?? 0) / sum(weights);
  const from = (place: number) => (logs[place] ?? 0) - centre;
  const squares = weigh((place) => from(place) ** 2);
  const slope = weigh((place) => from(place) * (points[place]?.value ?? 0)) / squares;
  return { value: slope * (last - first), standardError: (last - first) / Math.sqrt(squares) };
}
