import type { Kind } from "../features.ts";
import { softmax, toCrossEntropy } from "../scores/softmax.ts";
import { type Item, toMostVectors } from "./items.ts";
import type { Objective } from "./lbfgs.ts";

/**
 * Which numbers a linear head is sought in: columns of weights, one after the other, then a bias for
 * each. Of two classes only the difference counts: one column is enough.
 */
export interface LinearShape {
  kind: Kind;
  dimensions: number;
  /** 1 for a choice. */
  outputs: number;
}

/** Whether the one column is the second class's score less the first's. */
export function isBinary({ kind, outputs }: LinearShape): boolean {
  return kind === "classes" && outputs === 2;
}

export function toColumns(shape: LinearShape): number {
  return isBinary(shape) ? 1 : shape.outputs;
}

/** How many numbers are sought. */
export function toSize(shape: LinearShape): number {
  return toColumns(shape) * (shape.dimensions + (shape.kind === "classes" ? 1 : 0));
}

/**
 * The mean cross entropy of items plus l2 / 2 times the sum of the squared weights of all outputs (not
 * of biases), and its gradient. In 64 bits; each vector is read once from memory.
 */
export function toObjective(shape: LinearShape, items: readonly Item[], l2: number): Objective {
  const { dimensions, kind } = shape;
  const columns = toColumns(shape);
  const biases = kind === "classes" ? columns * dimensions : null;
  // Two classes have half of the difference each: their squares sum to half of its square.
  const penalty = isBinary(shape) ? l2 / 2 : l2;
  const scores = new Float64Array(columns * toMostVectors(items));
  return (point, gradient) => {
    gradient.fill(0);
    let sum = 0;
    for (const { vectors, label } of items) {
      vectors.forEach((vector, row) => {
        for (let column = 0; column < columns; column++)
          scores[row * columns + column] =
            toProduct(vector, point, column * dimensions) +
            (biases === null ? 0 : (point[biases + column] as number));
      });
      const own = scores.subarray(0, vectors.length * columns);
      sum += isBinary(shape) ? toOdds(own, label) : toResiduals(own, label);
      vectors.forEach((vector, row) => {
        for (let column = 0; column < columns; column++) {
          const residual = own[row * columns + column] as number;
          addProduct(gradient, column * dimensions, vector, residual);
          if (biases !== null)
            gradient[biases + column] = (gradient[biases + column] as number) + residual;
        }
      });
    }
    let squares = 0;
    for (let i = 0; i < gradient.length; i++) {
      const isWeight = i < columns * dimensions;
      const value = isWeight ? (point[i] as number) : 0;
      squares += value * value;
      gradient[i] = (gradient[i] as number) / items.length + penalty * value;
    }
    return sum / items.length + (penalty / 2) * squares;
  };
}

/** Puts probabilities less the right answer in the place of scores. @returns the cross entropy */
function toResiduals(scores: Float64Array, label: number): number {
  const loss = toCrossEntropy(scores, label);
  softmax(scores).forEach((share, place) => {
    scores[place] = share - (place === label ? 1 : 0);
  });
  return loss;
}

/** The same for two classes and the difference of their scores. */
function toOdds(scores: Float64Array, label: number): number {
  const difference = scores[0] as number;
  scores[0] = 1 / (1 + Math.exp(-difference)) - label;
  const against = label === 1 ? -difference : difference;
  return Math.max(against, 0) + Math.log1p(Math.exp(-Math.abs(against)));
}

/** The product of a vector with as many of the point's numbers. Four sums: none waits for another. */
export function toProduct(vector: Float32Array, point: Float64Array, from: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i + 3 < vector.length; i += 4) {
    a += (vector[i] as number) * (point[from + i] as number);
    b += (vector[i + 1] as number) * (point[from + i + 1] as number);
    c += (vector[i + 2] as number) * (point[from + i + 2] as number);
    d += (vector[i + 3] as number) * (point[from + i + 3] as number);
  }
  for (; i < vector.length; i++) a += (vector[i] as number) * (point[from + i] as number);
  return a + b + (c + d);
}

/** Adds a multiple of a vector to as many numbers. */
function addProduct(to: Float64Array, from: number, vector: Float32Array, factor: number): void {
  let i = 0;
  for (; i + 3 < vector.length; i += 4) {
    to[from + i] = (to[from + i] as number) + factor * (vector[i] as number);
    to[from + i + 1] = (to[from + i + 1] as number) + factor * (vector[i + 1] as number);
    to[from + i + 2] = (to[from + i + 2] as number) + factor * (vector[i + 2] as number);
    to[from + i + 3] = (to[from + i + 3] as number) + factor * (vector[i + 3] as number);
  }
  for (; i < vector.length; i++)
    to[from + i] = (to[from + i] as number) + factor * (vector[i] as number);
}
