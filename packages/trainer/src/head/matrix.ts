/** Vectors of one length as the rows of a matrix. */
export function toMatrix(rows: readonly Float32Array[]): Float32Array {
  const columns = rows[0]?.length ?? 0;
  const matrix = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => {
    matrix.set(row, i * columns);
  });
  return matrix;
}
