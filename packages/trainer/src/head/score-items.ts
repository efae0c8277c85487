import { setImmediate } from "node:timers/promises";
import { type Ops, tidy } from "../encoder/ops.ts";
import {
  computeScores,
  countInputs,
  createHeadTensors,
  disposeTensors,
  type Head,
} from "./head.ts";
import { stackRows } from "./matrix.ts";

/** How many vectors are scored at once. */
const rowsAtOnce = 1024;

/** The scores of items, an array an item: one score for each of its positions. */
export async function scoreItems(
  ops: Ops,
  head: Head,
  items: readonly { vectors: readonly Float32Array[] }[],
): Promise<Float32Array[]> {
  const { tf } = ops;
  const rows = items.flatMap(({ vectors }) => vectors);
  const scores = new Float32Array(rows.length * head.output.outputs);
  const tensors = createHeadTensors(tf, head);
  try {
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      const chunk = rows.slice(from, from + rowsAtOnce);
      const own = tidy(tf, () => {
        const hidden = tf.tensor(stackRows(chunk), [chunk.length, countInputs(head)]);
        return computeScores(ops, tensors, hidden).scores;
      });
      scores.set(await own.data<"float32">(), from * head.output.outputs);
      own.dispose();
      await setImmediate();
    }
  } finally {
    disposeTensors(tf, tensors);
  }
  let next = 0;
  return items.map(({ vectors }) => {
    const from = next;
    next += vectors.length * head.output.outputs;
    return scores.subarray(from, next);
  });
}
