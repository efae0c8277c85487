import { join } from "node:path";
import {
  countNumbers,
  createRandom,
  ExpectedError,
  findClosest,
  hashShingles,
  jaccard,
  openTokenizer,
} from "@seedling/core/internal";
import { type Checkpoint, checkpointFiles, openCheckpoint } from "../checkpoint/checkpoint.ts";
import { type EncoderConfig, parseEncoderConfig } from "./encoder-config.ts";
import type { HeadNames } from "./families.ts";
import { isDecayed, openWeights } from "./held-weights.ts";
import type { Ops } from "./ops.ts";

export interface EncoderHead {
  /** The family's own; null: a linear one on the mean of all tokens. */
  own: HeadNames | null;
  /** Classes; 1 for a choice. */
  outputs: number;
}

/** One parameter: its name here, its shape, and the hub's parts that make it, one under the other. */
export interface Parameter {
  name: string;
  shape: number[];
  /** Names in a checkpoint with a head; their rows, stacked, are the parameter's. */
  hub: string[];
}

/**
 * Whether a parameter is trained where lower layers are frozen, and with them what is below all layers: the
 * embeddings, and a position bias that all layers share.
 */
export function isTrainedParameter(name: string, freeze: number): boolean {
  const [, layer = -1] = /^layer\.(\d+)\./.exec(name) ?? [];
  return freeze === 0 || /^(head|finalNorm)\./.test(name) || Number(layer) >= freeze;
}

/** Whether a layer has a norm for attention: where norms come first the embeddings' own stands before the lowest. */
export function hasAttentionNorm({ family }: EncoderConfig, layer: number): boolean {
  return family.finalNorm === null || layer > 0;
}

/**
 * Lists the parameters of an encoder and its head, from the lowest up. Queries, keys and values are one
 * matrix here.
 */
export function listParameters(config: EncoderConfig, head: EncoderHead | null = null) {
  const { family, hidden, inner, up, vocabulary, typeCount, bias } = config;
  const { prefix, embeddings } = family;
  const all: Parameter[] = [];
  const add = (name: string, shape: number[], ...hub: string[]) => all.push({ name, shape, hub });
  const addPair = (
    name: string,
    shape: [number, number?],
    hasBias: boolean,
    ...hub: readonly string[]
  ) => {
    add(`${name}.weight`, shape as number[], ...hub.map((part) => `${part}.weight`));
    if (hasBias) add(`${name}.bias`, [shape[0]], ...hub.map((part) => `${part}.bias`));
  };
  const addTable = (name: string, rows: number, hub: string | null) => {
    if (hub) add(`embeddings.${name}`, [rows, hidden], `${prefix}.${hub}.weight`);
  };
  addTable("words", vocabulary, embeddings.words);
  addTable("positions", config.maxPositions + config.positionOffset, embeddings.positions);
  addTable("types", typeCount, embeddings.types);
  addPair("embeddings.norm", [hidden], bias.norm, `${prefix}.${embeddings.norm}`);
  for (let layer = 0; layer < config.layers; layer++) {
    const own = `layer.${layer}`;
    const { qkv, ...names } = family.names;
    const hub = (part: string) => `${prefix}.${family.layers}.${layer}.${part}`;
    addPair(`${own}.qkv`, [3 * hidden, hidden], bias.attention, ...qkv.map(hub));
    addPair(`${own}.out`, [hidden, hidden], bias.attention, hub(names.out));
    if (hasAttentionNorm(config, layer))
      addPair(`${own}.attentionNorm`, [hidden], bias.norm, hub(names.attentionNorm));
    addPair(`${own}.up`, [up, hidden], bias.inner, hub(names.up));
    addPair(`${own}.down`, [hidden, inner], bias.inner, hub(names.down));
    addPair(`${own}.outputNorm`, [hidden], bias.norm, hub(names.outputNorm));
  }
  if (family.finalNorm) addPair("finalNorm", [hidden], bias.norm, `${prefix}.${family.finalNorm}`);
  const { relativeBuckets, heads } = config;
  if (family.relativeBias !== null)
    add("relativeBias", [relativeBuckets, heads], `${prefix}.${family.relativeBias}.weight`);
  if (head?.own) {
    const { dense, norm, hasBias } = head.own;
    const hub = dense.startsWith(".") ? prefix + dense : dense;
    addPair("head.dense", [hidden, hidden], hasBias, hub);
    if (norm) addPair("head.norm", [hidden], bias.norm, norm);
  }
  if (head) addPair("head.output", [head.outputs, hidden], true, head.own?.output ?? "classifier");
  return all;
}

