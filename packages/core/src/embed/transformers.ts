import { totalmem } from "node:os";
import { basename, join, posix } from "node:path";
import { z } from "zod";
import { explainJson } from "../logs/json.ts";
import { checkFollowed, mostBytes } from "../logs/open-inside.ts";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import { renderCount } from "../messages/render-numbers.ts";
import {
  type EncoderReading,
  encoderReadingSchema,
  graphPooling,
  readTokenizerLimit,
} from "./declaration.ts";
import {
  allowsBatches,
  type Batch,
  createEmbed,
  type Embed,
  type Encoder,
  probeText,
} from "./encoder.ts";
import { type GraphTensor, readOutputs } from "./graph-outputs.ts";
import { findHubFiles, type ModelSource } from "./hub.ts";
import { readJson } from "./model-file.ts";
import {
  type Dtype,
  findDtype,
  findGraphPlace,
  graphPlaces,
  hashModel,
  measureWeights,
  weightFiles,
} from "./model-folder.ts";
import { openPool } from "./pool.ts";
import type { Recipe } from "./pooling.ts";
import { listExternalData } from "./read-onnx.ts";
import {
  createRecipe,
  hashReading,
  type ReadingOptions,
  renderReading,
  resolveReading,
} from "./reading.ts";
import { loadLibrary, openTokenizer } from "./tokenizer.ts";
import { prepareText } from "./truncate.ts";

export interface EncodingOptions extends ReadingOptions {
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
  const prepared = await prepareModel(source, options);
  const { model, dtype, folder, tokenizer, recipe } = prepared;
  const encoder = await openTransformersEncoder(folder, dtype, threads, recipe);
  const reading = { ...prepared.reading, ...encoder.pooled };
  const { maxLength } = reading;
  source.log(renderReading(name, reading, options));
  const { workers, threadsEach } = divideThreads(threads, await measureWeights(folder, dtype));
  const hash = await hashModel(model, dtype);
  const id = `${basename(name)}-1/${dtype}/${maxLength}/${hash}`;
  return createEmbed({
    id: [id, hashReading(reading)].filter(Boolean).join("/"),
    hash,
    maxLength,
    reading: encoderReadingSchema.parse(reading),
    toTokens: (text) => tokenizer.encode(prepareText(text, reading), null, maxLength),
    encoder: openPool(encoder, {
      size: workers,
      model: { runtime: "onnx", folder, dtype, threads: threadsEach, recipe },
      after: options.workersAfter,
    }),
    together: await allowsBatches(encoder, tokenizer.encodeProbe(probeText)),
  });
}

/**
 * Fetches a model for transformers.js and reads everything of it but its graph.
 * @returns also its folder, and within it the one of configuration, tokenizer and graph
 * @throws ExpectedError if it cannot be found, fetched or read
 */
