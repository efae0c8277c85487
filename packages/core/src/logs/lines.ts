import { createHash } from "node:crypto";
import { closeSync, fstatSync, readSync } from "node:fs";
import { ExpectedError } from "../messages/errors.ts";
import { mostBytes, openInside } from "./open-inside.ts";

/** A line's bytes without its line feed; they hold until the next. */
export interface Line {
  bytes: Buffer;
  /** From 1. */
  number: number;
  /** Whether a line feed ends it: else it is the last, and may have been cut while being written. */
  whole: boolean;
}

/** Line feeds that a log's index holds at most. */
export const mostLines = 2 ** 24;

/** @throws ExpectedError where a line of so many bytes is longer than one may be */
export function checkLine(bytes: number, where: string): void {
  if (bytes > mostBytes.line)
    throw new ExpectedError(
      `${where}: expected a line of at most ${mostBytes.line / 2 ** 20} MB, got a longer one`,
    );
}

/**
 * Reads a file below a root line by line, blank lines and a last one without a line feed included: any size,
 * in little memory.
 * @param see is called with all bytes, piece by piece, such as to hash them; a piece holds until the next
 * @throws as `openInside`, and ExpectedError with file and line for one that is too long
 */
export function* linesInside(
  path: string,
  see: (piece: Buffer) => void = () => {},
): Generator<Line> {
  yield* linesOf(openInside(path), path, see);
}

/**
 * SHA-256 of a JSONL file, as 64 hex digits: a file of holes, of any size, ends at its first line.
 * @param open gives its descriptor
 * @throws as `linesInside`
 */
export function hashLines(path: string, open: (path: string) => number = openInside): string {
  const hash = createHash("sha256");
  for (const _ of linesOf(open(path), path, (piece) => hash.update(piece)));
  return hash.digest("hex");
}

/** The same as `linesInside` of an open file, which is closed at the end. */
export function* linesOf(
  file: number,
  path: string,
  see: (piece: Buffer) => void = () => {},
): Generator<Line> {
  const slice = Buffer.allocUnsafe(2 ** 20);
  let begun: Buffer[] = [];
  let length = 0;
  let number = 1;
  const take = (last: Buffer, whole = true): Line => {
    const bytes = begun.length === 0 ? last : Buffer.concat([...begun, last]);
    begun = [];
    length = 0;
    return { bytes, number: number++, whole };
  };
  try {
    // What another process adds meanwhile is not read.
    const { size } = fstatSync(file);
    for (let done = 0; done < size; ) {
      const got = readSync(file, slice, 0, Math.min(slice.length, size - done), done);
      if (got === 0) break;
      done += got;
      see(slice.subarray(0, got));
      let from = 0;
      for (let at = slice.indexOf(10); at >= 0 && at < got; at = slice.indexOf(10, from)) {
        yield take(slice.subarray(from, at));
        from = at + 1;
      }
      // The slice is read into again.
      if (from < got) begun.push(Buffer.from(slice.subarray(from, got)));
      length += got - from;
      checkLine(length, `${path}:${number}`);
    }
    if (length > 0) yield take(Buffer.alloc(0), false);
  } finally {
    closeSync(file);
  }
}
