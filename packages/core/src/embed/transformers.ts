import { totalmem } from "node:os";
import { basename, isAbsolute, join } from "node:path";
import type { Embed } from "./embed.ts";
import { allowsBatches, createEmbed, probeText } from "./encoder.ts";
import { fillFrame, readFrame, toTokenIds } from "./frame.ts";
import { type Dtype, findDtype, hashModel, measureWeights } from "./model-folder.ts";
import { openPool } from "./pool.ts";
import {
  loadHubTokenizer,
  type ModelSource,
  openTransformersEncoder,
} from "./transformers-encoder.ts";

export interface EncodingOptions {
  /** In tokens, special ones included. */
  maxLength: number;
  /** Number type of the weights; null: fp32, for a folder the first of fp32 and q8 that it has. */
  dtype: Dtype | null;
  /** Processors to use. No vector depends on it. */
  threads: number;
  /** Milliseconds of unbroken work after which worker threads are started: about what that takes. */
  workersAfter: number;
}

/**
 * Opens an encoder in transformers.js. Texts of one length go in batches where this machine gives
 * them the same bits as alone; int8 models quantise activations for the whole batch, so theirs go
 * one at a time.
 * @throws ExpectedError if the model cannot be found, fetched or read, or is no encoder
 */
export async function openTransformers(
  source: ModelSource,
  options: EncodingOptions,
): Promise<Embed> {
  const { encoder: name, modelsDir } = source;
  const { threads } = options;
  const folder = isAbsolute(name) ? name : join(modelsDir, name);
  const dtype = await findDtype(name, options.dtype);
  const tokenizer = await loadHubTokenizer(source);
  const own = await openTransformersEncoder(source, dtype, threads);
  const maxLength = Math.min(
    options.maxLength,
    tokenizer.model_max_length ?? Number.POSITIVE_INFINITY,
    own.maxPositions,
  );
  const frame = readFrame(tokenizer, ["a"], false, `encoder ${name}`);
  const { workers, threadsEach } = divideThreads(threads, await measureWeights(folder, dtype));
  return createEmbed({
    id: `${basename(name)}-1/${dtype}/${maxLength}/${await hashModel(folder, dtype)}`,
    maxLength,
    toTokens: (text) => fillFrame(frame, [toTokenIds(tokenizer, text)], maxLength),
    encoder: openPool(own, {
      size: workers,
      model: { runtime: "onnx", folder, dtype, threads: threadsEach },
      after: options.workersAfter,
    }),
    together: await allowsBatches(own, tokenizer.encode(probeText)),
  });
}

/**
 * Divides threads: many workers of one thread each are fastest, but each holds the weights,
 * about twice their file's size. All of them take a quarter of the memory at most.
 */
export function divideThreads(
  threads: number,
  weightBytes: number,
  memory = totalmem(),
): { workers: number; threadsEach: number } {
  const room = Math.floor(memory / 4 / (2 * weightBytes));
  const workers = Math.max(1, Math.min(threads, room));
  return { workers, threadsEach: Math.max(1, Math.floor(threads / workers)) };
}
