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
import type { Axes } from "./principal-axes.ts";

/** When a search ends. */
export type Ending = Parameters<typeof minimise>[2];

/**
 * Creates what finds the optimum of a linear head's objective at any penalty, from any start. The search runs in
 * coordinates in which the curvature at equal scores is the same in every direction: some ten steps do what takes
 * hundreds in the vectors' own.
 * @param losses of rows in principal axes, and how many items they are of
 * @param names in the same axes, in columns; null: none
 * @param ending by the largest part of the gradient there: the loss is then within about its square of the least
 * @returns the parameters, as linear-objective.ts lays them out, and how the search ended
 */
export function createSolver(
  shape: LinearShape,
  losses: { count: number; sum: SumLosses },
  names: Float64Array | null,
  axes: Pick<Axes, "mean" | "variances">,
  ending: Ending,
) {
  const toObjective = addPenalty(shape, losses.count, losses.sum, names);
  return async (l2: number, start: Float64Array) => {
    const coordinates = createCoordinates(shape, axes, names !== null, l2);
    const objective = coordinates.wrap(toObjective(l2));
    const begin = coordinates.enter(start);
    const found = await minimise(objective, begin, ending);
    return { ...found, point: coordinates.leave(found.point, new Float64Array(begin.length)) };
  };
}

/**
 * Creates the way into coordinates of even curvature at a penalty, and back: each axis in units of its own, and
 * biases as the scores of the mean row.
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
  const unitOfBias = Math.sqrt(move + (hasNames ? biasPenalty * half : 0));
  const biases = outputs > 1 ? columns * dimensions : null;

  /** The score of the mean row. */
  const scoreMean = (point: Float64Array, column: number) => {
    let sum = 0;
    for (let i = 0; i < dimensions; i++)
      sum += (point[column * dimensions + i] as number) * (mean[i] as number);
    return sum;
  };

  function enter(point: Float64Array): Float64Array {
    const inside = point.slice();
    for (let column = 0; column < columns; column++) {
      if (biases !== null)
        inside[biases + column] =
          ((point[biases + column] as number) + scoreMean(point, column)) * unitOfBias;
      for (let i = 0; i < dimensions; i++)
        inside[column * dimensions + i] =
          (point[column * dimensions + i] as number) * (units[i] as number);
    }
    return inside;
  }

  function leave(inside: Float64Array, point: Float64Array): Float64Array {
    for (let column = 0; column < columns; column++) {
      for (let i = 0; i < dimensions; i++)
        point[column * dimensions + i] =
          (inside[column * dimensions + i] as number) / (units[i] as number);
      if (biases !== null)
        point[biases + column] =
          (inside[biases + column] as number) / unitOfBias - scoreMean(point, column);
    }
    return point;
  }

  /** Changes a gradient by parameters into one by coordinates, in place. */
  function enterGradient(gradient: Float64Array): void {
    for (let column = 0; column < columns; column++) {
      const slope = biases === null ? 0 : (gradient[biases + column] as number);
      for (let i = 0; i < dimensions; i++) {
        const at = column * dimensions + i;
        gradient[at] =
          ((gradient[at] as number) - slope * (mean[i] as number)) / (units[i] as number);
      }
      if (biases !== null) gradient[biases + column] = slope / unitOfBias;
    }
  }

  return {
    enter,
    leave,
    wrap(objective: Objective): Objective {
      const point = new Float64Array(countParameters(shape));
      return (inside, gradient) => {
        const value = objective(leave(inside, point), gradient);
        enterGradient(gradient);
        return value;
      };
    },
  };
}
