import type { Answer } from "../data/examples.ts";
import { judgeTrial, replaceScores } from "../data/metrics.ts";
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
import { minimise, type Objective } from "./lbfgs.ts";
import { addWeightedRows, multiplyRows, stackRows } from "./matrix.ts";

/** A trial of the L2 path. */
interface LinearTrial extends TrialResult {
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

/**
 * Fits a linear head to its optimum at each penalty of a path, each from where the one before ended,
 * and keeps the one that is best on dev; of equals, that of the stronger penalty.
 * @param options the path begins with the strongest
 * @throws ExpectedError if train or dev is empty, or no loss is finite
 */
export async function fitLinear(options: FitData & { path?: readonly number[] }) {
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
    const take = (_: unknown, i: number) => weight[i * outputs + column] as number;
    const weights = Float64Array.from({ length: inputs }, take);
    multiplyRows(matrix, weights, bias?.[column] ?? 0, { numbers, column, columns: outputs });
  }
  return splitScores(numbers, head, items);
}

/**
 * The parameters of a linear head as the optimiser sees them: columns of weights, one after the other, then
 * a bias for each. Of two classes only the difference counts: one column is enough.
 */
type LinearShape = Pick<FitData, "dimensions" | "outputs">;

/** Whether the one column is the second class's score less the first's. */
function isBinary({ outputs }: LinearShape): boolean {
  return outputs === 2;
}

function countColumns(shape: LinearShape): number {
  return isBinary(shape) ? 1 : shape.outputs;
}

export function countParameters(shape: LinearShape): number {
  return countColumns(shape) * (shape.dimensions + (shape.outputs > 1 ? 1 : 0));
}

/**
 * Creates the objective for any l2, with its gradient: the mean cross entropy of items plus l2 / 2 times the
 * sum of the squared weights of all outputs, not of biases. In 64 bits.
 */
export function createObjective(
  shape: LinearShape,
  items: readonly VectorItem[],
): (l2: number) => Objective {
  const { dimensions, outputs } = shape;
  const columns = countColumns(shape);
  const biases = outputs > 1 ? columns * dimensions : null;
  const matrix = stackRows(items.flatMap(({ vectors }) => vectors));
  const numbers = new Float64Array((columns * matrix.length) / dimensions);
  const column = (of: Float64Array, at: number) =>
    of.subarray(at * dimensions, (at + 1) * dimensions);
  const numbersOf = (at: number) => ({ numbers, column: at, columns });
  const toBias = (point: Float64Array, at: number) =>
    biases === null ? 0 : (point[biases + at] as number);

  /** Replaces all scores by residuals. @returns the sum of the cross entropies */
  function replaceByResiduals(): number {
    let sum = 0;
    let from = 0;
    for (const item of items) {
      const to = from + item.vectors.length * columns;
      sum += isBinary(shape)
        ? replaceDifference(numbers, from, item)
        : replaceScores(numbers.subarray(from, to), item);
      from = to;
    }
    return sum;
  }

  function addBiases(gradient: Float64Array): void {
    if (biases === null) return;
    for (let i = 0; i < numbers.length; i++) {
      const at = biases + (i % columns);
      gradient[at] = (gradient[at] as number) + (numbers[i] as number);
    }
  }

  return (l2) => {
    // Two classes have half of the difference each: their squares sum to half of its square.
    const penalty = isBinary(shape) ? l2 / 2 : l2;
    return (point, gradient) => {
      for (let at = 0; at < columns; at++)
        multiplyRows(matrix, column(point, at), toBias(point, at), numbersOf(at));
      const sum = replaceByResiduals();
      gradient.fill(0);
      for (let at = 0; at < columns; at++)
        addWeightedRows(matrix, numbersOf(at), column(gradient, at));
      addBiases(gradient);
      let squares = 0;
      for (let i = 0; i < gradient.length; i++) {
        const isWeight = i < columns * dimensions;
        const value = isWeight ? (point[i] as number) : 0;
        squares += value * value;
        gradient[i] = (gradient[i] as number) / items.length + penalty * value;
      }
      return sum / items.length + (penalty / 2) * squares;
    };
  };
}

/** Does what `replaceScores` does, for two classes and the difference of their scores, at one index. */
function replaceDifference(scores: Float64Array, index: number, answer: Answer): number {
  const { label, target, weight = 1 } = answer;
  const difference = scores[index] as number;
  const second = target ? (target[1] as number) : label;
  scores[index] = (1 / (1 + Math.exp(-difference)) - second) * weight;
  const rest = Math.log1p(Math.exp(-Math.abs(difference)));
  return (Math.max(difference, 0) - second * difference + rest) * weight;
}
