import { createRandom, ExpectedError } from "@seedling/core/internal";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import type { Weights } from "./module.ts";
import type { Ops, Tensor } from "./ops.ts";

/** One parameter: its name here, its shape, and the hub's parts that make it, one under the other. */
export interface Parameter {
  name: string;
  shape: number[];
  /** Names within the encoder; their rows, stacked, are the parameter's. */
  hub: string[];
}

/**
 * Finds the layer of a parameter: -1 for what is below all layers (the embeddings, and a position bias that
 * all layers share), the greatest number for what is above them.
 */
export function findLayer(name: string): number {
  const [, layer] = /^layer\.(\d+)\./.exec(name) ?? [];
  if (layer !== undefined) return Number(layer);
  return name.startsWith("head.") ? Number.MAX_SAFE_INTEGER : -1;
}

/** Lists an encoder's parameters, from the lowest up. Queries, keys and values are one matrix here. */
export function listParameters(config: EncoderConfig): Parameter[] {
  const { family, hidden, inner, layers, heads, relativeBuckets } = config;
  const norm = (name: string, hub: string) => pair(name, hub, [hidden], [hidden]);
  const all: Parameter[] = [
    one("embeddings.words", "embeddings.word_embeddings.weight", [config.vocabulary, hidden]),
    one("embeddings.positions", "embeddings.position_embeddings.weight", [
      config.maxPositions + config.positionOffset,
      hidden,
    ]),
    ...(family.tokenTypes
      ? [
          one("embeddings.types", "embeddings.token_type_embeddings.weight", [
            config.typeCount,
            hidden,
          ]),
        ]
      : []),
    ...norm("embeddings.norm", "embeddings.LayerNorm"),
  ];
  for (let layer = 0; layer < layers; layer++) {
    const own = `layer.${layer}`;
    const hub = (part: keyof typeof family.names) =>
      `${family.layers}.${layer}.${family.names[part]}`;
    const joined = [hub("query"), hub("key"), hub("value")];
    all.push(
      {
        name: `${own}.qkv.weight`,
        shape: [3 * hidden, hidden],
        hub: joined.map((part) => `${part}.weight`),
      },
      { name: `${own}.qkv.bias`, shape: [3 * hidden], hub: joined.map((part) => `${part}.bias`) },
      ...pair(`${own}.out`, hub("out"), [hidden, hidden], [hidden]),
      ...norm(`${own}.attentionNorm`, hub("attentionNorm")),
      ...pair(`${own}.up`, hub("up"), [inner, hidden], [inner]),
      ...pair(`${own}.down`, hub("down"), [hidden, inner], [hidden]),
      ...norm(`${own}.outputNorm`, hub("outputNorm")),
    );
  }
  if (family.relativeBias !== null)
    all.push(one("relativeBias", `${family.relativeBias}.weight`, [relativeBuckets, heads]));
  return all;
}

function one(name: string, hub: string, shape: number[]): Parameter {
  return { name, shape, hub: [hub] };
}

function pair(name: string, hub: string, weight: number[], bias: number[]): Parameter[] {
  return [one(`${name}.weight`, `${hub}.weight`, weight), one(`${name}.bias`, `${hub}.bias`, bias)];
}

/**
 * Reads a parameter from a checkpoint of the hub: its parts, one under the other. The encoder's stand
 * there with or without the family's prefix.
 * @returns row by row
 * @throws ExpectedError naming the tensor that is missing or has another shape
 */
export async function loadParameter(
  checkpoint: Checkpoint,
  config: EncoderConfig,
  parameter: Parameter,
): Promise<Float32Array> {
  const { shape, hub } = parameter;
  const part = toPartShape(shape, hub.length);
  const data = new Float32Array(toSize(shape));
  for (const [index, tensor] of listTensorNames(checkpoint, config, parameter).entries()) {
    const found = checkpoint.tensors.get(tensor);
    if (!isSameShape(found?.shape, part))
      throw new ExpectedError(
        `${checkpoint.folder}: expected the tensor ${tensor} with shape [${part}], as its ${nameSource(parameter)} says, got ${found ? `shape [${found.shape}]` : "none"}; ${checkpoint.mend}`,
      );
    data.set(await checkpoint.read(tensor), index * toSize(part));
  }
  return data;
}

/**
 * A head's parameter: the checkpoint's where it has one of that shape, else a new one, normal with the
 * configuration's deviation, or a bias of 0, drawn with the seed.
 */
export async function loadOrCreateParameter(
  checkpoint: Checkpoint,
  config: EncoderConfig,
  parameter: Parameter,
  seed: number,
): Promise<Float32Array> {
  const { name, shape } = parameter;
  const tensors = listTensorNames(checkpoint, config, parameter);
  if (tensors.every((tensor) => isSameShape(checkpoint.tensors.get(tensor)?.shape, shape)))
    return loadParameter(checkpoint, config, parameter);
  const data = new Float32Array(toSize(shape));
  if (name.endsWith(".bias")) return data;
  const random = createRandom("encoder head", name, seed);
  return data.map(() => config.initializerRange * random.normal());
}

/** The file that a parameter's shape follows from: a head's follows from the classes. */
function nameSource({ name }: Parameter): string {
  return name.startsWith("head.") ? "classifier.json" : "config.json";
}

/** Lists a parameter's parts by their names in a checkpoint: those of a bare encoder have no prefix. */
function listTensorNames(
  { tensors }: Checkpoint,
  { family }: EncoderConfig,
  { name, hub }: Parameter,
): string[] {
  const prefix = `${family.prefix}.`;
  const isBare = !tensors.has(`${prefix}embeddings.word_embeddings.weight`);
  if (name.startsWith("head."))
    return isBare
      ? hub.map((one) => (one.startsWith(prefix) ? one.slice(prefix.length) : one))
      : hub;
  return isBare ? hub : hub.map((one) => prefix + one);
}

function toPartShape([rows = 0, ...rest]: readonly number[], parts: number): number[] {
  return [rows / parts, ...rest];
}

function isSameShape(found: readonly number[] | undefined, shape: readonly number[]): boolean {
  return found?.join() === shape.join();
}

function toSize(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Parameters that are never trained. */
export interface FrozenWeights {
  weights: Weights;
  dispose(): void;
}

/**
 * Opens parameters that are not trained, one after the other.
 * @param load the values of one, row by row
 */
export async function openFrozenWeights<P extends Pick<Parameter, "name" | "shape">>(
  { tf }: Ops,
  parameters: readonly P[],
  load: (parameter: P) => Promise<Float32Array>,
): Promise<FrozenWeights> {
  const held = new Map<string, Tensor>();
  const dispose = () => tf.dispose([...held.values()]);
  try {
    for (const parameter of parameters)
      held.set(parameter.name, tf.tensor(await load(parameter), parameter.shape));
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    weights(name) {
      const tensor = held.get(name);
      if (!tensor) throw new RangeError(`no parameter ${name}`);
      return tensor;
    },
    dispose,
  };
}
