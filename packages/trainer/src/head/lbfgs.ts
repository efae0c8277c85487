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
  const size = start.length;
  let [point, gradient] = [start.slice(), new Float64Array(size)];
  let [next, nextGradient] = [new Float64Array(size), new Float64Array(size)];
  const direction = new Float64Array(size);
  let spare: Omit<Pair, "curvature"> = createPair(size);
  let value = objective(point, gradient);
  const pairs: Pair[] = [];
  for (let iteration = 0; ; iteration++) {
    const converged = largest(gradient) <= tolerance;
    const ended = { point, value, iterations: iteration, converged };
    if (converged || iteration === iterations || !Number.isFinite(value)) return ended;
    computeDirection(gradient, pairs, direction);
    const slope = dot(direction, gradient);
    let length = 1;
    let nextValue = Number.POSITIVE_INFINITY;
    // Below this the two values differ by rounding alone.
    for (; length > 1e-12; length /= 2) {
      for (let i = 0; i < size; i++)
        next[i] = (point[i] as number) + length * (direction[i] as number);
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + 1e-4 * length * slope) break;
    }
    if (!(nextValue <= value)) return ended;
    const { step, change } = spare;
    for (let i = 0; i < size; i++) {
      step[i] = (next[i] as number) - (point[i] as number);
      change[i] = (nextGradient[i] as number) - (gradient[i] as number);
    }
    const curvature = dot(step, change);
    if (curvature > 0) {
      pairs.push({ step, change, curvature });
      // Memory is used again: large searches would wait for its being freed.
      spare = (pairs.length > memory ? pairs.shift() : null) ?? createPair(size);
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

const createPair = (size: number) => ({
  step: new Float64Array(size),
  change: new Float64Array(size),
});

/** Computes the search direction by the inverse curvature of the pairs; at first down the gradient, length 1. */
function computeDirection(
  gradient: Float64Array,
  pairs: readonly Pair[],
  direction: Float64Array,
): void {
  for (let i = 0; i < gradient.length; i++) direction[i] = -(gradient[i] as number);
  const last = pairs.at(-1);
  if (!last) {
    scale(direction, 1 / Math.sqrt(dot(gradient, gradient)));
    return;
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
}

function scale(a: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) * factor;
}

function largest(a: Float64Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] as number));
  return most;
}
