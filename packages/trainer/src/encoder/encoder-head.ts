import { activations } from "./activations.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import { dense, dropout, gatherRows, layerNorm, scatterRows } from "./functional.ts";
import { chain, type Module, type Net } from "./module.ts";
import type { Ops } from "./ops.ts";
import type { PackedBatch } from "./packed.ts";
import type { EncoderHead } from "./parameters.ts";

/**
 * Creates a head: hidden states [tokens, hidden] -> scores [sequences, outputs].
 * @param seed of the step's dropout; null: nothing is dropped
 */
export function createHeadModule(
  net: Net,
  { own }: EncoderHead,
  config: EncoderConfig,
  batch: PackedBatch,
  seed: number | null,
): Module {
  const { ops } = net;
  const key = (index: number) =>
    seed === null ? null : { seed, index: 3 * config.layers + index };
  const drop = (index: number) => dropout(ops, config.dropout.head, key(index));
  return chain(
    own?.pooling === "cls" ? takeFirstTokens(ops, batch) : averageTokens(ops, batch),
    ...(own?.dropsFirst ? [drop(1)] : []),
    ...(own ? [dense(net, "head.dense", own), activations[own.activation](ops)] : []),
    ...(own?.norm ? [layerNorm(net, "head.norm", config.epsilon, config.bias.norm)] : []),
    drop(2),
    dense(net, "head.output"),
  );
}

/** Hidden states [tokens, hidden] -> each sequence's first one, [sequences, hidden]. */
function takeFirstTokens(ops: Ops, { starts, tokens }: PackedBatch): Module {
  return (x) => ({
    y: gatherRows(ops, x, starts),
    saved: [],
    back: (dy) => scatterRows(ops, dy, starts, tokens),
  });
}

/** Hidden states [tokens, hidden] -> each sequence's mean, [sequences, hidden]. */
export function averageTokens(
  { tf, matMul }: Ops,
  { sequences, tokens, starts, lengths }: PackedBatch,
): Module {
  const fractions = new Float32Array(sequences * tokens);
  for (let sequence = 0; sequence < sequences; sequence++) {
    const from = sequence * tokens + (starts[sequence] ?? 0);
    const length = lengths[sequence] ?? 0;
    fractions.fill(1 / length, from, from + length);
  }
  return (x) => {
    const matrix = tf.tensor2d(fractions, [sequences, tokens]);
    return { y: matMul(matrix, x), saved: [matrix], back: (dy) => matMul(matrix, dy, true, false) };
  };
}
