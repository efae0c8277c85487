import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  checkModelFolder,
  type EmbedText,
  ExpectedError,
  explainJson,
  fillFrame,
  openSafetensors,
  parseJsonFile,
  readFollowed,
  readFrame,
  type SafetensorsFile,
  tokenizeText,
  toMessage,
  toTokenIds,
} from "@seedling/core/internal";
import { z } from "zod";

export const checkpointFiles = {
  config: "config.json",
  tokenizer: "tokenizer.json",
  tokenizerConfig: "tokenizer_config.json",
  specialTokens: "special_tokens_map.json",
  weights: "model.safetensors",
  index: "model.safetensors.index.json",
} as const;

/** A model's files in the hub's layout: its configuration, and tensors to be read one at a time. */
export type Checkpoint = Awaited<ReturnType<typeof openCheckpoint>>;

const configSchema = z.record(z.string(), z.unknown());
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });
const { config: configName, weights: weightsName, index: indexName } = checkpointFiles;

/** A norm's parameters as TensorFlow names them, and google-bert's files with it. */
const oldNames = { gamma: "weight", beta: "bias" } as const;

/**
 * Opens a folder of the hub's layout: config.json, and model.safetensors or the shards that
 * model.safetensors.index.json names. Only headers are read.
 * @param mend what to do about files that do not fit, for errors; left out: an encoder's
 * @throws ExpectedError naming the file, what was expected, what came and what to do
 */
export async function openCheckpoint(folder: string, mend?: string) {
  checkModelFolder(folder);
  const config = await readHubConfig(folder);
  const files: SafetensorsFile[] = [];
  const close = async () => {
    for (const file of files) await file.close();
  };
  try {
    for (const name of await listWeights(folder))
      files.push(await openSafetensors(join(folder, name), mend));
  } catch (error) {
    await close();
    throw error;
  }
  const tensors: SafetensorsFile["tensors"] = new Map();
  const places = new Map<string, { file: SafetensorsFile; name: string }>();
  for (const file of files)
    for (const [name, tensor] of file.tensors) {
      const today = name.replace(/(?<=\.)(gamma|beta)$/, (old) => oldNames[old as "gamma"]);
      // One that has today's name comes first.
      if (today !== name && files.some((other) => other.tensors.has(today))) continue;
      tensors.set(today, tensor);
      places.set(today, { file, name });
    }
  return {
    folder,
    mend: mend ?? "give another --encoder",
    /** config.json as it stands. */
    config,
    /** All tensors of the files by their names of today, also those that cannot be read as floats. */
    tensors,
    /**
     * Reads a tensor's numbers, row by row.
     * @throws RangeError if there is none of that name; ExpectedError if one is NaN or infinite
     */
    async read(name: string): Promise<Float32Array> {
      const place = places.get(name);
      if (!place) throw new RangeError(`${folder} has no tensor ${name}`);
      return place.file.readWeights(place.name);
    },
    close,
  };
}

async function listWeights(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  if (names.includes(weightsName)) return [weightsName];
  if (!names.includes(indexName)) throw new ExpectedError(explainNoWeights(folder, names));
  const shards = await readIndex(folder);
  const missing = shards.filter((name) => !names.includes(name));
  if (missing.length === 0) return shards;
  throw new ExpectedError(
    `${folder}: expected ${shards.length} files of weights, as ${indexName} says; it has no ` +
      `${missing.join(", no ")}; fetch what is missing`,
  );
}

/** Reads which files of weights model.safetensors.index.json names, each once. */
export async function readIndex(folder: string): Promise<string[]> {
  const path = join(folder, indexName);
  const { weight_map } = parseJsonFile(
    readFollowed(path),
    path,
    indexSchema,
    '{"weight_map": {tensor: file}}',
  );
  for (const [tensor, file] of Object.entries(weight_map))
    if (!/^[\w-][\w.-]*\.safetensors$/.test(file))
      throw new ExpectedError(
        `${path}: tensor ${tensor}: expected a .safetensors file beside it, got ${JSON.stringify(file)}`,
      );
  return [...new Set(Object.values(weight_map))];
}

