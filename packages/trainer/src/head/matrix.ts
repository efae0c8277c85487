/**
 * Stacks vectors of one length as the rows of a matrix.
 * @param room memory to write it to, at least as large
 */
export function stackRows(rows: readonly Float32Array[], room?: Float32Array): Float32Array {
  const columns = rows[0]?.length ?? 0;
  const size = rows.length * columns;
  const matrix = room ? room.subarray(0, size) : new Float32Array(size);
  rows.forEach((row, i) => {
    matrix.set(row, i * columns);
  });
  return matrix;
}

/** One column of numbers, [rows, columns]. */
export interface MatrixColumn {
  numbers: Float64Array;
  column: number;
  columns: number;
}

/**
 * Multiplies the rows of a matrix by weights, adds a bias, and writes the results to a column. Four rows at a
 * time: each weight is read once for them, and no sum waits for another. In 64 bits.
 * @param matrix [rows, weights]
 */
export function multiplyRows(
  matrix: Float32Array,
  weights: Float64Array,
  bias: number,
  { numbers, column, columns }: MatrixColumn,
): void {
  const width = weights.length;
  const rows = matrix.length / width;
  let row = 0;
  for (; row + 3 < rows; row += 4) {
    const at = row * width;
    let [a, b, c, d] = [bias, bias, bias, bias];
    for (let i = 0; i < width; i++) {
      const weight = weights[i] as number;
      a += (matrix[at + i] as number) * weight;
      b += (matrix[at + width + i] as number) * weight;
      c += (matrix[at + 2 * width + i] as number) * weight;
      d += (matrix[at + 3 * width + i] as number) * weight;
    }
    numbers[row * columns + column] = a;
    numbers[(row + 1) * columns + column] = b;
    numbers[(row + 2) * columns + column] = c;
    numbers[(row + 3) * columns + column] = d;
  }
  for (; row < rows; row++) {
    let sum = bias;
    for (let i = 0; i < width; i++)
      sum += (matrix[row * width + i] as number) * (weights[i] as number);
    numbers[row * columns + column] = sum;
  }
}

/** Adds the rows of a matrix to `to`, each times its number in a column; four rows at a time. */
export function addWeightedRows(
  matrix: Float32Array,
  { numbers, column, columns }: MatrixColumn,
  to: Float64Array,
): void {
  const width = to.length;
  const rows = matrix.length / width;
  const factor = (row: number) => numbers[row * columns + column] as number;
  let row = 0;
  for (; row + 3 < rows; row += 4) {
    const at = row * width;
    const a = factor(row);
    const b = factor(row + 1);
    const c = factor(row + 2);
    const d = factor(row + 3);
    for (let i = 0; i < width; i++) {
      const ab = a * (matrix[at + i] as number) + b * (matrix[at + width + i] as number);
      const cd =
        c * (matrix[at + 2 * width + i] as number) + d * (matrix[at + 3 * width + i] as number);
      to[i] = (to[i] as number) + (ab + cd);
    }
  }
  for (; row < rows; row++)
    for (let i = 0; i < width; i++)
      to[i] = (to[i] as number) + factor(row) * (matrix[row * width + i] as number);
}
