import type { Random } from "@seedling/core";
import { toMonotone } from "./monotone.ts";

/** An accuracy with its standard error. */
export interface Measured {
  value: number;
  standardError: number;
}

/** A point of the curve: the accuracy that n human examples give. */
export interface CurvePoint extends Measured {
  n: number;
}

/** Examples in n; "below" or "above" the sizes that the curve was measured at. */
export interface EquivalentSize {
  n: number | "below" | "above";
  /** Ends of the interval; both the largest measured n and "above" where all of it lies above, and so below. */
  low: number | "below";
  high: number | "above";
}

/** A standard error in place of none, so that a point without one still has a weight. */
const tiny = 1e-9;

/**
 * How many human examples a created set is worth: the size at which the human curve first reaches the
 * created accuracy. The curve is made monotone (pool adjacent violators, weighted by precision)
 * and is linear in log n between its points. The 95 % interval is that of parametric draws of both,
 * each by its own standard error: that all were tested on the same items would make it narrower.
 * @throws RangeError if the curve has no point, or a size twice or not positive
 */
export function equivalentSize(
  curve: readonly CurvePoint[],
  created: Measured,
  { draws, random }: { draws: number; random: Random },
): EquivalentSize {
  const points = [...curve].sort((a, b) => a.n - b.n);
  checkSizes(points);
  const sizes = points.map(({ n }) => n);
  const weights = points.map(({ standardError }) => 1 / Math.max(standardError, tiny) ** 2);
  const toSize = (values: readonly number[], wanted: number) =>
    invert(sizes, toMonotone(values, weights), wanted);
  const values = points.map(({ value }) => value);
  const measured = toSize(values, created.value);
  const drawn = Float64Array.from({ length: draws }, () =>
    toSize(
      points.map((point) => draw(point, random)),
      draw(created, random),
    ),
  ).sort();
  const [least, most] = [sizes[0] as number, sizes.at(-1) as number];
  const [low, high] = [quantile(drawn, 0.025), quantile(drawn, 0.975)];
  return {
    n: orSide(measured),
    low: low === -Infinity ? "below" : Math.min(low, most),
    high: high === Infinity ? "above" : Math.max(high, least),
  };
}

function checkSizes(points: readonly CurvePoint[]): void {
  if (points.length === 0) throw new RangeError("expected at least one point of the curve");
  points.forEach(({ n }, place) => {
    if (!(n > 0)) throw new RangeError(`expected a positive size, got ${n}`);
    if (points[place - 1]?.n === n) throw new RangeError(`expected each size once, got ${n} twice`);
  });
}

/** The smallest size at which a monotone curve reaches a value; -Infinity and Infinity outside it. */
function invert(sizes: readonly number[], values: readonly number[], wanted: number): number {
  const place = values.findIndex((value) => value >= wanted);
  const [n, value] = [sizes[place], values[place]];
  if (n === undefined || value === undefined) return Infinity;
  if (value === wanted) return n;
  const [before, from] = [sizes[place - 1], values[place - 1]];
  if (before === undefined || from === undefined) return -Infinity;
  return before * (n / before) ** ((wanted - from) / (value - from));
}

function draw({ value, standardError }: Measured, random: Random): number {
  return value + standardError * random.normal();
}

function quantile(sorted: Float64Array, p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}

function orSide(n: number): number | "below" | "above" {
  if (n === -Infinity) return "below";
  return n === Infinity ? "above" : n;
}
