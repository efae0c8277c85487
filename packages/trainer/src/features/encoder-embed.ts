import { basename, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Backend, type Embed, type Embedding, toUnit } from "@seedling/core/internal";
import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import { checkpointFiles } from "../checkpoint/checkpoint-files.ts";
import { hashCheckpoint } from "../checkpoint/encoder-hash.ts";
import { type CheckpointSource, fetchCheckpoint } from "../checkpoint/hub-files.ts";
import { openTokenizer } from "../checkpoint/tokenizer.ts";
import { encode } from "../encoder/encoder.ts";
import { checkVocabulary, parseEncoderConfig } from "../encoder/encoder-config.ts";
import { openFrozenWeights } from "../encoder/frozen-weights.ts";
import { averageTokens } from "../encoder/head.ts";
import { createOps, type Ops } from "../encoder/ops.ts";
import { disposePacked, packSequences, type TokenSequence } from "../encoder/packed.ts";
import { listParameters } from "../encoder/parameters.ts";

/**
 * One of our own encoders, frozen: the mean of its last hidden states, at unit length. It encodes one
 * text at a time: in a batch the last digits of a matrix product depend on the other rows.
 * @param maxLength in tokens, special ones included; the model's own limit if that is lower
 * @throws ExpectedError if the encoder cannot be had or is none of ours
 */
export async function openEncoderEmbed(
  source: CheckpointSource,
  maxLength: number,
  backend: Backend,
): Promise<Embed> {
  const folder = await fetchCheckpoint(source);
  const ops = createOps(backend);
  const { tf } = ops;
  const { config, tokenizer, frozen } = await load(folder, ops);
  const longest = Math.min(maxLength, config.maxPositions);

  async function toVector(sequence: TokenSequence): Promise<Float32Array> {
    const batch = packSequences(tf, [sequence]);
    const hidden = encode(ops, frozen.weights, config, batch);
    const mean = tf.tidy(() => ops.matMul(averageTokens(ops, batch), hidden));
    const vector = Float32Array.from(await mean.data<"float32">());
    tf.dispose([hidden, mean]);
    disposePacked(tf, batch);
    return toUnit(vector);
  }

  return {
    id: `${basename(source.encoder)}-tfjs-1/${longest}/${await hashCheckpoint(folder)}/${backend.name}-${backend.device}`,
    dimensions: config.hidden,
    maxLength: longest,
    async embed(texts, progress) {
      const embeddings: Embedding[] = [];
      for (const text of texts) {
        const { ids, typeIds, tokens } = tokenizer.encode(text, null, longest);
        const vector = await toVector({ ids, typeIds });
        embeddings.push({ vector, tokens, kept: ids.length });
        progress?.(embeddings.length, texts.length);
        await setImmediate();
      }
      return embeddings;
    },
    async dispose() {
      frozen.dispose();
    },
  };
}

async function load(folder: string, ops: Ops) {
  const checkpoint = await openCheckpoint(folder);
  try {
    const config = parseEncoderConfig(checkpoint.config, join(folder, checkpointFiles.config));
    const tokenizer = await openTokenizer(folder);
    checkVocabulary(tokenizer, config, folder);
    const parameters = listParameters(config);
    const frozen = await openFrozenWeights(ops, checkpoint, config, parameters);
    return { config, tokenizer, frozen };
  } finally {
    await checkpoint.close();
  }
}
