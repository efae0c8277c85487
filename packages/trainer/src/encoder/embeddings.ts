import { type DropoutKey, dropout, dropoutBack } from "./dropout.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import type { Gradients } from "./gradients.ts";
import { layerNorm, layerNormBack, type NormSaved } from "./layer-norm.ts";
import type { Ops, Tensor } from "./ops.ts";
import type { PackedBatch } from "./packed.ts";
import { gatherRows, scatterRows } from "./rows.ts";
import type { Weights } from "./weights.ts";

/** What the way back of the embeddings needs. */
export interface EmbeddingsSaved extends NormSaved {
  mask: Tensor | null;
}

/** The tables, and which of their rows each token takes. */
function toLookups(config: EncoderConfig, { ids, typeIds, places }: PackedBatch) {
  const positions = places.map((place) => place + config.positionOffset);
  const lookups: [string, Int32Array][] = [
    ["embeddings.words", ids],
    ["embeddings.positions", positions],
  ];
  // RoBERTa's table has one row, whatever types a tokenizer gives.
  const types = typeIds.map((type) => Math.min(type, config.typeCount - 1));
  if (config.typeCount > 0) lookups.push(["embeddings.types", types]);
  return lookups;
}

/** Words, places and segments as vectors. @returns y [tokens, hidden] */
export function embedTokens(
  ops: Ops,
  weights: Weights,
  config: EncoderConfig,
  batch: PackedBatch,
  place: DropoutKey | null,
): EmbeddingsSaved & { y: Tensor } {
  const parts = toLookups(config, batch).map(([name, rows]) =>
    gatherRows(ops, weights(name), rows),
  );
  const sum = parts.reduce((all, part) => ops.tf.add(all, part));
  const { y: normed, ...saved } = layerNorm(ops, weights, "embeddings.norm", sum, config.epsilon);
  return { ...dropout(ops, normed, config.dropout, place), ...saved };
}

/** Adds up the gradients of the embeddings' parameters. */
export function embedTokensBack(
  ops: Ops,
  weights: Weights,
  gradients: Gradients,
  config: EncoderConfig,
  batch: PackedBatch,
  { mask, ...norm }: EmbeddingsSaved,
  dy: Tensor,
): void {
  const onNormed = dropoutBack(ops, mask, dy);
  const onSum = layerNormBack(ops, weights, gradients, "embeddings.norm", norm, onNormed);
  for (const [name, rows] of toLookups(config, batch))
    gradients.add(name, () => scatterRows(ops, onSum, rows, weights(name).shape[0] ?? 0));
}
