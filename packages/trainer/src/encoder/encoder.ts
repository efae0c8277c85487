import { attend, onAllScores } from "./attention.ts";
import { embedTokens, relativeBias, relativeBiasBack } from "./embeddings.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import { activations, dense, dropout, layerNorm } from "./functional.ts";
import { chain, type Module, type Net, residual, type Traced } from "./module.ts";
import { type Tensor, tidy } from "./ops.ts";
import type { PackedBatch } from "./packed.ts";

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
