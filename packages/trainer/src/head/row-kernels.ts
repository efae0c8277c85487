import { countPanelNumbers, openRoom } from "./simd-products.ts";

/** Rows that follow each other. */
export interface RowBlock {
  row: number;
  rows: number;
}

/** Rows of a matrix, placed for products with columns of weights; both ways of placing them give the same bits. */
interface RowKernel {
  /** Takes the weights of all columns, one column after the other, and sets the slopes to 0. */
  place: (point: Float64Array) => void;
  /** Writes the scores of a block's rows, one row after the other. */
  score: (block: RowBlock, numbers: Float64Array) => void;
  /** Adds a block's rows to the slopes of each column, times its numbers. */
  add: (block: RowBlock, numbers: Float64Array) => void;
  /** Writes the slopes, one column after the other. */
  read: (gradient: Float64Array) => void;
}

interface Sizes {
  width: number;
  columns: number;
  /** The rows of the largest block, up to a multiple of four. */
  most: number;
}

/** The numbers that are not 0, of all, at most, that are placed alone: plain JavaScript takes seven times as long for each. */
const sparseAtMost = 1 / 16;

/** Places rows by how many of their numbers are 0: of a text's words nearly all are. */
export function openRowKernel(matrix: Float32Array | Float64Array, sizes: Sizes): RowKernel {
  let count = 0;
  for (let i = 0; i < matrix.length; i++) if (matrix[i] !== 0) count += 1;
  return count <= sparseAtMost * matrix.length
    ? createSparseKernel(matrix, count, sizes)
    : openDenseKernel(matrix, sizes);
}

/** Places all numbers in one WebAssembly memory. */
export function openDenseKernel(
  matrix: Float32Array | Float64Array,
  { width, columns, most }: Sizes,
): RowKernel {
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

  return {
    place(point) {
      slopes.fill(0);
      for (let column = 0; column < columns; column++) {
        let to = (column >> 2) * width * 4 + (column & 3);
        for (let i = column * width; i < (column + 1) * width; i++, to += 4)
          weights[to] = point[i] as number;
      }
    },
    score(block, numbers) {
      scores.fill(0);
      addProduct(
        { numbers: rows, from: block.row * stride, row: stride, step: 1 },
        { numbers: weights, rows: width },
        { numbers: scores, rows: most },
        { rows: block.rows, inner: width, columns },
      );
      for (let column = 0; column < columns; column++) {
        let from = (column >> 2) * most * 4 + (column & 3);
        for (let row = 0; row < block.rows; row++, from += 4)
          numbers[row * columns + column] = scores[from] as number;
      }
    },
    add(block, numbers) {
      for (let column = 0; column < columns; column++) {
        let to = (column >> 2) * most * 4 + (column & 3);
        for (let row = 0; row < block.rows; row++, to += 4)
          scores[to] = numbers[row * columns + column] as number;
      }
      addProduct(
        { numbers: rows, from: block.row * stride, row: 1, step: stride },
        { numbers: scores, rows: most },
        { numbers: slopes, rows: paddedWidth },
        { rows: width, inner: block.rows, columns },
      );
    },
    read(gradient) {
      for (let column = 0; column < columns; column++) {
        let from = (column >> 2) * paddedWidth * 4 + (column & 3);
        for (let i = column * width; i < (column + 1) * width; i++, from += 4)
          gradient[i] = slopes[from] as number;
      }
    },
  };
}

/** Keeps the numbers that are not 0 alone: 100,000 texts' words are 30 MB so, and 3.3 GB with all zeros. @param count of them */
export function createSparseKernel(
  matrix: Float32Array | Float64Array,
  count: number,
  { width, columns }: Sizes,
): RowKernel {
  const starts = new Uint32Array(matrix.length / width + 1);
  const indices = new Uint32Array(count);
  const values = new Float64Array(count);
  let next = 0;
  for (let i = 0; i < matrix.length; i++) {
    if (matrix[i] !== 0) {
      indices[next] = i % width;
      values[next++] = matrix[i] as number;
    }
    if ((i + 1) % width === 0) starts[(i + 1) / width] = next;
  }
  const weights = new Float64Array(columns * width);
  const slopes = new Float64Array(columns * width);

  return {
    place(point) {
      weights.set(point.subarray(0, weights.length));
      slopes.fill(0);
    },
    score({ row: first, rows }, numbers) {
      for (let row = 0; row < rows; row++) {
        const [from, to] = [starts[first + row] as number, starts[first + row + 1] as number];
        for (let column = 0; column < columns; column++) {
          const at = column * width;
          let sum = 0;
          for (let k = from; k < to; k++)
            sum += (values[k] as number) * (weights[at + (indices[k] as number)] as number);
          numbers[row * columns + column] = sum;
        }
      }
    },
    add({ row: first, rows }, numbers) {
      for (let row = 0; row < rows; row++) {
        const [from, to] = [starts[first + row] as number, starts[first + row + 1] as number];
        for (let column = 0; column < columns; column++) {
          const at = column * width;
          const factor = numbers[row * columns + column] as number;
          for (let k = from; k < to; k++) {
            const i = at + (indices[k] as number);
            slopes[i] = (slopes[i] as number) + (values[k] as number) * factor;
          }
        }
      }
    },
    read: (gradient) => gradient.set(slopes),
  };
}
