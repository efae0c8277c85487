import { type AttentionSaved, attend, attendBack } from "./attention.ts";
import { dropout, dropoutBack } from "./dropout.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import {
  activations,
  dense,
  denseBack,
  layerNorm,
  layerNormBack,
  type NormSaved,
} from "./functional.ts";
import type { BackwardNet, Net } from "./gradients.ts";
import type { Tensor } from "./ops.ts";
import type { PackedBatch } from "./packed.ts";

/** What the backward pass of a layer needs. */
export interface LayerSaved {
  /** The layer's input, [tokens, hidden]. */
  x: Tensor;
  attention: AttentionSaved;
  attentionMask: Tensor | null;
  attentionNorm: NormSaved;
  /** Between attention and feed-forward part, [tokens, hidden]. */
  middle: Tensor;
  /** Before and after the activation, [tokens, inner]. */
  up: Tensor;
  active: Tensor;
  outputMask: Tensor | null;
  outputNorm: NormSaved;
}

export interface LayerOptions {
  config: EncoderConfig;
  batch: PackedBatch;
  /** From 0. */
  layer: number;
  /** Relative position bias, or null. */
  bias: Tensor | null;
  /** Seed of the step's dropout; null: nothing is dropped. */
  seed: number | null;
}

/** Each layer has three dropouts; the embeddings have the index below, the head those above. */
function dropoutKey({ seed, layer }: LayerOptions, index: number) {
  return seed === null ? null : { seed, index: 3 * layer + index + 1 };
}

/** One layer of the encoder, norms after the sums. @returns y [tokens, hidden] */
export function encodeLayer(
  net: Net,
  x: Tensor,
  options: LayerOptions,
): LayerSaved & { y: Tensor } {
  const { ops } = net;
  const { tf } = ops;
  const { config, batch, layer, bias } = options;
  const { heads, epsilon } = config;
  const own = `layer.${layer}`;
  const { y: attended, ...attention } = attend(net, x, {
    batch,
    heads,
    name: own,
    bias,
    rate: config.attentionDropout,
    key: dropoutKey(options, 0),
  });
  const first = dropout(ops, attended, config.dropout, dropoutKey(options, 1));
  const { y: middle, ...attentionNorm } = layerNorm(
    net,
    `${own}.attentionNorm`,
    tf.add(x, first.y),
    epsilon,
  );
  const up = dense(net, `${own}.up`, middle);
  const active = activations[config.activation].apply(ops, up);
  const down = dense(net, `${own}.down`, active);
  const second = dropout(ops, down, config.dropout, dropoutKey(options, 2));
  const { y, ...outputNorm } = layerNorm(
    net,
    `${own}.outputNorm`,
    tf.add(middle, second.y),
    epsilon,
  );
  return {
    y,
    x,
    attention,
    attentionMask: first.mask,
    attentionNorm,
    middle,
    up,
    active,
    outputMask: second.mask,
    outputNorm,
  };
}

/** The gradient of a layer by its input; adds those by its parameters. */
export function encodeLayerBack(
  net: BackwardNet,
  saved: LayerSaved,
  dy: Tensor,
  options: LayerOptions & { onScores: (gradient: Tensor) => void },
): Tensor {
  const { ops } = net;
  const { tf } = ops;
  const { config, batch, onScores } = options;
  const own = `layer.${options.layer}`;
  const onSum = layerNormBack(net, `${own}.outputNorm`, saved.outputNorm, dy);
  const onDown = dropoutBack(ops, saved.outputMask, onSum);
  const onActive = denseBack(net, `${own}.down`, saved.active, onDown);
  const onUp = activations[config.activation].back(ops, saved.up, saved.active, onActive);
  const onMiddle = tf.add(onSum, denseBack(net, `${own}.up`, saved.middle, onUp));
  const onFirst = layerNormBack(net, `${own}.attentionNorm`, saved.attentionNorm, onMiddle);
  const onAttended = dropoutBack(ops, saved.attentionMask, onFirst);
  const onX = attendBack(net, saved.x, saved.attention, onAttended, {
    batch,
    heads: config.heads,
    name: own,
    onScores,
  });
  return tf.add(onFirst, onX);
}
