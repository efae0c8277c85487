import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { ExpectedError } from "../messages/errors.ts";
import { attemptRead, checkInside, checkKind, isAbsent, statAt, toRealPath } from "./roots.ts";

// Opens and reads regular files: of a root those that roots.ts allows, of what a person named any.

/** The most bytes that are read of a file of JSON, of a line of JSONL, and of a file of examples that is read whole. */
export const mostBytes = { json: 64 * 2 ** 20, line: 16 * 2 ** 20, examples: 511 * 2 ** 20 };

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC } = constants;
/** Not known to Windows, which is why a look at the path comes first. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

const modes = {
  read: O_RDONLY,
  /** For reading and writing, made if it is not there. */
  append: O_RDWR | O_CREAT,
  /** The same, emptied. */
  empty: O_RDWR | O_CREAT | O_TRUNC,
  /** The same; one that is there is an error, EEXIST. */
  create: O_RDWR | O_CREAT | O_EXCL,
};

/**
 * Opens a regular file below a root. Never waits, as opening a pipe would.
 * @returns its descriptor, which the caller closes
 * @throws ExpectedError for a link, a file that lies elsewhere, no regular file, or one that cannot be read; Node's
 *   own error, with its code, where the file is not there or cannot be written
 */
export function openInside(path: string, mode: keyof typeof modes = "read"): number {
  const { followLinks, stats } = checkInside(path);
  checkKind(path, stats);
  return openRegular(path, modes[mode] | (followLinks ? 0 : O_NOFOLLOW));
}

/**
 * Opens a regular file that a person named, or one of an encoder or a task: links are followed.
 * @throws as `openInside`
 */
export function openFollowed(path: string): number {
  checkKind(path, statAt(path, true));
  return openRegular(path, O_RDONLY);
}

/**
 * Checks a file that `openFollowed` would open, for a library that opens it itself; one that is not there passes.
 * @throws as `openFollowed`, and ExpectedError for a larger one
 */
export function checkFollowed(path: string, most: number): void {
  const stats = statAt(path, true);
  checkKind(path, stats);
  if (stats) checkSize(path, stats.size, most);
}

function openRegular(path: string, flags: number): number {
  const open = () => openSync(path, flags | O_NONBLOCK, 0o666);
  // Who writes says so.
  const file = flags & O_CREAT ? open() : attemptRead(path, open);
  try {
    checkKind(path, fstatSync(file));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Reads a whole file below a root. @throws as `openInside`, and ExpectedError for a larger one */
export function readInside(path: string, most = mostBytes.json): Buffer {
  return readOpened(openInside(path), path, most);
}

/** Reads a whole text below a root; null: it is not there. @throws as `readInside` */
export function readTextInside(path: string): string | null {
  try {
    return readInside(path).toString("utf8");
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** Reads a whole file that a person named, or one of an encoder or a task. @throws as `readInside` */
export function readFollowed(path: string, most = mostBytes.json): Buffer {
  return readOpened(openFollowed(path), path, most);
}

function readOpened(file: number, path: string, most: number): Buffer {
  try {
    const { size } = fstatSync(file);
    checkSize(path, size, most);
    const bytes = Buffer.allocUnsafe(size);
    let done = 0;
    for (let got = 1; got > 0 && done < size; done += got)
      got = readSync(file, bytes, done, size - done, done);
    return bytes.subarray(0, done);
  } finally {
    closeSync(file);
  }
}

function checkSize(path: string, size: number, most: number): void {
  if (size > most)
    throw new ExpectedError(`${path}: expected at most ${toMb(most)} MB, got ${toMb(size)} MB`);
}

const toMb = (bytes: number) => Math.ceil(bytes / 2 ** 20).toLocaleString("en");

/**
 * The path that a file is to be written to by a rename: its own, or where links are followed that of the file
 * that a link leads to.
 * @throws as `openInside` for what is no regular file
 */
export function resolveInside(path: string): string {
  const { followLinks, stats } = checkInside(path);
  checkKind(path, stats);
  return followLinks ? (toRealPath(path) ?? path) : path;
}
