import { ExpectedError, openRandom } from "@seedling/core";
import type { Checkpoint } from "./checkpoint.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import { type EncoderHead, listHeadParameters } from "./head.ts";
import { listParameters, type Parameter } from "./parameters.ts";

/** Numbers of one parameter, row by row. */
export interface Values {
  shape: number[];
  data: Float32Array;
}

/**
 * Reads an encoder's parameters from a checkpoint of the hub, with or without the family's prefix.
 * @throws ExpectedError naming the tensor that is missing or has another shape
 */
export async function loadEncoderValues(
  checkpoint: Checkpoint,
  config: EncoderConfig,
): Promise<Map<string, Values>> {
  const values = new Map<string, Values>();
  for (const parameter of listParameters(config))
    values.set(
      parameter.name,
      await loadParameter(checkpoint, parameter, toPrefix(checkpoint, config)),
    );
  return values;
}

/**
 * A head's parameters: the checkpoint's where it has one of the same shape, else new ones, normal with
 * the configuration's deviation and bias 0, drawn with the seed.
 */
export async function loadHeadValues(
  checkpoint: Checkpoint,
  config: EncoderConfig,
  head: EncoderHead,
  seed: number,
): Promise<Map<string, Values>> {
  const values = new Map<string, Values>();
  for (const parameter of listHeadParameters(head, config)) {
    const { name, shape } = parameter;
    const found = parameter.hub.every((hub) =>
      isSameShape(checkpoint.tensors.get(hub)?.shape, shape),
    );
    values.set(
      name,
      found
        ? await loadParameter(checkpoint, parameter, "")
        : createValues(parameter, config, seed),
    );
  }
  return values;
}

function createValues({ name, shape }: Parameter, config: EncoderConfig, seed: number): Values {
  const data = new Float32Array(toSize(shape));
  if (name.endsWith(".bias")) return { shape, data };
  const random = openRandom("encoder head", name, seed);
  return { shape, data: data.map(() => config.initializerRange * random.normal()) };
}

function toPrefix({ tensors }: Checkpoint, { family }: EncoderConfig): string {
  const prefix = `${family.prefix}.`;
  return [...tensors.keys()].some((name) => name.startsWith(`${prefix}embeddings.`)) ? prefix : "";
}

/** A parameter's parts, one under the other. */
async function loadParameter(
  checkpoint: Checkpoint,
  { shape, hub }: Parameter,
  prefix: string,
): Promise<Values> {
  const [rows = 0, ...rest] = shape;
  const part = [rows / hub.length, ...rest];
  const data = new Float32Array(toSize(shape));
  for (const [index, short] of hub.entries()) {
    const name = prefix + short;
    const found = checkpoint.tensors.get(name);
    if (!isSameShape(found?.shape, part))
      throw new ExpectedError(
        `${checkpoint.folder}: expected the tensor ${name} with shape [${part}], as its config.json says, got ${found ? `shape [${found.shape}]` : "none"}`,
      );
    data.set(await checkpoint.read(name), index * toSize(part));
  }
  return { shape, data };
}

function isSameShape(found: readonly number[] | undefined, shape: readonly number[]): boolean {
  return found?.join() === shape.join();
}

function toSize(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
