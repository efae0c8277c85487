import { basename, isAbsolute, join } from "node:path";
import { openCut } from "./cut-tokens.ts";
import { divideThreads } from "./divide-threads.ts";
import type { Embed } from "./embed.ts";
import { probeTogether, toEmbed } from "./encoding.ts";
import { loadTokenizer, type ModelSource } from "./load-model.ts";
import { type Dtype, findDtype, hashModel, measureWeights } from "./model-folder.ts";
import { openPool } from "./pool.ts";
import { openTransformersEncoder } from "./transformers-encoder.ts";

/** How texts are encoded. */
export interface Manner {
  /** In tokens, special ones included. */
  maxLength: number;
  /** Null: fp32; for a folder the first of fp32 and q8 that it has. */
  dtype: Dtype | null;
  /** How many processors to use. */
  threads: number;
  /** Milliseconds of work after which worker threads are started. */
  workersAfter: number;
}

/**
 * Opens an encoder in transformers.js. Texts of one length go in batches where this machine gives
 * them the same bits as alone; int8 models quantise activations for the whole batch, so theirs go
 * one at a time.
 * @throws ExpectedError if the model cannot be found, fetched or read, or is no encoder
 */
export async function openTransformers(source: ModelSource, manner: Manner): Promise<Embed> {
  const { encoder: name, modelsDir } = source;
  const { threads } = manner;
  const folder = isAbsolute(name) ? name : join(modelsDir, name);
  const dtype = await findDtype(name, manner.dtype);
  const tokenizer = await loadTokenizer(source);
  const own = await openTransformersEncoder(source, dtype, threads);
  const maxLength = Math.min(
    manner.maxLength,
    tokenizer.model_max_length ?? Number.POSITIVE_INFINITY,
    own.places,
  );
  const cut = openCut((text, add_special_tokens) => tokenizer.encode(text, { add_special_tokens }));
  const { workers, threadsEach } = divideThreads(threads, await measureWeights(folder, dtype));
  return toEmbed({
    id: `${basename(name)}-1/${dtype}/${maxLength}/${await hashModel(folder, dtype)}`,
    maxLength,
    toTokens: (text) => cut(text, maxLength),
    encoder: openPool(own, {
      size: workers,
      model: { runtime: "onnx", folder, dtype, threads: threadsEach },
      after: manner.workersAfter,
    }),
    together: await probeTogether(own, (text) => tokenizer.encode(text)),
  });
}
