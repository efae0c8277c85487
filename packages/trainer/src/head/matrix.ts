/**
 * Vectors of one length as the rows of a matrix.
 * @param room where to write it: memory that is used again and again; it has to be large enough
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
