import { createHash, randomUUID } from "node:crypto";
import {
  existsSync,
  ftruncateSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { ExpectedError, toMessage } from "../messages/errors.ts";

/**
 * Writes a file whole or not at all: a temporary file first, which is then renamed. Synchronous, so
 * that it can be the last thing done on an interrupt.
 */
export function writeAtomic(path: string, data: string | Uint8Array): void {
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(part, data, { flush: true });
    renameSync(part, path);
  } catch (error) {
    if (existsSync(part)) rmSync(part);
    throw new ExpectedError(`cannot write ${path}: ${toMessage(error)}`, { cause: error });
  }
}

/** Writes all bytes at a file's end, or takes back what a disk that fills up took of them. */
export function appendWhole(file: number, bytes: Uint8Array, end: number): void {
  try {
    for (let done = 0; done < bytes.length; )
      done += writeSync(file, bytes, done, bytes.length - done, end + done);
  } catch (error) {
    try {
      ftruncateSync(file, end);
    } catch {
      // The first error is thrown; a reader passes over what stays of a last record.
    }
    throw error;
  }
}

/** SHA-256 of bytes or a text, as 64 hex digits. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Git's id of a file's content: sha1 over "blob <bytes>\0" and the content. */
export function gitBlobId(content: Uint8Array): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** The same hash for the same JSON value, whatever the order of its keys. */
export function hashValue(value: unknown): string {
  return sha256(JSON.stringify(sortKeys(value)));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, v]) => [key, sortKeys(v)]),
  );
}
