import type { ItemAnswer, LabelledItem } from "../data/examples.ts";
import {
  countColumns,
  isBinary,
  type LinearShape,
  replaceByResiduals,
  type SumLosses,
} from "./linear-objective.ts";
import { countPanelNumbers, openRoom } from "./simd-products.ts";

/** An item whose rows are placed. */
export interface PlacedItem {
  /** One row each. */
  vectors: { length: number };
  /** Items of a group follow each other, and are read together or not at all; left out: all are one group. */
  group?: number;
}

/** What each placed item has as its answer; null: it is left out. */
export type PlacedAnswers = readonly (LabelledItem | null)[];

/** Rows at most that are read while they are in a processor's cache. */
const blockRows = 128;

/**
 * Places rows where products with columns of weights are fast: once for all fits to some of them.
 * @param matrix [rows, shape.dimensions]
 */
export function placeRows(shape: LinearShape, matrix: Float64Array, items: readonly PlacedItem[]) {
  const { dimensions: width } = shape;
  const columns = countColumns(shape);
  const blocks = divide(items);
  const most = Math.max(4, ...blocks.map(({ rows }) => 4 * Math.ceil(rows / 4)));
  // An odd number of cache lines: numbers of one column do not fall on the same places of a cache.
  const stride = 16 * Math.ceil(width / 16) + 8;
  const paddedWidth = 4 * Math.ceil(width / 4);
  const count = matrix.length / width;
  const { parts, addProduct } = openRoom([
    (count + 4) * stride,
    countPanelNumbers(width, columns),
    countPanelNumbers(most, columns),
    countPanelNumbers(paddedWidth, columns),
  ]);
  const [rows, weights, scores, slopes] = parts as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let row = 0; row < count; row++)
    rows.set(matrix.subarray(row * width, (row + 1) * width), row * stride);
  const numbers = new Float64Array(most * columns);

  function placeWeights(point: Float64Array): void {
    for (let column = 0; column < columns; column++) {
      let to = (column >> 2) * width * 4 + (column & 3);
      for (let i = column * width; i < (column + 1) * width; i++, to += 4)
        weights[to] = point[i] as number;
    }
  }

  /** The scores of a block's items, one row after the other. */
  function scoreBlock(block: Block, biases: Float64Array | null): Float64Array {
    scores.fill(0);
    addProduct(
      { numbers: rows, from: block.row * stride, row: stride, step: 1 },
      { numbers: weights, rows: width },
      { numbers: scores, rows: most },
      { rows: block.rows, inner: width, columns },
    );
    for (let column = 0; column < columns; column++) {
      const bias = biases ? (biases[column] as number) : 0;
      let from = (column >> 2) * most * 4 + (column & 3);
      for (let row = 0; row < block.rows; row++, from += 4)
        numbers[row * columns + column] = (scores[from] as number) + bias;
    }
    return numbers.subarray(0, block.rows * columns);
  }

  /** Adds a block's rows to the slopes of each column, times its numbers; and these to the biases' slopes. */
  function addBlock(block: Block, biases: Float64Array | null): void {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      let to = (column >> 2) * most * 4 + (column & 3);
      for (let row = 0; row < block.rows; row++, to += 4) {
        const number = numbers[row * columns + column] as number;
        scores[to] = number;
        sum += number;
      }
      if (biases) biases[column] = (biases[column] as number) + sum;
    }
    addProduct(
      { numbers: rows, from: block.row * stride, row: 1, step: stride },
      { numbers: scores, rows: most },
      { numbers: slopes, rows: paddedWidth },
      { rows: width, inner: block.rows, columns },
    );
  }

  const takeBiases = (of: Float64Array) =>
    shape.outputs > 1 ? of.subarray(columns * width) : null;

  return {
    /** Creates what sums the cross entropies of items, and their gradient. */
    sumLosses(answers: PlacedAnswers): SumLosses {
      const own = readBlocks(blocks, answers);
      return (point, gradient) => {
        placeWeights(point);
        slopes.fill(0);
        gradient.fill(0);
        let sum = 0;
        for (const { block, given } of own) {
          sum += replaceByResiduals(
            scoreBlock(block, takeBiases(point)),
            given,
            shape,
            replaceOnce,
          );
          addBlock(block, takeBiases(gradient));
        }
        for (let column = 0; column < columns; column++) {
          let from = (column >> 2) * paddedWidth * 4 + (column & 3);
          for (let i = column * width; i < (column + 1) * width; i++, from += 4)
            gradient[i] = slopes[from] as number;
        }
        return sum;
      };
    },
    /** Scores items: one array for each. */
    score(point: Float64Array, answers: PlacedAnswers): Float64Array[] {
      placeWeights(point);
      return readBlocks(blocks, answers).flatMap(({ block, given }) => {
        const found = scoreBlock(block, takeBiases(point)).slice();
        let next = 0;
        return given.map(({ right }) => {
          const own = found.subarray(next, next + (isBinary(shape) ? 1 : right.length));
          next += own.length;
          const half = (own[0] as number) / 2;
          return isBinary(shape) ? Float64Array.of(-half, half) : own;
        });
      });
    },
  };
}

/** Does what `replaceScores` does, with one exponential a score: faster, and not the same last digits. */
function replaceOnce(scores: Float64Array, { label, target, weight = 1 }: ItemAnswer): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) highest = Math.max(highest, scores[i] as number);
  let [sum, wanted] = [0, target ? 0 : (scores[label] as number)];
  for (let i = 0; i < scores.length; i++) {
    if (target) wanted += (target[i] as number) * (scores[i] as number);
    const own = Math.exp((scores[i] as number) - highest);
    scores[i] = own;
    sum += own;
  }
  const factor = weight / sum;
  for (let i = 0; i < scores.length; i++) {
    const part = target ? (target[i] as number) * weight : 0;
    scores[i] = (scores[i] as number) * factor - part;
  }
  if (!target) scores[label] = (scores[label] as number) - weight;
  return (highest + Math.log(sum) - wanted) * weight;
}

/** Items that follow each other, and their rows. */
interface Block {
  from: number;
  to: number;
  row: number;
  rows: number;
}

function divide(items: readonly PlacedItem[]): Block[] {
  const blocks: Block[] = [];
  let row = 0;
  for (const [at, { vectors, group }] of items.entries()) {
    const last = blocks.at(-1);
    if (last && items[at - 1]?.group === group && last.rows + vectors.length <= blockRows) {
      last.to = at + 1;
      last.rows += vectors.length;
    } else blocks.push({ from: at, to: at + 1, row, rows: vectors.length });
    row += vectors.length;
  }
  return blocks;
}

function readBlocks(blocks: readonly Block[], answers: PlacedAnswers) {
  return blocks.flatMap((block) => {
    const given = answers.slice(block.from, block.to).filter((answer) => answer !== null);
    return given.length > 0 ? [{ block, given }] : [];
  });
}
