import { judgeTrial } from "../data/metrics.ts";
import type { TrialResult } from "../data/trials.ts";
import {
  addTrials,
  type FitData,
  type Head,
  type HeadTrials,
  shapeHead,
  splitScores,
  takeBestHead,
  type VectorItem,
} from "./head.ts";
import { minimise } from "./lbfgs.ts";
import {
  countColumns,
  countParameters,
  createObjective,
  isBinary,
  type LinearShape,
} from "./linear-objective.ts";
import { multiplyRows, stackRows } from "./matrix.ts";

/** A trial of the L2 path. */
export interface LinearTrial extends TrialResult {
  /** Factor of half the sum of the squared weights. */
  l2: number;
  iterations: number;
  /** Whether the optimum was reached. */
  converged: boolean;
}

/** The L2 penalties that are tried, the strongest first. */
export const l2Path = [0.1, 0.03, 0.01, 0.003, 0.001, 3e-4, 1e-4, 3e-5, 1e-5];

/** The largest component of the gradient at an optimum. */
const tolerance = 1e-6;

const iterations = 1000;

export interface LinearOptions extends FitData {
  /** Strongest first. */
  path?: readonly number[];
}

/**
 * Fits a linear head to its optimum at each penalty of a path, each from where the one before ended,
 * and keeps the one that is best on dev; of equals, that of the stronger penalty.
 * @throws ExpectedError if train or dev is empty, or no loss is finite
 */
export async function fitLinear(options: LinearOptions) {
  const { train, dev, path = l2Path } = options;
  const toObjective = createObjective(options, train);
  let start: Float64Array = new Float64Array(countParameters(options));
  const trials: HeadTrials<LinearTrial> = { log: [], best: null };
  for (const l2 of path) {
    const found = await minimise(toObjective(l2), start, { tolerance, iterations });
    const head = toHead(options, found.point);
    const judged = judgeTrial(found.value, dev, scoreLinear(head, dev));
    const { iterations: done, converged } = found;
    const point = { l2, iterations: done, converged, ...judged };
    addTrials(trials, { log: [point], best: { point, head } });
    if (judged.devLoss !== null) start = found.point;
  }
  return takeBestHead(trials);
}

/** Converts the parameters that were found to a head, in 32 bits; two classes share one column. */
function toHead(shape: LinearShape, point: Float64Array): Head {
  const { dimensions, outputs } = shape;
  const biases = countColumns(shape) * dimensions;
  const head = shapeHead(dimensions, null, outputs);
  const { weight, bias } = head.output;
  for (let output = 0; output < outputs; output++) {
    const [column, factor] = isBinary(shape) ? [0, output - 0.5] : [output, 1];
    for (let i = 0; i < dimensions; i++)
      weight[i * outputs + output] = (point[column * dimensions + i] as number) * factor;
    if (bias) bias[output] = (point[biases + column] as number) * factor;
  }
  return head;
}

/** Scores items by a linear head, one array for each. */
function scoreLinear(head: Head, items: readonly Pick<VectorItem, "vectors">[]): Float64Array[] {
  const { inputs, outputs, weight, bias } = head.output;
  const matrix = stackRows(items.flatMap(({ vectors }) => vectors));
  const numbers = new Float64Array((outputs * matrix.length) / inputs);
  for (let column = 0; column < outputs; column++) {
    const weights = Float64Array.from(
      { length: inputs },
      (_, i) => weight[i * outputs + column] as number,
    );
    multiplyRows(matrix, weights, bias?.[column] ?? 0, { numbers, column, columns: outputs });
  }
  return splitScores(numbers, head, items);
}
