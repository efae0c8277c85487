import { type DropoutKey, dropout, dropoutBack } from "./dropout.ts";
import { dense, denseBack } from "./functional.ts";
import type { BackwardNet, Net } from "./gradients.ts";
import type { Ops, Tensor } from "./ops.ts";
import { type PackedBatch, toPacked, toPadded, toPaddedWithZeros } from "./packed.ts";

/** What the backward pass of an attention needs. */
export interface AttentionSaved {
  /** [sequences, heads, longest, size] each; queries are scaled. */
  queries: Tensor;
  keys: Tensor;
  values: Tensor;
  /** Attention probabilities, [sequences, heads, longest, longest]. */
  probabilities: Tensor;
  /** null: nothing was dropped. */
  mask: Tensor | null;
  /** Input of the output layer, [tokens, hidden]. */
  context: Tensor;
}

export interface AttentionOptions {
  batch: PackedBatch;
  heads: number;
  /** The layer's; its parameters are `<name>.qkv` and `<name>.out`. */
  name: string;
  /** [1, heads, longest, longest], added to all scores (MPNet), or null. */
  bias: Tensor | null;
  rate: number;
  /** null: nothing is dropped. */
  key: DropoutKey | null;
}

/**
 * Multi-head self-attention (Vaswani et al. 2017, 3.2). Queries, keys and values are one product:
 * `qkv.weight` is [3 * hidden, hidden].
 * @param x [tokens, hidden]
 * @returns y [tokens, hidden]
 */
export function attend(
  net: Net,
  x: Tensor,
  options: AttentionOptions,
): AttentionSaved & { y: Tensor } {
  const { ops } = net;
  const { tf, matMul } = ops;
  const { batch, heads, name, bias, rate, key } = options;
  const all = toPadded(tf, batch, dense(net, `${name}.qkv`, x));
  const [asked, keys, values] = toHeads<[Tensor, Tensor, Tensor]>(ops, all, batch, heads, 3);
  const queries = tf.mul(asked, scaleOf(asked));
  const scores = [bias, batch.padding?.mask ?? null].reduce<Tensor>(
    (sum, part) => (part ? tf.add(sum, part) : sum),
    matMul(queries, keys, false, true),
  );
  const probabilities = tf.softmax(scores);
  const { y: kept, mask } = dropout(ops, probabilities, rate, key);
  const context = fromHeads(ops, [matMul(kept, values)], batch);
  const y = dense(net, `${name}.out`, context);
  return { y, queries, keys, values, probabilities, mask, context };
}

/**
 * The gradient of `attend` by x; adds those by its parameters.
 * @param onScores is given the gradient by the scores, [sequences, heads, longest, longest]
 */
export function attendBack(
  net: BackwardNet,
  x: Tensor,
  saved: AttentionSaved,
  dy: Tensor,
  options: Pick<AttentionOptions, "batch" | "heads" | "name"> & {
    onScores: (gradient: Tensor) => void;
  },
): Tensor {
  const { ops } = net;
  const { tf, matMul } = ops;
  const { batch, heads, name, onScores } = options;
  const { queries, keys, values, probabilities, mask, context } = saved;
  const onContext = denseBack(net, `${name}.out`, context, dy);
  const whole = toPaddedWithZeros(tf, batch, onContext);
  const [onOutput] = toHeads<[Tensor]>(ops, whole, batch, heads, 1);
  const kept = mask ? tf.mul(probabilities, mask) : probabilities;
  const onValues = matMul(kept, onOutput, true, false);
  const onProbabilities = dropoutBack(ops, mask, matMul(onOutput, values, false, true));
  const scores = tf.mul(
    probabilities,
    tf.sub(onProbabilities, tf.sum(tf.mul(onProbabilities, probabilities), -1, true)),
  );
  onScores(scores);
  const onQueries = tf.mul(matMul(scores, keys), scaleOf(queries));
  const onKeys = matMul(scores, queries, true, false);
  const joined = fromHeads(ops, [onQueries, onKeys, onValues], batch);
  return denseBack(net, `${name}.qkv`, x, joined);
}

/** The factor of the queries: one over the root of a head's size. */
function scaleOf({ shape }: Tensor): number {
  return 1 / Math.sqrt(shape.at(-1) ?? 1);
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
  const [first] = parts;
  if (!first) throw new RangeError("expected at least one part");
  const [sequences = 0, heads = 0, longest = 0, size = 0] = first.shape;
  const whole = tf.stack(parts);
  const rows = tf.transpose(whole, [1, 3, 0, 2, 4]);
  return toPacked(tf, batch, tf.reshape(rows, [sequences * longest, parts.length * heads * size]));
}
