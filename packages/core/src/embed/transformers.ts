import { totalmem } from "node:os";
import { basename, join } from "node:path";
import { ExpectedError, toMessage } from "../messages/errors.ts";
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
import { findHubFiles, type ModelSource } from "./hub.ts";
import { type Dtype, findDtype, hashModel, measureWeights, weightFiles } from "./model-folder.ts";
import { openPool } from "./pool.ts";
import { listExternalData } from "./read-onnx.ts";
import { tokenizeText } from "./truncate.ts";

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
  const { encoder: name } = source;
  const { threads } = options;
  const dtype = await findDtype(name, options.dtype);
  const folder = await fetchModel(source, dtype);
  const { AutoTokenizer } = await loadLibrary();
  const tokenizer = await orExplain(folder, () =>
    AutoTokenizer.from_pretrained(folder, { local_files_only: true }),
  );
  const own = await openTransformersEncoder(folder, dtype, threads);
  const maxLength = Math.min(
    options.maxLength,
    tokenizer.model_max_length ?? Number.POSITIVE_INFINITY,
    own.maxPositions,
  );
  const encode = (text: string) => toTokenIds(tokenizer, text);
  const frame = readFrame(tokenizer, ["a"], false, `encoder ${name}`);
  const hash = await hashModel(folder, dtype);
  const { workers, threadsEach } = divideThreads(threads, await measureWeights(folder, dtype));
  return createEmbed({
    id: `${basename(name)}-1/${dtype}/${maxLength}/${hash}`,
    hash,
    maxLength,
    toTokens: (text) => fillFrame(frame, [tokenizeText(encode, text)], maxLength),
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
 * @throws ExpectedError if the model cannot be read, or is no encoder
 */
export async function openTransformersEncoder(
  folder: string,
  dtype: Dtype,
  threads: number,
): Promise<Encoder & { maxPositions: number }> {
  listExternalData(join(folder, "onnx", weightFiles[dtype]));
  const { AutoModel, Tensor } = await loadLibrary();
  const session_options = { intraOpNumThreads: threads, interOpNumThreads: 1 };
  const options = { local_files_only: true, dtype, session_options };
  const model = await orExplain(folder, () => AutoModel.from_pretrained(folder, options));

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
      `encoder ${folder}: expected a model that encodes text, such as BERT, RoBERTa or ` +
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

/** Fetches a model for transformers.js, unless it is on this machine. @returns its folder */
async function fetchModel(source: ModelSource, dtype: Dtype): Promise<string> {
  const files = findHubFiles(source);
  if (!files) return source.encoder;
  await files.fetchDescription();
  const weights = `onnx/${weightFiles[dtype]}`;
  if (!(await files.fetchOptional(weights)))
    throw new ExpectedError(
      `encoder ${source.encoder}: expected ${weights} on the hub ${files.base}, got none: take a model that has ONNX ` +
        "weights for transformers.js (many are under Xenova/ or onnx-community/), give a folder, " +
        "or run its model.safetensors by --runtime tfjs",
    );
  for (const name of listExternalData(join(files.folder, weights)))
    await files.need(`onnx/${name}`);
  return files.folder;
}

async function loadLibrary() {
  const library = await import("@xenova/transformers");
  library.env.logLevel = library.LogLevel.ERROR;
  return library;
}

async function orExplain<T>(folder: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const why = `transformers.js cannot read this folder: ${toMessage(cause)}`;
    throw new ExpectedError(`encoder ${folder}: ${why}`, { cause });
  }
}
