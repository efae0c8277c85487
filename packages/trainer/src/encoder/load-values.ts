import { createRandom, ExpectedError } from "@seedling/core/internal";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import type { Parameter } from "./parameters.ts";

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
  for (const [index, tensor] of toTensorNames(checkpoint, config, parameter).entries()) {
    const found = checkpoint.tensors.get(tensor);
    if (!isSameShape(found?.shape, part))
      throw new ExpectedError(
        `${checkpoint.folder}: expected the tensor ${tensor} with shape [${part}], as its ${toSayer(parameter)} says, got ${found ? `shape [${found.shape}]` : "none"}; ${checkpoint.mend}`,
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
  const tensors = toTensorNames(checkpoint, config, parameter);
  if (tensors.every((tensor) => isSameShape(checkpoint.tensors.get(tensor)?.shape, shape)))
    return loadParameter(checkpoint, config, parameter);
  const data = new Float32Array(toSize(shape));
  if (name.endsWith(".bias")) return data;
  const random = createRandom("encoder head", name, seed);
  return data.map(() => config.initializerRange * random.normal());
}

/** What a parameter's shape follows from: a head's from the classes of a classifier. */
function toSayer({ name }: Parameter): string {
  return name.startsWith("head.") ? "classifier.json" : "config.json";
}

/** A parameter's parts as they are called in a checkpoint: a bare encoder's names have no prefix. */
function toTensorNames(
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
