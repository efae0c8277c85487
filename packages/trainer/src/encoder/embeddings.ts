import { ExpectedError } from "@seedling/core/internal";
import type { EncoderConfig } from "./encoder-config.ts";
import { dropout, gatherRows, layerNorm, scatterRows } from "./functional.ts";
import { chain, type Gradients, type Net, type Traced } from "./module.ts";
import type { Ops, Tensor } from "./ops.ts";
import type { PackedBatch } from "./packed.ts";

/** Lists the embedding tables, and the row of each token in them. */
function listLookups(config: EncoderConfig, { ids, typeIds, positions }: PackedBatch) {
  const shifted = positions.map((position) => position + config.positionOffset);
  const lookups: [string, Int32Array][] = [["embeddings.words", ids]];
  if (config.family.embeddings.positions) lookups.push(["embeddings.positions", shifted]);
  // RoBERTa's table has one row, whatever types a tokenizer gives.
  const types = typeIds.map((type) => Math.min(type, config.typeCount - 1));
  if (config.typeCount > 0) lookups.push(["embeddings.types", types]);
  return lookups;
}

/** Embeds words, positions and segments: y is [tokens, hidden]. @param seed of the dropout; null: none */
export function embedTokens(
  net: Net,
  config: EncoderConfig,
  batch: PackedBatch,
  seed: number | null,
): Traced {
  const { ops, weights } = net;
  const lookups = listLookups(config, batch);
  const parts = lookups.map(([name, rows]) => {
    const table = weights(name);
    const [size = 0] = table.shape;
    // Outside of a table a backend reads whatever is there.
    const outside = rows.find((row) => row < 0 || row >= size);
    if (outside === undefined) return gatherRows(ops, table, rows);
    throw new ExpectedError(
      `${name}: expected a row below ${size}, got ${outside}: the tokenizer, or config.json, does not fit the weights`,
    );
  });
  const norm = layerNorm(net, "embeddings.norm", config.epsilon, config.bias.norm);
  const drop = dropout(ops, config.dropout.embeddings, seed === null ? null : { seed, index: 0 });
  const { y, saved, back } = chain(norm, drop)(parts.reduce((all, part) => ops.tf.add(all, part)));
  return {
    y,
    saved,
    back(dy, gradients) {
      const onSum = back(dy, gradients);
      for (const [name, rows] of lookups)
        gradients.add(name, () => scatterRows(ops, onSum, rows, weights(name).shape[0] ?? 0));
      return onSum;
    },
  };
}

/** Larger distances have the last bucket. */
const maxDistance = 128;

/**
 * Computes the bucket of each pair of positions, [longest * longest], as in T5 and MPNet: exact for small
 * distances, logarithmic for large ones, half of the buckets for each direction.
 * (Raffel et al. 2020, 2.1; rounded as 32-bit floats, as in transformers.)
 */
export function computeBuckets(longest: number, buckets: number): Int32Array {
  const half = buckets / 2;
  const exact = half / 2;
  const { fround } = Math;
  const toBucket = (distance: number) => {
    if (distance < exact) return distance;
    const part = fround(fround(Math.log(distance / exact)) / fround(Math.log(maxDistance / exact)));
    return Math.min(half - 1, exact + Math.trunc(fround(part * (half - exact))));
  };
  return Int32Array.from({ length: longest ** 2 }, (_, i) => {
    const behind = (i % longest) - Math.floor(i / longest);
    return toBucket(Math.abs(behind)) + (behind > 0 ? half : 0);
  });
}

/** Computes the position bias of all scores, [1, heads, longest, longest]; null: the encoder has none. */
export function relativeBias({ ops, weights }: Net, config: EncoderConfig, longest: number) {
  const { relativeBuckets, heads } = config;
  if (relativeBuckets === 0) return null;
  const rows = gatherRows(ops, weights("relativeBias"), computeBuckets(longest, relativeBuckets));
  return ops.tf.reshape(ops.tf.transpose(rows), [1, heads, longest, longest]);
}

/** Adds the gradient of the position bias's table. @param dy by the scores: [heads, longest, longest] */
export function relativeBiasBack(ops: Ops, buckets: number, dy: Tensor, gradients: Gradients) {
  const [heads = 0, longest = 0] = dy.shape;
  const rows = ops.tf.transpose(ops.tf.reshape(dy, [heads, longest ** 2]));
  gradients.add("relativeBias", () =>
    scatterRows(ops, rows, computeBuckets(longest, buckets), buckets),
  );
}
