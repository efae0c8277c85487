import { setImmediate } from "node:timers/promises";
import { addScaled, dot, scale } from "./matrix.ts";

/** A function of several numbers: returns its value and fills in its gradient. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

/** Steps that the curvature is estimated from. */
const memory = 20;

/** When a search ends, and what it takes. */
export interface SearchOptions {
  /** Whether a gradient is near enough to 0, at a value. */
  isNear: (gradient: Float64Array, value: number) => boolean;
  /** Iterations at most. */
  iterations: number;
  /** Sums the products of two vectors' numbers. */
  multiply?: typeof dot;
  /** Vectors of the point's length to write to, that searches one after the other share: large ones cost time. */
  free?: Float64Array[];
}

/**
 * Finds the minimum of a smooth convex function by L-BFGS (Liu and Nocedal 1989; Nocedal and Wright,
 * algorithm 7.4), halving a step until it descends enough. Yields to other work after each iteration.
 * A value that is not finite ends the search.
 * @returns where it ended, and whether the gradient came near 0
 */
export async function minimise(
  objective: Objective,
  start: Float64Array,
  { isNear, iterations, multiply = dot, free = [] }: SearchOptions,
) {
  const size = start.length;
  const take = (): Float64Array => free.pop() ?? new Float64Array(size);
  let [point, gradient, next, nextGradient] = [take(), take(), take(), take()];
  let [step, change] = [take(), take()];
  point.set(start);
  const direction = take();
  let value = objective(point, gradient);
  const pairs: Pair[] = [];
  for (let iteration = 0; ; iteration++) {
    const converged = isNear(gradient, value);
    let isOver = converged || iteration === iterations || !Number.isFinite(value);
    let nextValue = Number.POSITIVE_INFINITY;
    if (!isOver) {
      computeDirection(gradient, pairs, multiply, direction);
      const slope = multiply(direction, gradient);
      // Below this the two values differ by rounding alone.
      for (let length = 1; length > 1e-12; length /= 2) {
        for (let i = 0; i < size; i++)
          next[i] = (point[i] as number) + length * (direction[i] as number);
        nextValue = objective(next, nextGradient);
        if (nextValue <= value + 1e-4 * length * slope) break;
      }
      isOver = !(nextValue <= value);
    }
    if (isOver) {
      free.push(gradient, next, nextGradient, direction, step, change);
      free.push(...pairs.flatMap((pair) => [pair.step, pair.change]));
      return { point, value, iterations: iteration, converged };
    }
    for (let i = 0; i < size; i++) {
      step[i] = (next[i] as number) - (point[i] as number);
      change[i] = (nextGradient[i] as number) - (gradient[i] as number);
    }
    const curvature = multiply(step, change);
    if (curvature > 0) {
      pairs.push({ step, change, curvature });
      const oldest = pairs.length > memory ? pairs.shift() : null;
      [step, change] = oldest ? [oldest.step, oldest.change] : [take(), take()];
    }
    [point, next] = [next, point];
    [gradient, nextGradient] = [nextGradient, gradient];
    value = nextValue;
    await setImmediate();
  }
}

/** A step and how the gradient changed along it. */
interface Pair {
  step: Float64Array;
  change: Float64Array;
  /** Their product. */
  curvature: number;
}

/** Computes the search direction by the inverse curvature of the pairs; at first down the gradient, length 1. */
function computeDirection(
  gradient: Float64Array,
  pairs: readonly Pair[],
  multiply: typeof dot,
  direction: Float64Array,
): void {
  for (let i = 0; i < gradient.length; i++) direction[i] = -(gradient[i] as number);
  const last = pairs.at(-1);
  if (!last) {
    scale(direction, 1 / Math.sqrt(multiply(gradient, gradient)));
    return;
  }
  const factors: number[] = [];
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, curvature } = pairs[i] as Pair;
    const factor = multiply(step, direction) / curvature;
    factors[i] = factor;
    addScaled(direction, change, -factor);
  }
  scale(direction, last.curvature / multiply(last.change, last.change));
  pairs.forEach(({ step, change, curvature }, i) => {
    const factor = (factors[i] as number) - multiply(change, direction) / curvature;
    addScaled(direction, step, factor);
  });
}
