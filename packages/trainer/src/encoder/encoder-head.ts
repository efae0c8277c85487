import { dropout, dropoutBack } from "./dropout.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import type { HeadNames } from "./families.ts";
import { activations, dense, denseBack, gatherRows, scatterRows } from "./functional.ts";
import type { BackwardNet, Net } from "./gradients.ts";
import type { Ops, Tensor } from "./ops.ts";
import type { PackedBatch } from "./packed.ts";
import type { Parameter } from "./parameters.ts";

/** A head on an encoder. */
export interface EncoderHead {
  /** The family's own, on the first token; null: a linear one on the mean of all tokens. */
  own: HeadNames | null;
  /** Classes; 1 for a choice. */
  outputs: number;
}

/** What the backward pass of a head needs. */
export interface HeadSaved {
  /** [sequences, hidden], what the dense layer was given; without one, the output layer. */
  pooled: Tensor;
  firstMask: Tensor | null;
  /** [sequences, hidden], before and after the activation; null: there is no dense layer. */
  before: Tensor | null;
  after: Tensor | null;
  lastMask: Tensor | null;
  /** [sequences, hidden], what the output layer was given. */
  last: Tensor;
}

/** A head's parameters, with the hub's names. */
export function listHeadParameters(
  { own, outputs }: EncoderHead,
  { hidden, family }: EncoderConfig,
): Parameter[] {
  const pair = (name: string, hub: string, rows: number): Parameter[] => [
    { name: `${name}.weight`, shape: [rows, hidden], hub: [`${hub}.weight`] },
    { name: `${name}.bias`, shape: [rows], hub: [`${hub}.bias`] },
  ];
  if (!own) return pair("head.output", "classifier", outputs);
  const denseName = own.dense.startsWith(".") ? family.prefix + own.dense : own.dense;
  return [...pair("head.dense", denseName, hidden), ...pair("head.output", own.output, outputs)];
}

export interface HeadOptions {
  config: EncoderConfig;
  head: EncoderHead;
  batch: PackedBatch;
  /** Seed of the step's dropout; null: nothing is dropped. */
  seed: number | null;
}

/** Hidden states [tokens, hidden] -> scores [sequences, outputs]. */
export function score(
  net: Net,
  hidden: Tensor,
  options: HeadOptions,
): HeadSaved & { scores: Tensor } {
  const { ops } = net;
  const { config, head, batch, seed } = options;
  const rate = config.headDropout;
  const key = (index: number) =>
    seed === null ? null : { seed, index: 3 * config.layers + index };
  const { own } = head;
  const taken = own
    ? gatherRows(ops, hidden, batch.starts)
    : ops.matMul(averageTokens(ops, batch), hidden);
  const first = dropout(ops, taken, rate, own?.dropsFirst ? key(1) : null);
  const before = own && dense(net, "head.dense", first.y);
  const after = own && before && activations[own.activation].apply(ops, before);
  const last = dropout(ops, after ?? first.y, rate, key(2));
  return {
    scores: dense(net, "head.output", last.y),
    pooled: first.y,
    firstMask: first.mask,
    before,
    after,
    lastMask: last.mask,
    last: last.y,
  };
}

/** The gradient of `score` by the hidden states, [tokens, hidden]; adds those by its parameters. */
export function scoreBack(
  net: BackwardNet,
  saved: HeadSaved,
  dy: Tensor,
  { head, batch }: Omit<HeadOptions, "seed" | "config">,
): Tensor {
  const { ops } = net;
  const { own } = head;
  const { pooled, firstMask, before, after, lastMask, last } = saved;
  let gradient = denseBack(net, "head.output", last, dy);
  gradient = dropoutBack(ops, lastMask, gradient);
  if (own && before && after) {
    gradient = activations[own.activation].back(ops, before, after, gradient);
    gradient = denseBack(net, "head.dense", pooled, gradient);
  }
  gradient = dropoutBack(ops, firstMask, gradient);
  return own
    ? scatterRows(ops, gradient, batch.starts, batch.tokens)
    : ops.matMul(averageTokens(ops, batch), gradient, true, false);
}

/** Creates the matrix, [sequences, tokens], that times hidden states gives each sequence's mean. */
export function averageTokens(
  { tf }: Ops,
  { sequences, tokens, starts, lengths }: PackedBatch,
): Tensor {
  const fractions = new Float32Array(sequences * tokens);
  for (let sequence = 0; sequence < sequences; sequence++) {
    const from = sequence * tokens + (starts[sequence] ?? 0);
    const length = lengths[sequence] ?? 0;
    fractions.fill(1 / length, from, from + length);
  }
  return tf.tensor2d(fractions, [sequences, tokens]);
}
