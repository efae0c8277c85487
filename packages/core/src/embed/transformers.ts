import { totalmem } from "node:os";
import { basename, isAbsolute, join } from "node:path";
import type { ProgressCallback } from "@xenova/transformers";
import { createQuarterLog } from "../data/fetch-file.ts";
import { ExpectedError, explain, toMessage } from "../messages/errors.ts";
import {
  allowsBatches,
  type Batch,
  createEmbed,
  type Embed,
  type Encoder,
  probeText,
  toUnit,
} from "./encoder.ts";
import { fillFrame, readFrame, toTokenIds } from "./frame.ts";
import { type Dtype, findDtype, hashModel, measureWeights } from "./model-folder.ts";
import { openPool } from "./pool.ts";

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
export function divideThreads(threads: number, weightBytes: number, memory = totalmem()) {
  const room = Math.floor(memory / 4 / (2 * weightBytes));
  const workers = Math.max(1, Math.min(threads, room));
  return { workers, threadsEach: Math.max(1, Math.floor(threads / workers)) };
}

/**
 * Opens a model of transformers.js as an encoder: the mean of its last hidden states, at unit length.
 * @param threads of one operation
 * @returns the encoder, and the most tokens that it has positions for
 * @throws ExpectedError if the model cannot be found, fetched or read, or is no encoder
 */
export async function openTransformersEncoder(
  source: ModelSource,
  dtype: Dtype,
  threads: number,
): Promise<Encoder & { maxPositions: number }> {
  const { AutoModel, Tensor } = await loadLibrary(source);
  const logQuarter = createQuarterLog(source.log);
  const progress_callback: ProgressCallback = (event) => {
    if (event.status === "progress")
      logQuarter(`${source.encoder}: ${event.file}`, event.loaded, event.total);
  };
  const session_options = { intraOpNumThreads: threads, interOpNumThreads: 1 };
  const options = { ...toHubOptions(source), dtype, progress_callback, session_options };
  const model = await orExplain(source, () => AutoModel.from_pretrained(source.encoder, options));

  async function encode({ ids, rows }: Batch): Promise<Float32Array> {
    const shape = [rows, ids.length / rows];
    /** The last layer, [rows, tokens, dimensions]. */
    const output: { last_hidden_state?: { data: Float32Array } } = await model({
      input_ids: new Tensor("int64", BigInt64Array.from(ids, BigInt), shape),
      attention_mask: new Tensor("int64", new BigInt64Array(ids.length).fill(1n), shape),
    });
    const hidden = output.last_hidden_state?.data;
    if (!hidden) throw new Error(`it gives ${Object.keys(output)} and no last_hidden_state`);
    const dimensions = hidden.length / ids.length;
    const vectors = new Float32Array(rows * dimensions);
    for (let row = 0; row < rows; row++) {
      const own = hidden.subarray((row * hidden.length) / rows, ((row + 1) * hidden.length) / rows);
      vectors.set(toUnit(averageRows(own, dimensions)), row * dimensions);
    }
    return vectors;
  }

  const probe = await encode({ ids: Int32Array.of(1, 1), rows: 1 }).catch(async (cause) => {
    await model.dispose();
    throw new ExpectedError(
      `encoder ${source.encoder}: expected a model that encodes text, such as BERT, RoBERTa or ` +
        `MPNet; this is ${model.config.model_type} (${toMessage(cause)})`,
      { cause },
    );
  });

  return {
    dimensions: probe.length,
    maxPositions: model.config.max_position_embeddings ?? Number.POSITIVE_INFINITY,
    encode,
    dispose: async () => void (await model.dispose()),
  };
}

function averageRows(matrix: Float32Array, columns: number): Float32Array {
  const sums = new Float64Array(columns);
  for (let from = 0; from < matrix.length; from += columns)
    for (let i = 0; i < columns; i++) sums[i] = (sums[i] ?? 0) + (matrix[from + i] ?? 0);
  const rows = matrix.length / columns;
  return Float32Array.from(sums, (sum) => sum / rows);
}

/** Which model, and where downloaded ones are kept. */
export interface ModelSource {
  /** An absolute folder in the hub's layout, or a hub id such as "Xenova/all-MiniLM-L6-v2". */
  encoder: string;
  modelsDir: string;
  log: (line: string) => void;
}

/** Whether a name can be a model's on the hub: `FacebookAI/roberta-base`, or `roberta-base`, which the hub redirects to it. */
export function isHubId(name: string): boolean {
  return /^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/.test(name);
}

/** Loads a model's tokenizer. @throws ExpectedError saying what to do, if it cannot be found, fetched or read */
export async function loadHubTokenizer(source: ModelSource) {
  const { AutoConfig, AutoTokenizer } = await loadLibrary(source);
  const options = toHubOptions(source);
  return orExplain(source, async () => {
    await AutoConfig.from_pretrained(source.encoder, options); // names it best if there is no such model
    return AutoTokenizer.from_pretrained(source.encoder, options);
  });
}

async function loadLibrary({ encoder }: ModelSource) {
  if (!isAbsolute(encoder) && !isHubId(encoder))
    throw new ExpectedError(
      `encoder "${encoder}": expected use-lite, a folder, or a hub id such as ` +
        `Xenova/all-MiniLM-L6-v2`,
    );
  const library = await import("@xenova/transformers");
  library.env.logLevel = library.LogLevel.ERROR;
  return library;
}

function toHubOptions({ encoder, modelsDir }: ModelSource) {
  return { cache_dir: modelsDir, local_files_only: isAbsolute(encoder) };
}

async function orExplain<T>({ encoder }: ModelSource, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new ExpectedError(explainLoading(encoder, cause), { cause });
  }
}

function explainLoading(encoder: string, cause: unknown): string {
  const message = toMessage(cause);
  if (isAbsolute(encoder))
    return `encoder ${encoder}: transformers.js cannot read this folder: ${message}`;
  if (cause instanceof Error && cause.name === "ModelFileNotFoundError")
    return (
      `encoder ${encoder}: the hub has no such model with ONNX weights for transformers.js, or it ` +
      `is not open to you: ${message} Check the id (many are under Xenova/ or onnx-community/), ` +
      `set HF_TOKEN, or give a folder`
    );
  return (
    `encoder ${encoder}: it could not be fetched from the hub: ${explain(cause)}. Try again, ` +
    `give a folder that holds the model, or take use-lite, which needs no network`
  );
}
