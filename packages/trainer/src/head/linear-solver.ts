import { minimise, type Objective } from "./lbfgs.ts";
import {
  addPenalty,
  biasPenalty,
  countColumns,
  countParameters,
  isBinary,
  type LinearShape,
  type SumLosses,
} from "./linear-objective.ts";
import { addScaled, dot, scale, sumProducts } from "./matrix.ts";
import type { Axes } from "./principal-axes.ts";

/** When a search ends. */
export interface Ending {
  /** How far the loss may be above the least one, as a fraction of it, as the gradient says in even coordinates. */
  excess: number;
  /** Iterations at most. */
  iterations: number;
}

/**
 * Creates what finds the optimum of a linear head's objective at any penalty, from any start. The search runs in
 * coordinates in which the curvature at equal scores is the same in every direction: some ten steps do what takes
 * hundreds in the vectors' own.
 * @param losses of rows in principal axes, and how many items they are of
 * @param names in the same axes, in columns; null: none
 * @param free memory that solvers of one shape share, one at a time
 * @returns the parameters, as linear-objective.ts lays them out, and how the search ended
 */
export function createSolver(
  shape: LinearShape,
  losses: { count: number; sum: SumLosses },
  names: Float64Array | null,
  axes: Pick<Axes, "mean" | "variances">,
  ending: Ending,
  free: Float64Array[] = [],
) {
  const toObjective = addPenalty(shape, losses.count, losses.sum, names);
  const search = {
    isNear: (gradient: Float64Array, value: number) =>
      sumProducts(gradient, gradient) / 2 <= ending.excess * value,
    iterations: ending.iterations,
    multiply: sumProducts,
    free,
  };
  const take = () => free.pop() ?? new Float64Array(countParameters(shape));
  return async (l2: number, start: Float64Array) => {
    const coordinates = createCoordinates(shape, axes, names !== null, l2);
    const [begin, point] = [take(), take()];
    coordinates.enter(start, begin);
    const objective = coordinates.wrap(toObjective(l2), point);
    const found = await minimise(objective, begin, search);
    const end = coordinates.leave(found.point, new Float64Array(begin.length));
    free.push(begin, point, found.point);
    return { ...found, point: end };
  };
}

/**
 * Creates the way into coordinates of even curvature at a penalty, and back: each axis in units of its own, and
 * biases less what the weights say of the mean row. Where biases have a penalty, weights must say that themselves,
 * and the direction of the mean row is the steepest of all: it is drawn out, too.
 */
function createCoordinates(
  shape: LinearShape,
  { mean, variances }: Pick<Axes, "mean" | "variances">,
  hasNames: boolean,
  l2: number,
) {
  const { dimensions, outputs } = shape;
  const columns = countColumns(shape);
  const half = isBinary(shape) ? 0.5 : 1;
  // How much a score moves its probability, at equal scores.
  const move = isBinary(shape) ? 0.25 : 1 / Math.max(2, outputs);
  const units = variances.map((variance) => Math.sqrt(move * variance + l2 * half));
  const curvatureOfBias = move + (hasNames ? biasPenalty * half : 0);
  const unitOfBias = Math.sqrt(curvatureOfBias);
  const biases = outputs > 1 ? columns * dimensions : null;
  /** How much of the mean row's score a bias takes over. */
  const taken = biases === null ? 0 : move / curvatureOfBias;
  const toMean = mean.map((value, i) => value / (units[i] as number));
  const length = Math.sqrt(dot(toMean, toMean));
  if (length > 0) scale(toMean, 1 / length);
  const drawn = Math.sqrt(1 + move * (1 - taken) * length * length);

  function enter(point: Float64Array, inside: Float64Array): void {
    inside.set(point);
    for (let column = 0; column < columns; column++) {
      const own = inside.subarray(column * dimensions, (column + 1) * dimensions);
      for (let i = 0; i < dimensions; i++) own[i] = (own[i] as number) * (units[i] as number);
      const along = dot(own, toMean);
      addScaled(own, toMean, (drawn - 1) * along);
      if (biases !== null)
        inside[biases + column] =
          ((point[biases + column] as number) + taken * length * along) * unitOfBias;
    }
  }

  function leave(inside: Float64Array, point: Float64Array): Float64Array {
    for (let column = 0; column < columns; column++) {
      const from = column * dimensions;
      const drawnAlong = dot(inside.subarray(from, from + dimensions), toMean);
      const along = drawnAlong / drawn;
      for (let i = 0; i < dimensions; i++)
        point[from + i] =
          ((inside[from + i] as number) + (along - drawnAlong) * (toMean[i] as number)) /
          (units[i] as number);
      if (biases !== null)
        point[biases + column] =
          (inside[biases + column] as number) / unitOfBias - taken * length * along;
    }
    return point;
  }

  /** Changes a gradient by parameters into one by coordinates, in place. */
  function enterGradient(gradient: Float64Array): void {
    for (let column = 0; column < columns; column++) {
      const own = gradient.subarray(column * dimensions, (column + 1) * dimensions);
      for (let i = 0; i < dimensions; i++) own[i] = (own[i] as number) / (units[i] as number);
      const along = dot(own, toMean);
      const slope = biases === null ? 0 : (gradient[biases + column] as number);
      addScaled(own, toMean, (along - taken * length * slope) / drawn - along);
      if (biases !== null) gradient[biases + column] = slope / unitOfBias;
    }
  }

  return {
    enter,
    leave,
    /** @param point memory for a point */
    wrap(objective: Objective, point: Float64Array): Objective {
      return (inside, gradient) => {
        const value = objective(leave(inside, point), gradient);
        enterGradient(gradient);
        return value;
      };
    },
  };
}
