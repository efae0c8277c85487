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
  /** Where the interval begins; the smallest measured n where all of it lies below, the largest where all of it lies above. */
  low: number | "below";
  high: number | "above";
}

/**
 * How many human examples a created set is worth: the size at which the human curve first reaches the
 * created accuracy. The curve is made monotone (pool adjacent violators, weighted by precision)
 * and is linear in log n between its points. The 95 % interval is that of parametric draws of both.
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
  const least = Math.min(...points.map(({ standardError }) => standardError || Infinity));
  const weights = points.map(({ standardError }) => 1 / (standardError || least) ** 2 || 1);
  const size = (values: readonly number[], wanted: number) =>
    invert(sizes, toMonotone(values, weights), wanted);
  const drawn = Float64Array.from({ length: draws }, () =>
    size(
      points.map((point) => draw(point, random)),
      draw(created, random),
    ),
  ).sort();
  const first = sizes[0] as number;
  const last = sizes.at(-1) as number;
  const low = quantile(drawn, 0.025);
  const high = quantile(drawn, 0.975);
  return {
    n: name(
      size(
        points.map(({ value }) => value),
        created.value,
      ),
    ),
    low: low === -Infinity ? "below" : Math.min(low, last),
    high: high === Infinity ? "above" : Math.max(high, first),
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

function name(n: number): number | "below" | "above" {
  if (n === -Infinity) return "below";
  return n === Infinity ? "above" : n;
}
