import type { ItemAnswer, LabelledItem } from "../data/examples.ts";
import { replaceScores } from "../data/metrics.ts";
import type { VectorItem } from "./head.ts";
import type { Objective } from "./lbfgs.ts";
import { addWeightedRows, multiplyRows } from "./matrix.ts";

/**
 * The parameters of a linear head as the optimiser sees them: columns of weights, one after the other, then
 * a bias for each. Of two classes only the difference counts: one column is enough.
 */
export interface LinearShape {
  /** The length of a row. */
  dimensions: number;
  /** The number of classes; 1 for a choice. */
  outputs: number;
}

/** Whether the one column is the second class's score less the first's. */
export function isBinary({ outputs }: Pick<LinearShape, "outputs">): boolean {
  return outputs === 2;
}

export function countColumns(shape: Pick<LinearShape, "outputs">): number {
  return isBinary(shape) ? 1 : shape.outputs;
}

export function countParameters(shape: LinearShape): number {
  return countColumns(shape) * (shape.dimensions + (shape.outputs > 1 ? 1 : 0));
}

/** Factor of half the sum of the squared biases where names are read: labels never seen keep their name's score. */
export const biasPenalty = 0.1;

/** The largest share of the labels' names in the weights. */
const largestShare = 50;

/**
 * Finds the share a, from 0 to 50, of the names' vectors N in weights W for which |W - a N| is least: what the names
 * say is not penalised.
 */
export function findShare(weights: Float64Array, names: Float64Array): number {
  let [product, squares] = [0, 0];
  for (let i = 0; i < names.length; i++) {
    product += (weights[i] as number) * (names[i] as number);
    squares += (names[i] as number) ** 2;
  }
  return squares > 0 ? Math.min(largestShare, Math.max(0, product / squares)) : 0;
}

/** The rows of items to fit: all vectors of the items, [rows, dimensions]. */
export interface LinearRows {
  items: readonly VectorItem[];
  matrix: Float32Array;
}

/** Sums the cross entropies of items at a point, and fills in the sum's gradient. In 64 bits. */
export type SumLosses = Objective;

/** Creates the objective of items and their rows for any l2, bit for bit as every version computed it. */
export function createObjective(
  shape: LinearShape,
  { items, matrix }: LinearRows,
): (l2: number) => Objective {
  const { dimensions } = shape;
  const columns = countColumns(shape);
  const biases = shape.outputs > 1 ? columns * dimensions : null;
  const numbers = new Float64Array((columns * matrix.length) / dimensions);
  const products = { matrix, width: dimensions, columns, numbers };

  function addBiases(gradient: Float64Array): void {
    if (biases === null) return;
    for (let i = 0; i < numbers.length; i++) {
      const at = biases + (i % columns);
      gradient[at] = (gradient[at] as number) + (numbers[i] as number);
    }
  }

  return addPenalty(shape, items.length, (point, gradient) => {
    multiplyRows(products, point, biases === null ? null : point.subarray(biases));
    const sum = replaceByResiduals(numbers, items, shape);
    gradient.fill(0);
    addWeightedRows(products, gradient);
    addBiases(gradient);
    return sum;
  });
}

/**
 * Creates the objective for any l2, with its gradient: the mean cross entropy of items plus l2 / 2 times the
 * sum of the squared weights of all outputs, not of biases.
 * @param count of the items
 * @param names the vectors of the labels' names, in columns as the weights are: the penalty is then on the weights
 *   less the names' best share of them (field's words: CLAP, arXiv 2312.12730), and biases have one; null: none
 */
export function addPenalty(
  shape: LinearShape,
  count: number,
  sumLosses: SumLosses,
  names: Float64Array | null = null,
): (l2: number) => Objective {
  const weights = countColumns(shape) * shape.dimensions;
  return (l2) => {
    // Two classes have half of the difference each: their squares sum to half of its square.
    const half = isBinary(shape) ? 0.5 : 1;
    const penalty = l2 * half;
    const penaltyOfBiases = names ? biasPenalty * half : 0;
    return (point, gradient) => {
      const sum = sumLosses(point, gradient);
      // The share is the best one: moving it changes nothing, so that no gradient runs through it.
      const share = names ? findShare(point, names) : 0;
      let squares = 0;
      for (let i = 0; i < weights; i++) {
        const value = names
          ? (point[i] as number) - share * (names[i] as number)
          : (point[i] as number);
        squares += value * value;
        gradient[i] = (gradient[i] as number) / count + penalty * value;
      }
      let squaresOfBiases = 0;
      for (let i = weights; i < gradient.length; i++) {
        const value = point[i] as number;
        squaresOfBiases += value * value;
        gradient[i] = (gradient[i] as number) / count + penaltyOfBiases * value;
      }
      return sum / count + (penalty / 2) * squares + (penaltyOfBiases / 2) * squaresOfBiases;
    };
  };
}

/**
 * Replaces the scores of items, one after the other, by residuals.
 * @param replace does so for one item of not two classes
 * @returns the sum of the cross entropies
 */
export function replaceByResiduals(
  scores: Float64Array,
  items: readonly LabelledItem[],
  shape: LinearShape,
  replace: (scores: Float64Array, answer: ItemAnswer) => number = replaceScores,
): number {
  let sum = 0;
  let from = 0;
  for (const item of items) {
    if (isBinary(shape)) {
      sum += replaceDifference(scores, from++, item);
      continue;
    }
    const to = from + item.right.length;
    sum += replace(scores.subarray(from, to), item);
    from = to;
  }
  return sum;
}

/** Does what `replaceScores` does, for two classes and the difference of their scores, at one index. */
function replaceDifference(scores: Float64Array, index: number, answer: ItemAnswer): number {
  const { label, target, weight = 1 } = answer;
  const difference = scores[index] as number;
  const second = target ? (target[1] as number) : label;
  scores[index] = (1 / (1 + Math.exp(-difference)) - second) * weight;
  const rest = Math.log1p(Math.exp(-Math.abs(difference)));
  return (Math.max(difference, 0) - second * difference + rest) * weight;
}
