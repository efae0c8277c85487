import type { Random } from "@seedling/core/internal";
import { sum } from "d3-array";
import { tQuantile } from "./student-t.ts";

/** An accuracy with its standard error. */
interface Measured {
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
function weighPoint({ standardError }: Measured): number {
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
  const weights = points.map(weighPoint);
  const weigh = (term: (index: number) => number) =>
    sum(weights, (weight, index) => weight * term(index));
  const centre = weigh((index) => logs[index] ?? 0) / sum(weights);
  const from = (index: number) => (logs[index] ?? 0) - centre;
  const squares = weigh((index) => from(index) ** 2);
  const slope = weigh((index) => from(index) * (points[index]?.value ?? 0)) / squares;
  return { value: slope * (last - first), standardError: (last - first) / Math.sqrt(squares) };
}

/** The non-decreasing values nearest to these in weighted squares: pool adjacent violators (Ayer et al. 1955). */
export function fitMonotone(values: readonly number[], weights: readonly number[]): number[] {
  const pools: { value: number; weight: number; size: number }[] = [];
  values.forEach((value, index) => {
    let pool = { value, weight: weights[index] ?? 1, size: 1 };
    for (let last = pools.at(-1); last && last.value >= pool.value; last = pools.at(-1)) {
      pools.pop();
      const weight = last.weight + pool.weight;
      const mean = (last.weight * last.value + pool.weight * pool.value) / weight;
      pool = { value: mean, weight, size: last.size + pool.size };
    }
    pools.push(pool);
  });
  return pools.flatMap(({ value, size }) => new Array<number>(size).fill(value));
}

/** The fraction of draws that is enough for one end of a 95 % interval. */
const surely = 0.975;

/**
 * The human-equivalent size of a created set: the size at which the human curve first reaches the
 * created accuracy. The curve is made monotone (pool adjacent violators, weighted by precision)
 * and is linear in log n between its points. The 95 % interval is that of parametric draws of both,
 * each by its own standard error: that all were tested on the same items would make it narrower.
 *
 * Made monotone, a curve that does not rise is a level line, and an accuracy a hair above or below it would
 * be worth more or less than all sizes, though measured points reach it. So a curve tells a size only if it
 * is shown to rise: the 95 % interval of its fitted rise (`fitRise`) lies above 0. Without a rise there is one
 * thing to say: that the created accuracy lies above, or below, every point, in 97.5 % of the draws.
 * @returns the size and its interval, "below" or "above" the sizes measured; where all of it lies outside
 *   these, its near end is the outermost of them. Or why it is not determined. no rise: the curve is not
 *   shown to rise. falls again: it passes the created accuracy and ends below it. no limit: the interval
 *   holds every size
 * @param curve of one point at least, each with a size of its own above 0
 */
export function equivalentSize(
  curve: readonly SizedAccuracy[],
  created: Measured,
  { draws, random }: { draws: number; random: Random },
) {
  const points = [...curve].sort((a, b) => a.n - b.n);
  const draw = ({ value, standardError }: Measured) => value + standardError * random.normal();
  const drawn = Array.from({ length: draws }, () => ({
    values: points.map(draw),
    wanted: draw(created),
  }));
  const { value, standardError } = fitRise(points);
  return value > tQuantile(surely, Infinity) * standardError
    ? readSize(points, created, drawn)
    : (findSide(points, drawn) ?? "no rise");
}

/** Accuracies of a curve's points and of the created set, as they might have been measured. */
type Draw = { values: readonly number[]; wanted: number };

/** Whether nearly all draws lie outside all of the curve, on one side. */
function findSide(points: readonly SizedAccuracy[], drawn: readonly Draw[]) {
  const isSure = (holds: (one: Draw) => boolean) =>
    drawn.filter(holds).length >= surely * drawn.length;
  if (isSure(({ values, wanted }) => wanted > Math.max(...values)))
    return describeSize(points, Infinity, Infinity, Infinity);
  if (isSure(({ values, wanted }) => wanted < Math.min(...values)))
    return describeSize(points, -Infinity, -Infinity, -Infinity);
  return null;
}

function readSize(points: readonly SizedAccuracy[], created: Measured, drawn: readonly Draw[]) {
  const sizes = points.map(({ n }) => n);
  const weights = points.map(weighPoint);
  const findDrawnSize = ({ values, wanted }: Draw) =>
    invert(sizes, fitMonotone(values, weights), wanted);
  const values = points.map(({ value }) => value);
  const n = findDrawnSize({ values, wanted: created.value });
  if (n === Infinity && created.value <= Math.max(...values)) return "falls again";
  const all = Float64Array.from(drawn, findDrawnSize).sort();
  const [low, high] = [quantile(all, 1 - surely), quantile(all, surely)];
  if (low === -Infinity && high === Infinity) return "no limit";
  return describeSize(points, n, low, high);
}

/** Sizes of which -Infinity and Infinity lie outside the curve. */
function describeSize(points: readonly SizedAccuracy[], n: number, low: number, high: number) {
  const [least = 0, most = 0] = [points[0]?.n, points.at(-1)?.n];
  const name = (size: number): number | "below" | "above" =>
    size === -Infinity ? "below" : size === Infinity ? "above" : size;
  return { n: name(n), low: name(Math.min(low, most)), high: name(Math.max(high, least)) };
}

/** The smallest size at which a monotone curve reaches a value; -Infinity and Infinity outside it. */
function invert(sizes: readonly number[], values: readonly number[], wanted: number): number {
  const index = values.findIndex((value) => value >= wanted);
  const [n, value] = [sizes[index], values[index]];
  if (n === undefined || value === undefined) return Infinity;
  if (value === wanted) return n;
  const [before, from] = [sizes[index - 1], values[index - 1]];
  if (before === undefined || from === undefined) return -Infinity;
  return before * (n / before) ** ((wanted - from) / (value - from));
}

function quantile(sorted: Float64Array, p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}
