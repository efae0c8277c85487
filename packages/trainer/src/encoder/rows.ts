import type { Ops, Tensor } from "./ops.ts";

/** Rows of a table by their numbers: [rows, columns] -> [n, columns]. */
export function gatherRows({ tf }: Ops, table: Tensor, rows: Int32Array): Tensor {
  return tf.gather(table, tf.tensor1d(rows, "int32"));
}

/**
 * The gradient of `takeRows` by the table: rows of dy added up where they came from. By a product
 * with zeros and ones, so that it is the same from run to run on every backend: a scatter on a GPU
 * adds up in any order, and wasm has none.
 * @param dy [n, columns]
 * @param size rows of the table
 */
export function scatterRows(ops: Ops, dy: Tensor, rows: Int32Array, size: number): Tensor {
  const { tf } = ops;
  const places = new Map<number, number>();
  for (const row of rows) if (!places.has(row)) places.set(row, places.size);
  const used = new Float32Array(places.size * rows.length);
  rows.forEach((row, i) => {
    used[(places.get(row) ?? 0) * rows.length + i] = 1;
  });
  const sums = ops.matMul(tf.tensor2d(used, [places.size, rows.length]), dy);
  const columns = dy.shape[1] ?? 0;
  const back = new Int32Array(size).fill(places.size);
  for (const [row, place] of places) back[row] = place;
  const withZeros = tf.concat([sums, tf.zeros([1, columns])]);
  return tf.gather(withZeros, tf.tensor1d(back, "int32"));
}
