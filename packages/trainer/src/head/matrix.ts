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

/** A matrix and the columns of weights that its rows are multiplied by. */
export interface Products {
  /** [rows, width] */
  matrix: Float32Array;
  width: number;
  columns: number;
  /** [rows, columns]: what comes out of the way there, and goes into the way back. */
  numbers: Float64Array;
}

/**
 * Multiplies the rows of a matrix by columns of weights, one after the other, and adds a bias for each. Four
 * columns by two rows at a time, and what is left four rows at a time: each number is read once for them, and no
 * sum waits for another. In 64 bits.
 */
export function multiplyRows(
  { matrix, width, columns, numbers }: Products,
  weights: Float64Array,
  biases: Float64Array | null,
): void {
  const rows = matrix.length / width;
  const blocks = columns - (columns % 4);
  const pairs = rows - (rows % 2);
  for (let row = 0; row < pairs; row += 2) {
    const [x, y] = [row * width, (row + 1) * width];
    for (let column = 0; column < blocks; column += 4) {
      const u = column * width;
      const [v, w, z] = [u + width, u + 2 * width, u + 3 * width];
      let a = biases ? (biases[column] as number) : 0;
      let b = biases ? (biases[column + 1] as number) : 0;
      let c = biases ? (biases[column + 2] as number) : 0;
      let d = biases ? (biases[column + 3] as number) : 0;
      let [e, f, g, h] = [a, b, c, d];
      for (let i = 0; i < width; i++) {
        const first = matrix[x + i] as number;
        const second = matrix[y + i] as number;
        a += first * (weights[u + i] as number);
        b += first * (weights[v + i] as number);
        c += first * (weights[w + i] as number);
        d += first * (weights[z + i] as number);
        e += second * (weights[u + i] as number);
        f += second * (weights[v + i] as number);
        g += second * (weights[w + i] as number);
        h += second * (weights[z + i] as number);
      }
      const at = row * columns + column;
      numbers[at] = a;
      numbers[at + 1] = b;
      numbers[at + 2] = c;
      numbers[at + 3] = d;
      numbers[at + columns] = e;
      numbers[at + columns + 1] = f;
      numbers[at + columns + 2] = g;
      numbers[at + columns + 3] = h;
    }
  }
  for (let column = 0; column < columns; column++)
    multiplyColumn(column, column < blocks ? pairs : 0);

  function multiplyColumn(column: number, from: number): void {
    const bias = biases ? (biases[column] as number) : 0;
    const u = column * width;
    let row = from;
    for (; row + 3 < rows; row += 4) {
      const at = row * width;
      let [a, b, c, d] = [bias, bias, bias, bias];
      for (let i = 0; i < width; i++) {
        const weight = weights[u + i] as number;
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
        sum += (matrix[row * width + i] as number) * (weights[u + i] as number);
      numbers[row * columns + column] = sum;
    }
  }
}

/** Adds the rows of a matrix to each column of `to`, times their numbers of it; four rows at a time. */
export function addWeightedRows(
  { matrix, width, columns, numbers }: Products,
  to: Float64Array,
): void {
  const rows = matrix.length / width;
  let row = 0;
  for (; row + 3 < rows; row += 4) {
    const at = row * width;
    for (let column = 0; column < columns; column++) {
      const u = column * width;
      const from = row * columns + column;
      const a = numbers[from] as number;
      const b = numbers[from + columns] as number;
      const c = numbers[from + 2 * columns] as number;
      const d = numbers[from + 3 * columns] as number;
      for (let i = 0; i < width; i++) {
        const ab = a * (matrix[at + i] as number) + b * (matrix[at + width + i] as number);
        const cd =
          c * (matrix[at + 2 * width + i] as number) + d * (matrix[at + 3 * width + i] as number);
        to[u + i] = (to[u + i] as number) + (ab + cd);
      }
    }
  }
  for (; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const u = column * width;
      const factor = numbers[row * columns + column] as number;
      for (let i = 0; i < width; i++)
        to[u + i] = (to[u + i] as number) + factor * (matrix[row * width + i] as number);
    }
}

/** The sum of the products of two vectors' numbers. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Does what `dot` does in four sums, none of which waits for another: faster, and not the same last digits. */
export function sumProducts(a: Float64Array, b: Float64Array): number {
  let [w, x, y, z] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < a.length; i += 4) {
    w += (a[i] as number) * (b[i] as number);
    x += (a[i + 1] as number) * (b[i + 1] as number);
    y += (a[i + 2] as number) * (b[i + 2] as number);
    z += (a[i + 3] as number) * (b[i + 3] as number);
  }
  for (; i < a.length; i++) w += (a[i] as number) * (b[i] as number);
  return w + x + (y + z);
}

/** Adds a vector, times a factor, to another. */
export function addScaled(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) + factor * (b[i] as number);
}

/** Multiplies a vector by a factor, in place. */
export function scale(a: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) * factor;
}
