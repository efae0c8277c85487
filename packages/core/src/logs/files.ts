import { isUtf8 } from "node:buffer";
import { createHash, type Hash, randomUUID } from "node:crypto";
import {
  closeSync,
  createReadStream,
  fsyncSync,
  ftruncateSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { ExpectedError, toMessage, tryFile } from "../messages/errors.ts";
import { makeInside } from "./folders.ts";
import { openFollowed, openInside, resolveInside } from "./open-inside.ts";

/**
 * Writes a file whole or not at all: a temporary file first, which is then renamed. Synchronous, so
 * that it can be the last thing done on an interrupt.
 * @param data whole, or in pieces: together they may be longer than a string can be
 */
export function writeAtomic(path: string, data: string | Uint8Array | Iterable<string>): void {
  tryFile("write", path, () => {
    makeInside(dirname(path));
    const to = resolveInside(path);
    const part = `${to}.${randomUUID().slice(0, 8)}.part`;
    const file = openInside(part, "create");
    try {
      try {
        const isWhole = typeof data === "string" || data instanceof Uint8Array;
        for (const piece of isWhole ? [data] : data) writeFileSync(file, piece);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(part, to);
    } catch (error) {
      rmSync(part, { force: true });
      throw error;
    }
  });
}

/**
 * Makes a file below a root whole or not at all: a temporary one first, which is then renamed.
 * @param write makes the temporary file, which must not be there
 */
export async function makeAtomic(
  path: string,
  write: (part: string) => Promise<void>,
): Promise<void> {
  try {
    makeInside(dirname(path));
    const to = resolveInside(path);
    const part = `${to}.${randomUUID().slice(0, 8)}.part`;
    await write(part)
      .then(() => renameSync(part, to))
      .finally(() => rmSync(part, { force: true }));
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause)) throw cause;
    throw new ExpectedError(`cannot write ${path}: ${toMessage(cause)}`, { cause });
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

/**
 * SHA-256 of the contents of files of any size, one after the other.
 * @param open gives a file's descriptor: `openInside` for what may be a stranger's
 */
export async function hashFiles(
  paths: readonly string[],
  open: (path: string) => number = openFollowed,
): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths)
    for await (const chunk of createReadStream(path, { fd: open(path), highWaterMark: 2 ** 20 }))
      hash.update(chunk);
  return hash.digest("hex");
}

/** What tells whether a file was written since: its path, size, time and inode. @throws where it is not there */
export function identifyFile(path: string): string {
  const { size, mtimeNs, ino } = statSync(path, { bigint: true });
  return [path, size, mtimeNs, ino].join();
}

/** What was found in files of this process, by the files and what was asked. */
const known = new Map<string, Promise<unknown>>();

/**
 * Reads files once in a process, unless they were written since; what could not be read is tried again.
 * @param how names what is read of them
 */
export async function readOnce<T>(
  paths: readonly string[],
  how: readonly unknown[],
  read: () => Promise<T>,
): Promise<T> {
  const key = JSON.stringify([paths.map(identifyFile), how]);
  const found = (known.get(key) as Promise<T> | undefined) ?? read();
  known.set(key, found);
  found.catch(() => known.delete(key));
  return found;
}

/** The same as `hashFiles`, once in a process: a gigabyte takes about a second. */
export function hashFilesOnce(paths: readonly string[]): Promise<string> {
  return readOnce(paths, ["hash"], () => hashFiles(paths));
}

/** Git's id of a file's content: sha1 over "blob <bytes>\0" and the content. */
export function gitBlobId(content: Uint8Array): string {
  return createBlobHash(content.length).update(content).digest("hex");
}

/** The hash that gives Git's id of a content of so many bytes. */
export function createBlobHash(bytes: number): Hash {
  return createHash("sha1").update(`blob ${bytes}\0`);
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

/**
 * Decodes a file's bytes, which must be UTF-8: another encoding would damage texts silently. A byte order
 * mark is left out.
 * @param line that they begin with, from 1
 * @throws ExpectedError with file and line, and the encoding that it looks like
 */
export function decodeUtf8(bytes: Uint8Array, path: string, line = 1): string {
  const wrong = (at: number, encoding: string) =>
    new ExpectedError(
      `${path}:${at}: expected UTF-8, got what looks like ${encoding}; save the file as UTF-8`,
    );
  if (isUtf16(bytes)) throw wrong(line, "UTF-16");
  if (isUtf8(bytes)) return new TextDecoder("utf-8", { ignoreBOM: line > 1 }).decode(bytes);
  if (bytes.includes(0)) throw wrong(line, "a binary file, such as gzip");
  throw wrong(line - 1 + findDamagedLine(bytes), "Latin-1 (or Windows-1252)");
}

/** Whether a byte order mark shows UTF-16, or zero bytes in every other place: those of ASCII's letters. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const start = bytes.subarray(0, 1000);
  if (marked || !start.includes(0)) return marked;
  const zeros = [...start.entries()].filter(([, byte]) => byte === 0);
  return zeros.length > 1 && new Set(zeros.map(([at]) => at % 2)).size === 1;
}

/** Finds the first line that is not UTF-8, from 1. */
function findDamagedLine(bytes: Uint8Array): number {
  const lines = Buffer.from(bytes).toString("latin1").split("\n");
  return 1 + lines.findIndex((line) => !isUtf8(Buffer.from(line, "latin1")));
}
