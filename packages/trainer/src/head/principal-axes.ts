import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { addScaled, dot, multiplyRows } from "./matrix.ts";

/** Rows written by their principal axes, no more than there are rows. */
export interface Axes {
  /** [rows, axes] */
  matrix: Float32Array;
  /** The axes, of length 1 and at right angles, as vectors; null: the vectors' own. */
  basis: readonly Float64Array[] | null;
  /** Of the rows, by axis. */
  mean: Float64Array;
  variances: Float64Array;
}

/** Axes at most that are turned: the time grows with their third power. */
const turnedAtMost = 1024;

/** Rows at most that axes are found by: they need not be exact. */
const rowsAtMost = 2000;

/**
 * Writes rows by axes along which they vary each for itself. Products of rows stay the same, and so does the optimum
 * of a fit with a penalty of the weights' squares; it takes fewer steps there, and of few rows shorter ones.
 */
export function findPrincipalAxes(matrix: Float32Array, width: number): Axes {
  const rows = matrix.length / width;
  const asTheyAre = { matrix, basis: null, ...measureAxes(matrix, width) };
  const canTurn = Math.min(rows, width) <= turnedAtMost && matrix.every(Number.isFinite);
  if (!canTurn) return asTheyAre;
  const span = rows < width ? spanRows(matrix, width) : null;
  if (span?.basis.length === 0) return asTheyAre;
  const own = span?.matrix ?? matrix;
  const size = span?.basis.length ?? width;
  const covariance = new Matrix(computeCovariance(own, size));
  const found = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const axes = Array.from({ length: size }, (_, at) =>
    Float64Array.from(found.eigenvectorMatrix.getColumn(at)),
  );
  const turned = writeBy(axes, own, size);
  const basis = span ? axes.map((axis) => combine(axis, span.basis)) : axes;
  return { matrix: turned, basis, ...measureAxes(turned, size) };
}

/** Writes rows by axes, in 32 bits. */
function writeBy(axes: readonly Float64Array[], matrix: Float32Array, width: number) {
  const columns = axes.length;
  const numbers = new Float64Array((matrix.length / width) * columns);
  const weights = new Float64Array(columns * width);
  for (const [at, axis] of axes.entries()) weights.set(axis, at * width);
  multiplyRows({ matrix, width, columns, numbers }, weights, null);
  return Float32Array.from(numbers);
}

function measureAxes(matrix: Float32Array, width: number): Pick<Axes, "mean" | "variances"> {
  const rows = matrix.length / width;
  const [mean, variances] = [new Float64Array(width), new Float64Array(width)];
  for (let i = 0; i < matrix.length; i++)
    mean[i % width] = (mean[i % width] as number) + (matrix[i] as number) / rows;
  for (let i = 0; i < matrix.length; i++) {
    const off = (matrix[i] as number) - (mean[i % width] as number);
    variances[i % width] = (variances[i % width] as number) + (off * off) / rows;
  }
  return { mean, variances };
}

/** The covariances of columns, by some of the rows. */
function computeCovariance(matrix: Float32Array, width: number): number[][] {
  const { mean } = measureAxes(matrix, width);
  const rows = matrix.length / width;
  const step = Math.ceil(rows / rowsAtMost);
  const covariance = Array.from({ length: width }, () => Array<number>(width).fill(0));
  const off = new Float64Array(width);
  for (let row = 0; row < rows; row += step) {
    for (let i = 0; i < width; i++)
      off[i] = (matrix[row * width + i] as number) - (mean[i] as number);
    for (let i = 0; i < width; i++) {
      const own = covariance[i] as number[];
      const factor = ((off[i] as number) * step) / rows;
      for (let j = 0; j <= i; j++) own[j] = (own[j] as number) + factor * (off[j] as number);
    }
  }
  for (const [i, own] of covariance.entries())
    for (let j = 0; j < i; j++) (covariance[j] as number[])[i] = own[j] as number;
  return covariance;
}

/**
 * Finds an orthonormal basis of fewer rows than columns, and writes the rows by it: Gram-Schmidt, twice. A row that adds
 * nothing to those before it has no basis vector of its own.
 */
function spanRows(matrix: Float32Array, width: number) {
  const basis: Float64Array[] = [];
  const coordinates: number[][] = [];
  for (let from = 0; from < matrix.length; from += width) {
    const rest = Float64Array.from(matrix.subarray(from, from + width));
    const whole = Math.hypot(...rest);
    const own = basis.map(() => 0);
    for (let turn = 0; turn < 2; turn++)
      for (const [at, axis] of basis.entries()) {
        const product = dot(rest, axis);
        addScaled(rest, axis, -product);
        own[at] = (own[at] as number) + product;
      }
    const length = Math.hypot(...rest);
    if (length > 1e-6 * whole) {
      basis.push(rest.map((value) => value / length));
      own.push(length);
    }
    coordinates.push(own);
  }
  const written = new Float32Array(coordinates.length * basis.length);
  for (const [row, own] of coordinates.entries()) written.set(own, row * basis.length);
  return { matrix: written, basis };
}

/** The sum of axes, each times its coordinate. */
export function combine(coordinates: Float64Array, axes: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(axes[0]?.length ?? 0);
  for (const [at, axis] of axes.entries()) addScaled(sum, axis, coordinates[at] as number);
  return sum;
}
