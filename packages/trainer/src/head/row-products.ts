import type { ItemAnswer, LabelledItem } from "../data/examples.ts";
import {
  countColumns,
  isBinary,
  type LinearShape,
  replaceByResiduals,
  type SumLosses,
} from "./linear-objective.ts";
import { openRowKernel, type RowBlock } from "./row-kernels.ts";

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
export function placeRows(
  shape: LinearShape,
  matrix: Float32Array | Float64Array,
  items: readonly PlacedItem[],
) {
  const { dimensions: width } = shape;
  const columns = countColumns(shape);
  const blocks = divide(items);
  const most = Math.max(4, ...blocks.map(({ rows }) => 4 * Math.ceil(rows / 4)));
  const kernel = openRowKernel(matrix, { width, columns, most });
  const numbers = new Float64Array(most * columns);

  /** The scores of a block's items, one row after the other. */
  function scoreBlock(block: Block, biases: Float64Array | null): Float64Array {
    kernel.score(block, numbers);
    const own = numbers.subarray(0, block.rows * columns);
    if (biases)
      for (let i = 0; i < own.length; i++)
        own[i] = (own[i] as number) + (biases[i % columns] as number);
    return own;
  }

  /** Adds a block's rows to the slopes of each column, times its numbers; and these to the biases' slopes. */
  function addBlock(block: Block, biases: Float64Array | null): void {
    kernel.add(block, numbers);
    if (!biases) return;
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let i = column; i < block.rows * columns; i += columns) sum += numbers[i] as number;
      biases[column] = (biases[column] as number) + sum;
    }
  }

  const takeBiases = (of: Float64Array) =>
    shape.outputs > 1 ? of.subarray(columns * width) : null;

  return {
    /** Creates what sums the cross entropies of items, and their gradient. */
    sumLosses(answers: PlacedAnswers): SumLosses {
      const own = readBlocks(blocks, answers);
      return (point, gradient) => {
        kernel.place(point);
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
        kernel.read(gradient);
        return sum;
      };
    },
    /** Scores items: one array for each. */
    score(point: Float64Array, answers: PlacedAnswers): Float64Array[] {
      kernel.place(point);
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
interface Block extends RowBlock {
  from: number;
  to: number;
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