/**
 * Reads a parameter from a checkpoint of the hub: its parts, one under the other.
 * @param seed draws a head's parameter where the checkpoint has none of its shape: normal with the
 *   configuration's deviation, a bias 0, a norm 1; null: none is drawn
 * @returns row by row
 * @throws ExpectedError naming the tensor that is missing or has another shape
 */
export async function loadParameter(
  checkpoint: Checkpoint,
  config: EncoderConfig,
  { name, shape, hub }: Parameter,
  seed: number | null = null,
): Promise<Float32Array> {
  const { tensors, folder, mend } = checkpoint;
  const prefix = `${config.family.prefix}.`;
  const table = `${config.family.embeddings.words}.weight`;
  const own = findPrefix([...tensors.keys()], table, prefix);
  const toTensor = (whole: string) =>
    whole.startsWith(prefix) ? own + whole.slice(prefix.length) : whole;
  const isHead = name.startsWith("head.");
  const [rows = 0, ...rest] = shape;
  const part = [rows / hub.length, ...rest];
  // As large as tensors that are there: nothing is allocated before these are compared.
  let data: Float32Array | null = null;
  for (const [index, whole] of hub.entries()) {
    const tensor = toTensor(whole);
    const found = tensors.get(tensor);
    if (found?.shape.join() === part.join()) {
      data ??= new Float32Array(countNumbers(shape));
      data.set(await checkpoint.read(tensor), index * countNumbers(part));
    } else if (isHead && seed !== null) {
      const random = createRandom("encoder head", name, seed);
      const drawn = new Float32Array(countNumbers(shape));
      if (name.endsWith(".bias")) return drawn;
      if (!isDecayed(name)) return drawn.fill(1);
      return drawn.map(() => config.initializerRange * random.normal());
    } else {
      // The shape of a head follows from the classes.
      const source = isHead ? "classifier.json" : "config.json";
      const read = new Set(listParameters(config).flatMap((one) => one.hub.map(toTensor)));
      const alike = found ? null : findAlike(tensor, [...tensors.keys()], read);
      const got = found
        ? `shape [${found.shape}]`
        : `none${alike ? `; ${alike} looks like it` : ""}`;
      throw new ExpectedError(
        `${folder}: expected the tensor ${tensor} with shape [${part}], as its ${source} says, got ${got}; ${mend}`,
      );
    }
  }
  return data ?? new Float32Array();
}

/**
 * Finds what stands before an encoder's names: the family's prefix, nothing, or what a wrapper such as
 * SentenceTransformer puts there, where it is the only one.
 */
function findPrefix(names: readonly string[], table: string, family: string): string {
  const found = names
    .filter((name) => name === table || name.endsWith(`.${table}`))
    .map((name) => name.slice(0, -table.length));
  if (found.includes(family)) return family;
  return found.length === 1 ? (found[0] as string) : "";
}

/** Finds the tensor whose name is most like that of a missing one, among those that nothing is read from. */
function findAlike(missing: string, names: readonly string[], read: Set<string>): string | null {
  const others = names.filter((name) => !read.has(name));
  const wanted = hashShingles(missing);
  const measure = (index: number) => jaccard(wanted, hashShingles(others[index] ?? ""));
  const closest = findClosest(others.keys(), measure, 0.3);
  return closest ? (others[closest.index] ?? null) : null;
}

/**
 * Loads a checkpoint's configuration and its tokenizer, which refuses a text with tokens that the encoder has
 * no row for.
 * @throws ExpectedError if the architecture is none of ours, or the tokenizer is missing
 */
export async function loadConfigAndTokenizer({ folder, config: hubConfig, tensors }: Checkpoint) {
  const path = join(folder, checkpointFiles.config);
  const config = parseEncoderConfig(hubConfig, path);
  // Each has several.
  if (config.layers > tensors.size)
    throw new ExpectedError(
      `${path}: expected no more layers than the weights have tensors, ${tensors.size}, got ${config.layers}`,
    );
  return { config, tokenizer: await openTokenizer(folder, config.vocabulary) };
}

/**
 * Opens an encoder that is not trained, from a folder of the hub's layout.
 * @param chooseHead null: it has no head
 * @param mend what to do about files that do not fit, for errors; left out: to give another encoder
 * @throws ExpectedError if a file is missing or damaged, or a tensor does not fit
 */
export async function openEncoder(
  folder: string,
  ops: Ops,
  chooseHead: ((config: EncoderConfig) => EncoderHead) | null = null,
  mend?: string,
) {
  const checkpoint = await openCheckpoint(folder, mend);
  try {
    const { config, tokenizer } = await loadConfigAndTokenizer(checkpoint);
    const parameters = listParameters(config, chooseHead?.(config));
    const held = await openWeights(ops, parameters, (parameter) =>
      loadParameter(checkpoint, config, parameter),
    );
    return { config, tokenizer, held };
  } finally {
    await checkpoint.close();
  }
}
