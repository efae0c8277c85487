import {
  type EmbeddingsSaved,
  embedTokens,
  embedTokensBack,
  relativeBias,
  relativeBiasBack,
} from "./embeddings.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import { type BackwardNet, createGradients, type Gradients, type Net } from "./gradients.ts";
import { encodeLayer, encodeLayerBack, type LayerOptions, type LayerSaved } from "./layer.ts";
import { type Ops, type Tensor, tidy } from "./ops.ts";
import type { PackedBatch } from "./packed.ts";

/** A forward pass that keeps what its backward pass needs. */
export interface Pass {
  /** The last layer's output, [tokens, hidden]. */
  hidden: Tensor;
  /** Runs the backward pass: adds the gradients of all trained parameters. @param dy [tokens, hidden] */
  back(gradients: Gradients, dy: Tensor): void;
  dispose(): void;
}

export interface PassOptions {
  config: EncoderConfig;
  batch: PackedBatch;
  /** Seed of the step's dropout; null: nothing is dropped. */
  seed: number | null;
  /** Lower layers, and with them the embeddings, that have no backward pass; 0: none. */
  freeze: number;
  /** Whether only a layer's input is kept, and the rest computed again in the backward pass. */
  recompute: boolean;
}

/** Token ids -> hidden states [tokens, hidden], without a backward pass. */
export function encode(net: Net, config: EncoderConfig, batch: PackedBatch): Tensor {
  const { tf } = net.ops;
  const options = { config, batch, seed: null };
  return tf.tidy(() => {
    const bias = computeBias(net, options);
    let hidden = tf.tidy(() => embedTokens(net, config, batch, null).y);
    for (let layer = 0; layer < config.layers; layer++) {
      const x = hidden;
      hidden = tf.tidy(() => encodeLayer(net, x, { ...options, layer, bias }).y);
      x.dispose();
    }
    return hidden;
  });
}

/** Token ids -> hidden states, with a backward pass. */
export function openPass(net: Net, options: PassOptions): Pass {
  const { ops } = net;
  const { tf } = ops;
  const { config, batch, seed, freeze, recompute } = options;
  const bias = tidy(tf, () => computeBias(net, options));
  const toOptions = (layer: number): LayerOptions => ({ config, batch, layer, bias, seed });
  const embedded = tidy(tf, () =>
    embedTokens(net, config, batch, seed === null ? null : { seed, index: 0 }),
  );
  const embeddings: EmbeddingsSaved | null = freeze === 0 ? embedded : null;
  if (!embeddings) disposeExcept(ops, embedded, [embedded.y]);
  const layers: (LayerSaved | Pick<LayerSaved, "x">)[] = [];
  let hidden = embedded.y;
  for (let layer = 0; layer < config.layers; layer++) {
    const x = hidden;
    const { y, ...saved } = tidy(tf, () => encodeLayer(net, x, toOptions(layer)));
    const kept = layer < freeze ? null : recompute ? { x } : saved;
    disposeExcept(ops, saved, kept ? [kept, y] : [y]);
    if (kept) layers[layer] = kept;
    hidden = y;
  }

  function backThrough(
    own: BackwardNet,
    layer: number,
    dy: Tensor,
    onScores: (gradient: Tensor) => void,
  ): Tensor {
    const kept = layers[layer];
    if (!kept) throw new RangeError(`layer ${layer} was not kept`);
    return tf.tidy(() => {
      const saved = "middle" in kept ? kept : encodeLayer(net, kept.x, toOptions(layer));
      return encodeLayerBack(own, saved, dy, { ...toOptions(layer), onScores });
    });
  }

  return {
    hidden,
    back(gradients, dy) {
      const own = { ...net, gradients };
      // The bias is shared by all layers: its gradients by the scores add up.
      const sums = createGradients(tf, () => bias !== null && freeze === 0);
      const onScores = (by: Tensor) => sums.add("scores", () => tf.sum(by, 0));
      let gradient = dy;
      for (let layer = config.layers - 1; layer >= freeze; layer--) {
        const above = gradient;
        gradient = backThrough(own, layer, above, onScores);
        if (above !== dy) above.dispose();
      }
      tf.tidy(() => {
        if (embeddings) embedTokensBack(own, config, batch, embeddings, gradient);
        const scores = sums.all.get("scores");
        if (scores)
          gradients.add("relativeBias", () =>
            relativeBiasBack(ops, scores, config.relativeBuckets),
          );
      });
      if (gradient !== dy) gradient.dispose();
      sums.dispose();
    },
    dispose() {
      disposeExcept(ops, [layers, embedded, bias, hidden], []);
    },
  };
}

function computeBias(
  { ops, weights }: Net,
  { config, batch }: Pick<PassOptions, "config" | "batch">,
): Tensor | null {
  return config.relativeBuckets > 0
    ? relativeBias(ops, weights("relativeBias"), batch.longest)
    : null;
}

/** Frees the tensors in a value, except those in others. */
function disposeExcept({ tf }: Ops, value: unknown, others: unknown[]): void {
  const spared = new Set(listTensors(tf, others));
  for (const tensor of listTensors(tf, value)) if (!spared.has(tensor)) tensor.dispose();
}

function listTensors(tf: Ops["tf"], value: unknown): Tensor[] {
  if (value instanceof tf.Tensor) return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap((part) => listTensors(tf, part));
}