/** Reads a folder's config.json. @throws ExpectedError naming it, if it is not there or no JSON object */
export async function readHubConfig(folder: string): Promise<Record<string, unknown>> {
  const path = join(folder, configName);
  try {
    return parseJsonFile(readFollowed(path), path, configSchema, "a JSON object");
  } catch (cause) {
    if (cause instanceof ExpectedError) throw cause;
    throw new ExpectedError(
      `${folder}: expected a model's folder of the hub's layout, with ${configName}: ${toMessage(cause)}`,
      { cause },
    );
  }
}

/** Weights in other formats, and what to do about them. */
const otherForms: [RegExp, string][] = [
  [
    /^pytorch_model.*\.bin$/,
    "a pickle, which can hold any code and is not read here: save it in Python by " +
      "model.save_pretrained(folder, safe_serialization=True), or take a model of the hub that has model.safetensors",
  ],
  [/^(tf_model.*\.h5|flax_model.*\.msgpack)$/, "save the model as safetensors in Python"],
  [/^onnx$/, "a graph, which can be run but not trained: --tune head --runtime onnx takes it"],
  [/^adapter_model\./, "an adapter without its model: merge them in Python and save that"],
];

function explainNoWeights(folder: string, names: readonly string[]): string {
  const expected = `${folder}: expected ${weightsName} or ${indexName}`;
  for (const [form, advice] of otherForms) {
    const found = names.find((name) => form.test(name));
    if (found) return `${expected}, got ${found}: ${advice}`;
  }
  return `${expected}, got no weights; fetch ${weightsName} into it`;
}

export type EncoderTokenizer = Awaited<ReturnType<typeof openTokenizer>>;

/**
 * Opens the tokenizer of a folder of the hub's layout, in transformers.js.
 * @param rows of the encoder's matrix
 * @throws ExpectedError if a file of it is not there or cannot be read, or it changes texts in a pair
 */
export async function openTokenizer(folder: string, rows = Number.POSITIVE_INFINITY) {
  const { tokenizer, tokenizerConfig } = checkpointFiles;
  for (const name of [tokenizer, tokenizerConfig])
    if (!existsSync(join(folder, name)))
      throw new ExpectedError(
        `${folder}: expected a tokenizer, in ${tokenizer} and ${tokenizerConfig}, got no ${name}; put the tokenizer's files there, in Python by AutoTokenizer.from_pretrained(...).save_pretrained(folder)`,
      );
  const library = await import("@xenova/transformers");
  const options = { local_files_only: true };
  const read = await library.AutoTokenizer.from_pretrained(folder, options).catch(
    (cause: unknown) => {
      throw new ExpectedError(
        `${folder}: expected a tokenizer for transformers.js in ${tokenizer} and ${tokenizerConfig}, which do not read as one (${explainJson(cause)})`,
        { cause },
      );
    },
  );
  // For a class that the library does not know tokenizer.json says the segments, as in Python.
  const typed = read.return_token_type_ids || read.constructor === library.PreTrainedTokenizer;
  const single = readFrame(read, ["a"], typed, folder);
  const pair = readFrame(read, ["a", "b"], typed, folder);
  const encode = (text: string) => toTokenIds(read, text, rows);
  let last = { text: "", ids: encode("") };
  // Options share their question, which is encoded once.
  const encodeOnce = (text: string) => {
    if (last.text !== text) last = { text, ids: encode(text) };
    return last.ids;
  };

  return {
    /**
     * Encodes a text, or a pair with the special tokens and segments of pairs. Truncates as `truncateTexts` does;
     * special tokens stay.
     * @param maxLength in tokens, special ones included
     */
    encode(first: EmbedText, second: EmbedText | null, maxLength: number) {
      if (second === null) return fillFrame(single, [tokenizeText(encode, first)], maxLength);
      const texts = [tokenizeText(encodeOnce, first), tokenizeText(encode, second)];
      return fillFrame(pair, texts, maxLength);
    },
  };
}
