import { computeCrossEntropy, softmax } from "../data/metrics.ts";
import type { FitData, VectorItem } from "./head.ts";
import type { Objective } from "./lbfgs.ts";
import { addWeightedRows, multiplyRows, stackRows } from "./matrix.ts";

/**
 * The parameters of a linear head as the optimiser sees them: columns of weights, one after the other, then
 * a bias for each. Of two classes only the difference counts: one column is enough.
 */
export type LinearShape = Pick<FitData, "dimensions" | "outputs">;

/** Whether the one column is the second class's score less the first's. */
export function isBinary({ outputs }: LinearShape): boolean {
  return outputs === 2;
}

export function countColumns(shape: LinearShape): number {
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
  const toBias = (point: Float64Array, at: number) =>
    biases === null ? 0 : (point[biases + at] as number);

  /** Replaces all scores by residuals. @returns the sum of the cross entropies */
  function replaceByResiduals(): number {
    let sum = 0;
    let from = 0;
    for (const { vectors, label } of items) {
      const to = from + vectors.length * columns;
      sum += isBinary(shape)
        ? replaceDifference(numbers, from, label)
        : replaceScores(numbers.subarray(from, to), label);
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
        multiplyRows(matrix, column(point, at), toBias(point, at), {
          numbers,
          column: at,
          columns,
        });
      const sum = replaceByResiduals();
      gradient.fill(0);
      for (let at = 0; at < columns; at++)
        addWeightedRows(matrix, { numbers, column: at, columns }, column(gradient, at));
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

/** Replaces scores by residuals, the probabilities minus the right answer. @returns the cross entropy */
function replaceScores(scores: Float64Array, label: number): number {
  const loss = computeCrossEntropy(scores, label);
  softmax(scores).forEach((probability, index) => {
    scores[index] = probability - (index === label ? 1 : 0);
  });
  return loss;
}

/** The same for two classes and the difference of their scores, at one index. */
function replaceDifference(scores: Float64Array, index: number, label: number): number {
  const difference = scores[index] as number;
  scores[index] = 1 / (1 + Math.exp(-difference)) - label;
  const against = label === 1 ? -difference : difference;
  return Math.max(against, 0) + Math.log1p(Math.exp(-Math.abs(against)));
}
