import { type AttentionView, rotate, rotateBack } from "./attention-view.ts";
import { applyMask, createDropoutMask, type DropoutKey } from "./functional.ts";
import type { Module } from "./module.ts";
import type { Ops, Tensor } from "./ops.ts";
import { type PackedBatch, toPacked, toPadded, toPaddedWithZeros } from "./packed.ts";

/** Names the gradient by the scores, [heads, longest, longest], summed over layers, from which the position bias has its own. */
export const onAllScores = "relativeBias.scores";

interface AttendOptions {
  heads: number;
  /** Added to all scores, [1, heads, longest, longest] (MPNet), or null. */
  bias: Tensor | null;
  view: AttentionView;
  /** Dropout of probabilities. */
  rate: number;
  /** null: nothing is dropped. */
  key: DropoutKey | null;
}

/**
 * Multi-head self-attention (Vaswani et al. 2017, 3.2) between its two dense layers: queries, keys and values
 * side by side, [tokens, 3 * hidden] -> [tokens, hidden].
 */
export function attend(
  ops: Ops,
  batch: PackedBatch,
  { heads, bias, view, rate, key }: AttendOptions,
): Module {
  const { tf, matMul } = ops;
  const { mask: unseen, rotation } = view;
  return (x) => {
    const all = toPadded(tf, batch, x);
    // [sequences, heads, longest, size] each; queries are scaled.
    const [asked, unturned, values] = toHeads<[Tensor, Tensor, Tensor]>(ops, all, batch, heads, 3);
    const scale = 1 / Math.sqrt(asked.shape.at(-1) ?? 1);
    const queries = tf.mul(rotate(ops, asked, rotation), scale);
    const keys = rotate(ops, unturned, rotation);
    const scores = [bias, unseen].reduce<Tensor>(
      (sum, part) => (part ? tf.add(sum, part) : sum),
      matMul(queries, keys, false, true),
    );
    // [sequences, heads, longest, longest]
    const probabilities = tf.softmax(scores);
    const mask = createDropoutMask(ops, probabilities.shape, rate, key);
    const context = matMul(applyMask(ops, probabilities, mask), values);
    return {
      y: fromHeads(ops, [context], batch),
      saved: [queries, keys, values, probabilities, ...(mask ? [mask] : [])],
      back(dy, gradients) {
        const whole = toPaddedWithZeros(tf, batch, dy);
        const [onContext] = toHeads<[Tensor]>(ops, whole, batch, heads, 1);
        const kept = applyMask(ops, probabilities, mask);
        const onValues = matMul(kept, onContext, true, false);
        const onKept = matMul(onContext, values, false, true);
        const onProbabilities = applyMask(ops, onKept, mask);
        const along = tf.sum(tf.mul(onProbabilities, probabilities), -1, true);
        const onScores = tf.mul(probabilities, tf.sub(onProbabilities, along));
        if (bias) gradients.add(onAllScores, () => tf.sum(onScores, 0));
        const onQueries = rotateBack(ops, tf.mul(matMul(onScores, keys), scale), rotation);
        const onKeys = rotateBack(ops, matMul(onScores, queries, true, false), rotation);
        return fromHeads(ops, [onQueries, onKeys, onValues], batch);
      },
    };
  };
}

/** [tokens, parts * hidden] -> for each part [sequences, heads, longest, size]. */
function toHeads<Parts extends Tensor[]>(
  { tf }: Ops,
  padded: Tensor,
  { sequences, longest }: PackedBatch,
  heads: number,
  parts: Parts["length"],
): Parts {
  const shape = [sequences, longest, parts, heads, (padded.shape[1] ?? 0) / parts / heads];
  const whole = tf.transpose(tf.reshape(padded, shape), [2, 0, 3, 1, 4]);
  return tf.unstack(whole) as Parts;
}

/** For each part [sequences, heads, longest, size] -> [tokens, parts * hidden]. */
function fromHeads({ tf }: Ops, parts: Tensor[], batch: PackedBatch): Tensor {
  const [sequences = 0, heads = 0, longest = 0, size = 0] = parts[0]?.shape ?? [];
  const whole = tf.stack(parts);
  const rows = tf.transpose(whole, [1, 3, 0, 2, 4]);
  return toPacked(tf, batch, tf.reshape(rows, [sequences * longest, parts.length * heads * size]));
}
