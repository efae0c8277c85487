import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import {
  ExpectedError,
  type Flags,
  findDtype,
  hashFilesOnce,
  hashModel,
} from "@seedling/core/internal";

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

/** Hashes a checkpoint's configuration, tokenizer and weights: the first twelve hex digits of their SHA-256. */
export async function hashCheckpoint(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => read.test(name)).sort();
  return (await hashFilesOnce(names.map((name) => join(folder, name)))).slice(0, 12);
}

/**
 * Hashes a run's encoder, if it is a folder: the embedded encoder comes with the program, and a download
 * from the hub never changes.
 * @returns null for these, and where the folder is gone or has no such weights
 */
export async function hashEncoder(flags: Pick<Flags, "encoder" | "tune" | "runtime" | "dtype">) {
  const { encoder, tune, runtime, dtype } = flags;
  if (!isAbsolute(encoder) || !existsSync(encoder)) return null;
  if (tune === "full" || runtime === "tfjs") {
    const hasWeights = (await readdir(encoder)).some((name) => name.endsWith(".safetensors"));
    return hasWeights ? hashCheckpoint(encoder) : null;
  }
  const found = await findDtype(encoder, dtype).catch((error: unknown) => {
    if (error instanceof ExpectedError) return null;
    throw error;
  });
  return found && hashModel(encoder, found);
}
