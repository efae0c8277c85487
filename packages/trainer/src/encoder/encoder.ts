import { embedTokens, relativeBias, relativeBiasBack } from "./embeddings.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import {
  activations,
  applyMask,
  createDropoutMask,
  type DropoutKey,
  dense,
  dropout,
  layerNorm,
} from "./functional.ts";
import { chain, type Module, type Net, residual, type Traced } from "./module.ts";
import { type Ops, type Tensor, tidy } from "./ops.ts";
import { type PackedBatch, toPacked, toPadded, toPaddedWithZeros } from "./packed.ts";

export interface EncodeOptions {
  config: EncoderConfig;
  batch: PackedBatch;
  /** Seed of the step's dropout; null: nothing is dropped. */
  seed: number | null;
  /** Lower layers, and with them the embeddings, that have no way back; 0: none. */
  freeze: number;
  /** Whether only a layer's input is kept, and the rest computed again on the way back. */
  recompute: boolean;
}

/** Token ids -> hidden states [tokens, hidden], with the way back to all layers that are not frozen. */
export function encode(net: Net, options: EncodeOptions): Traced {
  const { ops } = net;
  const { tf } = ops;
  const { config, batch, seed, freeze, recompute } = options;
  return tidy(tf, () => {
    const bias = relativeBias(net, config, batch.longest);
    const embedded = tidy(tf, () => embedTokens(net, config, batch, seed));
    const steps = freeze === 0 ? [embedded] : [];
    if (freeze > 0) tf.dispose(embedded.saved);
    let { y } = embedded;
    for (let layer = 0; layer < config.layers; layer++) {
      const x = y;
      const module = createLayer(net, options, layer, bias);
      if (layer >= freeze) {
        const step: Traced = recompute
          ? { y: tf.tidy(() => module(x).y), saved: [x], back: (...by) => module(x).back(...by) }
          : tidy(tf, () => module(x));
        steps.push(step);
        y = step.y;
      } else {
        y = tf.tidy(() => module(x).y);
        x.dispose();
      }
    }
    return {
      y,
      saved: [...(bias ? [bias] : []), ...steps.flatMap((step) => [step.y, ...step.saved])],
      back(dy, gradients) {
        let by = dy;
        for (const step of steps.toReversed()) {
          const above = by;
          by = tf.tidy(() => step.back(above, gradients));
          if (above !== dy) above.dispose();
        }
        const scores = gradients.take(onAllScores);
        if (scores) relativeBiasBack(ops, config.relativeBuckets, scores, gradients);
        scores?.dispose();
        return by;
      },
    };
  });
}

/** One layer of the encoder, norms after the sums. @param bias relative position bias, or null */
function createLayer(
  net: Net,
  { config, batch, seed }: EncodeOptions,
  layer: number,
  bias: Tensor | null,
): Module {
  const { ops } = net;
  const { heads, epsilon } = config;
  const own = `layer.${layer}`;
  // Each layer has three dropouts; the embeddings have the index below, the head those above.
  const key = (index: number) => (seed === null ? null : { seed, index: 3 * layer + index + 1 });
  return chain(
    residual(
      ops,
      dense(net, `${own}.qkv`),
      attend(ops, batch, heads, bias, config.attentionDropout, key(0)),
      dense(net, `${own}.out`),
      dropout(ops, config.dropout, key(1)),
    ),
    layerNorm(net, `${own}.attentionNorm`, epsilon),
    residual(
      ops,
      dense(net, `${own}.up`),
      activations[config.activation](ops),
      dense(net, `${own}.down`),
      dropout(ops, config.dropout, key(2)),
    ),
    layerNorm(net, `${own}.outputNorm`, epsilon),
  );
}

/** Names the gradient by the scores, [heads, longest, longest], summed over layers, from which the position bias has its own. */
const onAllScores = "relativeBias.scores";

/**
 * Multi-head self-attention (Vaswani et al. 2017, 3.2) between its two dense layers: queries, keys and values
 * side by side, [tokens, 3 * hidden] -> [tokens, hidden].
 * @param bias [1, heads, longest, longest], added to all scores (MPNet), or null
 * @param key of the dropout of probabilities; null: nothing is dropped
 */
function attend(
  ops: Ops,
  batch: PackedBatch,
  heads: number,
  bias: Tensor | null,
  rate: number,
  key: DropoutKey | null,
): Module {
  const { tf, matMul } = ops;
  return (x) => {
    const all = toPadded(tf, batch, x);
    // [sequences, heads, longest, size] each; queries are scaled.
    const [asked, keys, values] = toHeads<[Tensor, Tensor, Tensor]>(ops, all, batch, heads, 3);
    const scale = 1 / Math.sqrt(asked.shape.at(-1) ?? 1);
    const queries = tf.mul(asked, scale);
    const scores = [bias, batch.padding?.mask ?? null].reduce<Tensor>(
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
        const onQueries = tf.mul(matMul(onScores, keys), scale);
        const onKeys = matMul(onScores, queries, true, false);
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
