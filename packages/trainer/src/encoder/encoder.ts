import {
  type EmbeddingsSaved,
  embedTokens,
  embedTokensBack,
  relativeBias,
  relativeBiasBack,
} from "./embeddings.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import type { Gradients, Weights } from "./gradients.ts";
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
export function encode(
  ops: Ops,
  weights: Weights,
  config: EncoderConfig,
  batch: PackedBatch,
): Tensor {
  const { tf } = ops;
  const options = { config, batch, seed: null };
  return tf.tidy(() => {
    const bias = toBias(ops, weights, options);
    let hidden = tf.tidy(() => embedTokens(ops, weights, config, batch, null).y);
    for (let layer = 0; layer < config.layers; layer++) {
      const x = hidden;
      hidden = tf.tidy(() => encodeLayer(ops, weights, x, { ...options, layer, bias }).y);
      x.dispose();
    }
    return hidden;
  });
}

/** Token ids -> hidden states, with a backward pass. */
export function openPass(ops: Ops, weights: Weights, options: PassOptions): Pass {
  const { tf } = ops;
  const { config, batch, seed, freeze, recompute } = options;
  const bias = tidy(tf, () => toBias(ops, weights, options));
  const toOptions = (layer: number): LayerOptions => ({ config, batch, layer, bias, seed });
  const embedded = tidy(tf, () =>
    embedTokens(ops, weights, config, batch, seed === null ? null : { seed, index: 0 }),
  );
  const embeddings: EmbeddingsSaved | null = freeze === 0 ? embedded : null;
  if (!embeddings) disposeExcept(ops, embedded, [embedded.y]);
  const layers: (LayerSaved | Pick<LayerSaved, "x">)[] = [];
  let hidden = embedded.y;
  for (let layer = 0; layer < config.layers; layer++) {
    const x = hidden;
    const { y, ...saved } = tidy(tf, () => encodeLayer(ops, weights, x, toOptions(layer)));
    const kept = layer < freeze ? null : recompute ? { x } : saved;
    disposeExcept(ops, saved, kept ? [kept, y] : [y]);
    if (kept) layers[layer] = kept;
    hidden = y;
  }

  function backThrough(gradients: Gradients, layer: number, dy: Tensor, scores: Sum): Tensor {
    const kept = layers[layer];
    if (!kept) throw new RangeError(`layer ${layer} was not kept`);
    return tf.tidy(() => {
      const saved = "middle" in kept ? kept : encodeLayer(ops, weights, kept.x, toOptions(layer));
      const onScores = (gradient: Tensor) => scores.add(() => tf.sum(gradient, 0));
      const back = { ...toOptions(layer), onScores };
      return encodeLayerBack(ops, weights, gradients, saved, dy, back);
    });
  }

  return {
    hidden,
    back(gradients, dy) {
      const scores = openSum(ops, bias !== null && freeze === 0);
      let gradient = dy;
      for (let layer = config.layers - 1; layer >= freeze; layer--) {
        const above = gradient;
        gradient = backThrough(gradients, layer, above, scores);
        if (above !== dy) above.dispose();
      }
      if (embeddings)
        tf.tidy(() =>
          embedTokensBack(ops, weights, gradients, config, batch, embeddings, gradient),
        );
      if (gradient !== dy) gradient.dispose();
      scores.use((sum) =>
        gradients.add("relativeBias", () => relativeBiasBack(ops, sum, config.relativeBuckets)),
      );
    },
    dispose() {
      disposeExcept(ops, [layers, embedded, bias, hidden], []);
    },
  };
}

function toBias(
  ops: Ops,
  weights: Weights,
  { config, batch }: Pick<PassOptions, "config" | "batch">,
): Tensor | null {
  return config.relativeBuckets > 0
    ? relativeBias(ops, weights("relativeBias"), batch.longest)
    : null;
}

/** A sum of tensors over the layers. */
interface Sum {
  add(compute: () => Tensor): void;
  use(read: (sum: Tensor) => void): void;
}

function openSum({ tf }: Ops, wanted: boolean): Sum {
  let sum: Tensor | null = null;
  return {
    add(compute) {
      if (!wanted) return;
      const before = sum;
      sum = tf.keep(before ? tf.tidy(() => tf.add(before, compute())) : compute());
      before?.dispose();
    },
    use(read) {
      const whole = sum;
      if (!whole) return;
      tf.tidy(() => read(whole));
      whole.dispose();
    },
  };
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
