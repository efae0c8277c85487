import { activations, gate } from "./activations.ts";
import { attend, onAllScores } from "./attention.ts";
import type { AttentionKind } from "./attention-kinds.ts";
import { type AttentionView, createAttentionView } from "./attention-view.ts";
import { embedTokens, relativeBias, relativeBiasBack } from "./embeddings.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import { dense, dropout, layerNorm } from "./functional.ts";
import { chain, type Module, type Net, residual, type Traced } from "./module.ts";
import { type Tensor, tidy } from "./ops.ts";
import type { PackedBatch } from "./packed.ts";
import { hasAttentionNorm } from "./parameters.ts";

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
  const { hidden, heads, family, epsilon } = config;
  return tidy(tf, () => {
    const bias = relativeBias(net, config, batch.longest);
    const views = new Map<AttentionKind, AttentionView>();
    const embedded = tidy(tf, () => embedTokens(net, config, batch, seed));
    const steps = freeze === 0 ? [embedded] : [];
    if (freeze > 0) tf.dispose(embedded.saved);
    let { y } = embedded;
    for (const [layer, kind] of config.attention.entries()) {
      const x = y;
      const view = views.get(kind) ?? createAttentionView(ops, kind, batch, hidden / heads);
      views.set(kind, view);
      const module = createLayer(net, options, layer, bias, view);
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
    if (family.finalNorm) {
      const x = y;
      const step = tidy(tf, () => layerNorm(net, "finalNorm", epsilon, config.bias.norm)(x));
      steps.push(step);
      y = step.y;
    }
    const shared = [...(bias ? [bias] : []), ...[...views.values()].flatMap(({ own }) => own)];
    return {
      y,
      saved: [...shared, ...steps.flatMap((step) => [step.y, ...step.saved])],
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

/** One layer of the encoder. @param bias relative position bias, or null */
function createLayer(
  net: Net,
  { config, batch, seed }: EncodeOptions,
  layer: number,
  bias: Tensor | null,
  view: AttentionView,
): Module {
  const { ops } = net;
  const { heads, epsilon, family, dropout: rates } = config;
  const own = `layer.${layer}`;
  const activate = activations[config.activation](ops);
  // Each layer has three dropouts; the embeddings have the index below, the head those above.
  const key = (index: number) => (seed === null ? null : { seed, index: 3 * layer + index + 1 });
  const attention = [
    dense(net, `${own}.qkv`, { hasBias: config.bias.attention }),
    attend(ops, batch, { heads, bias, view, rate: rates.attention, key: key(0) }),
    dense(net, `${own}.out`, { hasBias: config.bias.attention }),
    dropout(ops, rates.attentionOutput, key(1)),
  ];
  const feedForward = [
    dense(net, `${own}.up`, { hasBias: config.bias.inner }),
    family.isGated ? gate(ops, activate) : activate,
    dropout(ops, rates.inner, key(2)),
    dense(net, `${own}.down`, { hasBias: config.bias.inner }),
    dropout(ops, rates.output, key(2)),
  ];
  const norm = (name: string) => layerNorm(net, `${own}.${name}`, epsilon, config.bias.norm);
  const attentionNorm = hasAttentionNorm(config, layer) ? [norm("attentionNorm")] : [];
  const outputNorm = norm("outputNorm");
  return family.finalNorm
    ? chain(
        residual(ops, ...attentionNorm, ...attention),
        residual(ops, outputNorm, ...feedForward),
      )
    : chain(
        residual(ops, ...attention),
        ...attentionNorm,
        residual(ops, ...feedForward),
        outputNorm,
      );
}
