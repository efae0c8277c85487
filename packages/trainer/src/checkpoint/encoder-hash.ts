import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import {
  ExpectedError,
  type Flags,
  findDtype,
  findGraphPlace,
  findTransformerFolder,
  hashFilesOnce,
  hashModel,
  hashReading,
  hashValue,
  listDeclarationFiles,
  projectFolders,
  readTokenizerLimit,
  resolveReading,
} from "@seedling/core/internal";
import { checkpointFiles } from "./checkpoint.ts";

/**
 * Lists the files of a folder whose names match, sorted by name, with size and time: these change when a file is
 * written, and are known without reading it.
 */
export async function listFileStats(folder: string, pattern: RegExp) {
  const names = (await readdir(folder)).filter((name) => pattern.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs } = await stat(join(folder, name));
      return { name, size, mtimeMs };
    }),
  );
}

/** The files that our own encoders read. */
const read = /^(config\.json|tokenizer(_config)?\.json|.*\.safetensors)$/;

/**
 * Hashes a checkpoint's configuration, tokenizer and weights: the first twelve hex digits of their SHA-256.
 * @param dense whether the Dense layers of sentence-transformers count, too
 */
export async function hashCheckpoint(model: string, dense: boolean): Promise<string> {
  const folder = findTransformerFolder(model);
  const names = (await readdir(folder)).filter((name) => read.test(name)).sort();
  const layers = dense ? listDeclarationFiles(model).dense : [];
  const paths = [
    ...names.map((name) => join(folder, name)),
    ...layers.map((name) => join(model, name)),
  ];
  return (await hashFilesOnce(paths)).slice(0, 12);
}

/**
 * Hashes a run's encoder, if it is a folder: the embedded encoder comes with the program, and a download
 * from the hub never changes.
 * @returns null for these, and where the folder is gone or has no such weights
 */
export async function hashEncoder(flags: Pick<Flags, "encoder" | "tune" | "runtime" | "dtype">) {
  const { encoder, tune, runtime, dtype } = flags;
  if (!isAbsolute(encoder) || !existsSync(encoder)) return null;
  if (tune === "full" || runtime === "tfjs" || lacksGraph(flags)) {
    const names = await readdir(findTransformerFolder(encoder));
    const hasWeights = names.some((name) => name.endsWith(".safetensors"));
    return hasWeights ? hashCheckpoint(encoder, tune === "head") : null;
  }
  const found = await findDtype(encoder, dtype).catch((error: unknown) => {
    if (error instanceof ExpectedError) return null;
    throw error;
  });
  return found && hashModel(encoder, found);
}

/** Whether an encoder is a folder that has no 8-bit graph, which is asked for, and has the numbers to write it. */
export function lacksGraph({
  encoder,
  runtime,
  dtype,
}: Pick<Flags, "encoder" | "runtime" | "dtype">) {
  if (dtype !== "q8" || runtime !== "onnx" || !isAbsolute(encoder) || !existsSync(encoder))
    return false;
  const folder = findTransformerFolder(encoder);
  const has = (name: string) => existsSync(join(folder, name));
  return (
    findGraphPlace(folder, dtype) === null &&
    (has(checkpointFiles.weights) || has(checkpointFiles.index))
  );
}

/** Where an encoder is on this machine, if it is: one of the hub in the folder of downloaded ones. */
export function toLocalFolder(encoder: string): string {
  return isAbsolute(encoder) ? encoder : join(projectFolders.models, encoder);
}

/**
 * Hashes how a run's frozen encoder reads texts, by what its files declare and by `--prompt`.
 * @returns null where that is as it was before declarations were read, and where the encoder is not here
 * @throws ExpectedError if a declaration cannot be read
 */
export function hashRunReading({ encoder, tune, runtime, maxLength, prompt }: Flags) {
  const model = toLocalFolder(encoder);
  if (tune === "full" || encoder === "use-lite" || !existsSync(model)) return null;
  const reading = resolveReading(model, { maxLength, prompt });
  const limit = runtime === "onnx" ? readTokenizerLimit(reading.declared.folder) : null;
  const before = Math.min(maxLength, limit ?? maxLength);
  const hash = hashReading(reading);
  if (reading.maxLength === before) return hash;
  return hashValue([hash, reading.maxLength]).slice(0, 12);
}
