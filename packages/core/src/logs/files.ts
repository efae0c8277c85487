import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { ExpectedError, toMessage } from "../messages/errors.ts";

/**
 * Writes a file whole or not at all: beside its place first, then renamed into it. Synchronous, so
 * that it can be the last thing done on an interrupt.
 */
export function writeAtomic(path: string, data: string | Uint8Array): void {
  const beside = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(beside, data, { flush: true });
    renameSync(beside, path);
  } catch (error) {
    if (existsSync(beside)) rmSync(beside);
    throw new ExpectedError(`cannot write ${path}: ${toMessage(error)}`, { cause: error });
  }
}

/** Whether a file or folder can be reached. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