export async function prepareModel(
  source: ModelSource,
  options: ReadingOptions & { dtype: Dtype | null },
) {
  const dtype = await findDtype(source.encoder, options.dtype);
  const model = await fetchGraph(source, dtype);
  if (model === null) throw new ExpectedError(explainNoGraph(source, dtype));
  const own = resolveReading(model, options);
  const { folder } = own.declared;
  const config = readJson(join(folder, "config.json"), configSchema, "a model's configuration");
  const tokenizer = await openTokenizer(folder, config.vocab_size ?? undefined);
  const encode = (text: string) => tokenizer.encode(text, null, Number.POSITIVE_INFINITY).ids;
  const recipe = await createRecipe(model, own, encode);
  // A classifier that keeps no reading was made when the tokenizer's limit counted here, whatever else was declared.
  const limit = options.reading === null ? readTokenizerLimit(folder) : null;
  const maxLength = Math.min(own.maxLength, limit ?? own.maxLength, countPositions(config));
  return { dtype, model, folder, tokenizer, recipe, reading: { ...own, maxLength } };
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
 * Opens a model of transformers.js as an encoder: its last hidden states by a recipe, or as its graph pools them.
 * @param folder of its configuration
 * @param threads of one operation
 * @returns the encoder, its tokens, the most of a text that it has positions for, and how its reading differs where its graph pools
 * @throws ExpectedError if the model cannot be read, or is no encoder
 */
export async function openTransformersEncoder(
  folder: string,
  dtype: Dtype,
  threads: number,
  recipe: Recipe,
): Promise<Encoder & { pooled: Partial<EncoderReading> }> {
  const subfolder = findGraphPlace(folder, dtype) ?? "onnx";
  listExternalData(join(folder, subfolder, weightFiles[dtype]));
  for (const name of ["config.json", "generation_config.json"])
    checkFollowed(join(folder, name), mostBytes.json); // transformers.js reads them itself
  const { AutoModel, Tensor } = await loadLibrary();
  const session_options = { intraOpNumThreads: threads, interOpNumThreads: 1 };
  // The runtime itself finds files of numbers beside the graph, whatever their names.
  const place = { subfolder, use_external_data_format: false };
  const options = { local_files_only: true, dtype, session_options, ...place };
  const model = await orExplain(folder, () => AutoModel.from_pretrained(folder, options));

  async function run({ ids, rows }: Batch) {
    const shape = [rows, ids.length / rows];
    const outputs: Record<string, GraphTensor> = await model({
      input_ids: new Tensor("int64", BigInt64Array.from(ids, BigInt), shape),
      attention_mask: new Tensor("int64", new BigInt64Array(ids.length).fill(1n), shape),
    });
    return readOutputs(outputs, { ids, rows }, recipe);
  }

  async function probeNumbers() {
    const found = await run({ ids: Int32Array.of(1, 1), rows: 1 });
    if (found.vectors.every(Number.isFinite)) return found;
    throw new Error("its vectors are NaN or infinite: so are some of its weights");
  }

  const probe = await probeNumbers().catch(async (cause) => {
    await model.dispose();
    throw new ExpectedError(
      `encoder ${folder}: expected a model that encodes text, such as BERT, RoBERTa or ` +
        `MPNet; this is ${model.config.model_type} (${toMessage(cause)})`,
      { cause },
    );
  });

  const dimensions = probe.vectors.length;
  return {
    dimensions,
    pooled: probe.isPooled ? { pooling: graphPooling, dense: [] } : {},
    async encode(batch) {
      try {
        const { vectors } = await run(batch);
        const size = vectors.length / batch.rows;
        if (size !== dimensions)
          throw new Error(`expected ${dimensions} numbers each, got ${size}`);
        return vectors;
      } catch (cause) {
        const texts = `${renderCount(batch.rows, "text")} of ${batch.ids.length / batch.rows} tokens`;
        throw new ExpectedError(`encoder ${folder}: cannot encode ${texts}: ${toMessage(cause)}`, {
          cause,
        });
      }
    },
    dispose: async () => void (await model.dispose()),
  };
}

/** Families whose positions count from the padding id on, as in fairseq's models: the first rows are no text's. */
const offsetFamilies = [
  "roberta",
  "roberta-prelayernorm",
  "xlm-roberta",
  "xlm-roberta-xl",
  "camembert",
  "mpnet",
  "longformer",
  "data2vec-text",
  "xmod",
];

const configSchema = z.object({
  model_type: z.string().nullish(),
  /** Rows of the matrix of words. */
  vocab_size: z.number().nullish(),
  max_position_embeddings: z.number().nullish(),
  pad_token_id: z.number().nullish(),
});

/** Counts the tokens of the longest text that a model has positions for. */
function countPositions(config: z.infer<typeof configSchema>): number {
  const all = config.max_position_embeddings ?? Number.POSITIVE_INFINITY;
  const isOffset = offsetFamilies.includes(config.model_type ?? "");
  return isOffset ? all - (config.pad_token_id ?? 1) - 1 : all;
}

/**
 * Fetches a model for transformers.js, unless it is on this machine.
 * @returns its folder; null: the hub has no graph of that number type
 */
export async function fetchGraph(source: ModelSource, dtype: Dtype): Promise<string | null> {
  const files = findHubFiles(source);
  if (!files) return source.encoder;
  const path = await files.fetchDescription();
  const here = findGraphPlace(join(files.folder, path), dtype);
  for (const place of here === null ? graphPlaces : [here]) {
    const weights = posix.join(path, place, weightFiles[dtype]);
    if (!(await files.fetchOptional(weights))) continue;
    for (const name of listExternalData(join(files.folder, weights)))
      await files.need(posix.join(path, place, name));
    return files.folder;
  }
  return null;
}

function explainNoGraph(source: ModelSource, dtype: Dtype): string {
  return (
    `encoder ${source.encoder}: expected onnx/${weightFiles[dtype]} on the hub ${findHubFiles(source)?.base}, got none: take a model that has ONNX ` +
    "weights for transformers.js (many are under Xenova/ or onnx-community/), give a folder, " +
    "or, as --encoder, run its model.safetensors by --runtime tfjs"
  );
}

async function orExplain<T>(folder: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const why = `transformers.js cannot read this folder: ${explainJson(cause)}`;
    throw new ExpectedError(`encoder ${folder}: ${why}`, { cause });
  }
}
