import { setImmediate } from "node:timers/promises";
import { addScaled, dot } from "./matrix.ts";

/** A function of several numbers: returns its value and fills in its gradient. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

/** Steps that the curvature is estimated from. */
const memory = 20;

/**
 * Finds the minimum of a smooth convex function by L-BFGS (Liu and Nocedal 1989; Nocedal and Wright,
 * algorithm 7.4), halving a step until it descends enough. Yields to other work after each iteration.
 * A value that is not finite ends the search.
 * @param options the largest part of the gradient at which the search ends, and iterations at most
 * @returns where it ended, and whether the gradient came within the tolerance
 */
export async function minimise(
  objective: Objective,
  start: Float64Array,
  { tolerance, iterations }: { tolerance: number; iterations: number },
) {
  let point = start.slice();
  let gradient = new Float64Array(point.length);
  let value = objective(point, gradient);
  const pairs: Pair[] = [];
  for (let iteration = 0; ; iteration++) {
    const converged = largest(gradient) <= tolerance;
    const ended = { point, value, iterations: iteration, converged };
    if (converged || iteration === iterations || !Number.isFinite(value)) return ended;
    const direction = computeDirection(gradient, pairs);
    const slope = dot(direction, gradient);
    const next = new Float64Array(point.length);
    const nextGradient = new Float64Array(point.length);
    let length = 1;
    let nextValue = Number.POSITIVE_INFINITY;
    // Below this the two values differ by rounding alone.
    for (; length > 1e-12; length /= 2) {
      for (let i = 0; i < next.length; i++)
        next[i] = (point[i] as number) + length * (direction[i] as number);
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + 1e-4 * length * slope) break;
    }
    if (!(nextValue <= value)) return ended;
    const step = subtract(next, point);
    const change = subtract(nextGradient, gradient);
    const curvature = dot(step, change);
    if (curvature > 0) pairs.push({ step, change, curvature });
    if (pairs.length > memory) pairs.shift();
    [point, gradient, value] = [next, nextGradient, nextValue];
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
function computeDirection(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const last = pairs.at(-1);
  if (!last) {
    scale(direction, 1 / Math.sqrt(dot(gradient, gradient)));
    return direction;
  }
  const factors: number[] = [];
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, curvature } = pairs[i] as Pair;
    const factor = dot(step, direction) / curvature;
    factors[i] = factor;
    addScaled(direction, change, -factor);
  }
  scale(direction, last.curvature / dot(last.change, last.change));
  pairs.forEach(({ step, change, curvature }, i) => {
    addScaled(direction, step, (factors[i] as number) - dot(change, direction) / curvature);
  });
  return direction;
}

function subtract(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - (b[i] as number));
}

function scale(a: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) * factor;
}

function largest(a: Float64Array): number {
  let most = 0;
  for (const value of a) most = Math.max(most, Math.abs(value));
  return most;
}
