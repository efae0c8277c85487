import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { addScaled, dot } from "./matrix.ts";
import { multiplyGrids } from "./simd-products.ts";

/** Rows written by their principal axes, no more than there are rows. */
export interface Axes {
  /** [rows, axes]; in 32 bits where the axes are the vectors' own */
  matrix: Float32Array | Float64Array;
  /** The axes, of length 1 and at right angles, as vectors; null: the vectors' own. */
  basis: readonly Float64Array[] | null;
  /** Of the rows, by axis. */
  mean: Float64Array;
  variances: Float64Array;
}

/** Axes at most that are turned: the time grows with their third power. */
const turnedAtMost = 1024;

/** Rows at most that axes are found by where there are more rows than dimensions: they need not be exact. */
const rowsAtMost = 2000;

/** Rows that are turned at once. */
const rowsAtOnce = 4096;

/**
 * Writes rows by axes along which they vary each for itself. Products of rows stay the same, and so does the optimum
 * of a fit with a penalty of the weights' squares; it takes fewer steps there, and of few rows shorter ones.
 */
export function findPrincipalAxes(matrix: Float32Array, width: number): Axes {
  const rows = matrix.length / width;
  const asTheyAre = { matrix, basis: null, ...measureAxes(matrix, width) };
  const canTurn = Math.min(rows, width) <= turnedAtMost && matrix.every(Number.isFinite);
  if (!canTurn) return asTheyAre;
  const own = Float64Array.from(matrix);
  const basis = rows < width ? spanRows(own, asTheyAre.mean) : findAxes(own, asTheyAre.mean);
  if (basis.length === 0) return asTheyAre;
  const turned = turnRows(own, width, basis);
  return { matrix: turned, basis, ...measureAxes(turned, basis.length) };
}

/** Writes rows by axes. */
function turnRows(matrix: Float64Array, width: number, basis: readonly Float64Array[]) {
  const columns = basis.length;
  const axes = { numbers: stackVectors(basis), rows: width, columns, isTurned: true };
  const turned = new Float64Array((matrix.length / width) * columns);
  for (let row = 0; row * width < matrix.length; row += rowsAtOnce) {
    const numbers = matrix.subarray(row * width, (row + rowsAtOnce) * width);
    const rows = { numbers, rows: numbers.length / width, columns: width };
    turned.set(multiplyGrids(rows, axes), row * columns);
  }
  return turned;
}

function measureAxes(matrix: Axes["matrix"], width: number): Pick<Axes, "mean" | "variances"> {
  const rows = matrix.length / width;
  const [mean, variances] = [new Float64Array(width), new Float64Array(width)];
  for (let from = 0; from < matrix.length; from += width)
    for (let i = 0; i < width; i++)
      mean[i] = (mean[i] as number) + (matrix[from + i] as number) / rows;
  for (let from = 0; from < matrix.length; from += width)
    for (let i = 0; i < width; i++) {
      const off = (matrix[from + i] as number) - (mean[i] as number);
      variances[i] = (variances[i] as number) + (off * off) / rows;
    }
  return { mean, variances };
}

/** Finds the axes of more rows than columns, by some of the rows. */
function findAxes(matrix: Float64Array, mean: Float64Array): Float64Array[] {
  const width = mean.length;
  const step = Math.ceil(matrix.length / width / rowsAtMost);
  const numbers = takeOff(mean, matrix, step);
  const [rows, columns] = [width, numbers.length / width];
  const squares = multiplyGrids(
    { numbers, rows, columns, isTurned: true },
    { numbers, rows: columns, columns: rows },
  );
  return findEigenvectors(squares, width).map(({ vector }) => vector);
}

/**
 * Finds the axes of fewer rows than columns, by the products of the rows, and the direction of their mean. A row that
 * adds nothing to others has no axis of its own.
 */
function spanRows(matrix: Float64Array, mean: Float64Array): Float64Array[] {
  const width = mean.length;
  const rows = matrix.length / width;
  const numbers = takeOff(mean, matrix, 1);
  const grid = { numbers, rows, columns: width };
  const products = multiplyGrids(grid, { numbers, rows: width, columns: rows, isTurned: true });
  const found = findEigenvectors(products, rows);
  const largest = Math.max(...found.map(({ value }) => value));
  const kept = found.filter(({ value }) => value > 1e-9 * largest);
  const shares = stackVectors(
    kept.map(({ vector, value }) => vector.map((x) => x / Math.sqrt(value))),
  );
  const axes = multiplyGrids({ numbers: shares, rows: kept.length, columns: rows }, grid);
  const basis = kept.map((_, at) => axes.slice(at * width, (at + 1) * width));
  const rest = mean.slice();
  for (let turn = 0; turn < 2; turn++)
    for (const axis of basis) addScaled(rest, axis, -dot(rest, axis));
  const length = Math.sqrt(dot(rest, rest));
  if (length > 1e-6 * Math.sqrt(dot(mean, mean))) basis.push(rest.map((value) => value / length));
  return basis;
}

/** Takes the mean off each step-th row. */
function takeOff(mean: Float64Array, matrix: Float64Array, step: number): Float64Array {
  const width = mean.length;
  const off = new Float64Array(Math.ceil(matrix.length / width / step) * width);
  for (let at = 0; at < off.length; at += width)
    for (let i = 0; i < width; i++)
      off[at + i] = (matrix[at * step + i] as number) - (mean[i] as number);
  return off;
}

function findEigenvectors(symmetric: Float64Array, size: number) {
  const rows = Array.from({ length: size }, (_, i) => [
    ...symmetric.subarray(i * size, (i + 1) * size),
  ]);
  const found = new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true });
  return found.realEigenvalues.map((value, at) => {
    return { value, vector: Float64Array.from(found.eigenvectorMatrix.getColumn(at)) };
  });
}

/** Stacks vectors of one length as the rows of a matrix. */
export function stackVectors(vectors: readonly Float64Array[]): Float64Array {
  const width = vectors[0]?.length ?? 0;
  const numbers = new Float64Array(vectors.length * width);
  for (const [at, vector] of vectors.entries()) numbers.set(vector, at * width);
  return numbers;
}

/** The sum of axes, each times its coordinate. */
export function combine(coordinates: Float64Array, axes: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(axes[0]?.length ?? 0);
  for (const [at, axis] of axes.entries()) addScaled(sum, axis, coordinates[at] as number);
  return sum;
}
