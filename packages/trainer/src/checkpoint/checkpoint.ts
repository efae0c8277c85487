import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  checkFollowed,
  ExpectedError,
  mostBytes,
  openSafetensors,
  readJson,
  type SafetensorsFile,
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

/** Files of a tokenizer, of which a model has some. A tuned classifier keeps them all. */
export const tokenizerFiles = [
  checkpointFiles.tokenizer,
  checkpointFiles.tokenizerConfig,
  checkpointFiles.specialTokens,
  "vocab.txt",
  "vocab.json",
  "merges.txt",
  "sentencepiece.bpe.model",
];

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
  const config = readHubConfig(folder);
  for (const name of tokenizerFiles) checkFollowed(join(folder, name), mostBytes.json);
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
  const shards = readIndex(folder);
  const missing = shards.filter((name) => !names.includes(name));
  if (missing.length === 0) return shards;
  throw new ExpectedError(
    `${folder}: expected ${shards.length} files of weights, as ${indexName} says; it has no ` +
      `${missing.join(", no ")}; fetch what is missing`,
  );
}

/** Reads which files of weights model.safetensors.index.json names, each once. */
export function readIndex(folder: string): string[] {
  const path = join(folder, indexName);
  const { weight_map } = readJson(path, indexSchema, '{"weight_map": {tensor: file}}');
  for (const [tensor, file] of Object.entries(weight_map))
    if (!/^[\w-][\w.-]*\.safetensors$/.test(file))
      throw new ExpectedError(
        `${path}: tensor ${tensor}: expected a .safetensors file beside it, got ${JSON.stringify(file)}`,
      );
  return [...new Set(Object.values(weight_map))];
}

/** Reads a folder's config.json. @throws ExpectedError naming it, if it is not there or no JSON object */
export function readHubConfig(folder: string): Record<string, unknown> {
  const path = join(folder, configName);
  if (existsSync(path)) return readJson(path, configSchema, "a JSON object");
  throw new ExpectedError(
    `${folder}: expected a model's folder of the hub's layout, with ${configName}, got none`,
  );
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
