import { createHash } from "node:crypto";
import { closeSync, fstatSync, readSync } from "node:fs";
import { ExpectedError } from "../messages/errors.ts";
import { decodeUtf8 } from "./files.ts";
import { mostBytes, openInside } from "./open-inside.ts";

/** A line's bytes without its line feed; they hold until the next. */
export interface Line {
  bytes: Buffer;
  /** From 1. */
  number: number;
  /** Whether a line feed ends it: else it is the last, and may have been cut while being written. */
  whole: boolean;
}

/** The error of a line that is longer than one may be. */
export const createLongLineError = (where: string) =>
  new ExpectedError(
    `${where}: expected a line of at most ${mostBytes.line / 2 ** 20} MB, got a longer one`,
  );

/** Creates what splits pieces at line feeds only, in time linear in their length. @param most bytes of a line */
function createSplitter(most = mostBytes.line) {
  let begun: Buffer[] = [];
  let length = 0;
  const join = () => (begun.length === 1 ? (begun[0] as Buffer) : Buffer.concat(begun));
  return {
    /** The lines that a piece ends; null for a line that is longer, as soon as it is. */
    *split(piece: Buffer): Generator<Buffer | null> {
      for (let from = 0; from < piece.length; ) {
        const at = piece.indexOf(10, from);
        const part = piece.subarray(from, at < 0 ? piece.length : at);
        const wasLong = length > most;
        length += part.length;
        // The piece may be read into again.
        if (length <= most) begun.push(at < 0 ? Buffer.from(part) : part);
        else begun = [];
        if (length > most && !wasLong) yield null;
        from += part.length + 1;
        if (at < 0) return;
        if (length <= most) yield join();
        begun = [];
        length = 0;
      }
    },
    /** What has come since the last line feed. */
    rest: join,
  };
}

/**
 * Reads an open file of any size line by line, in little memory. Blank lines are given, too, and a last one without a
 * line feed. What another process adds meanwhile is not read.
 * @param see is called with all bytes, piece by piece, such as to hash them; a piece holds until the next
 * @throws ExpectedError with file and line for one that is too long, at once: a file of holes may have any size
 */
export function* linesOf(
  file: number,
  path: string,
  see: (piece: Buffer) => void = () => {},
): Generator<Line> {
  const { split, rest } = createSplitter();
  const { size } = fstatSync(file);
  const slice = Buffer.allocUnsafe(Math.min(size, 2 ** 20));
  let number = 1;
  for (let done = 0, got = 1; done < size && got > 0; done += got) {
    got = readSync(file, slice, 0, Math.min(slice.length, size - done), done);
    see(slice.subarray(0, got));
    for (const bytes of split(slice.subarray(0, got))) {
      if (bytes === null) throw createLongLineError(`${path}:${number}`);
      yield { bytes, number: number++, whole: true };
    }
  }
  const bytes = rest();
  if (bytes.length > 0) yield { bytes, number, whole: false };
}

/**
 * The same of a file below a root, which is closed at the end.
 * @param open gives its descriptor: `openFollowed` for what a person named
 * @throws also as `openInside`
 */
export function* linesInside(
  path: string,
  see?: (piece: Buffer) => void,
  open: (path: string) => number = openInside,
): Generator<Line> {
  const file = open(path);
  try {
    yield* linesOf(file, path, see);
  } finally {
    closeSync(file);
  }
}

/** A line of text without its line feed. */
export interface TextLine {
  line: string;
  /** From 1. */
  number: number;
}

/** Decodes the lines of a file of texts. @throws as `linesInside`, and ExpectedError where one is not UTF-8 */
export function* decodeLines(
  ...[path, see, open]: Parameters<typeof linesInside>
): Generator<TextLine> {
  for (const { bytes, number } of linesInside(path, see, open))
    yield { line: decodeUtf8(bytes, path, number), number };
}

/** The lines of a file of texts below a root, but for blank ones. @throws as `decodeLines` */
export function* textLinesInside(path: string): Generator<TextLine> {
  for (const one of decodeLines(path)) if (one.line.trim() !== "") yield one;
}

/** Splits a text at line feeds only: U+0085, U+2028 and U+2029 may stand raw inside a string. */
export function* splitLines(text: string): Generator<TextLine> {
  for (const [i, line] of text.split("\n").entries()) yield { line, number: i + 1 };
}

/** The same, but for blank lines. */
export function* toLines(text: string): Generator<TextLine> {
  for (const one of splitLines(text)) if (one.line.trim() !== "") yield one;
}

/** SHA-256 of a JSONL file, as 64 hex digits. @throws as `linesInside` */
export function hashLines(path: string, open?: (path: string) => number): string {
  const hash = createHash("sha256");
  for (const _ of linesInside(path, (piece) => hash.update(piece), open));
  return hash.digest("hex");
}

/**
 * Splits a stream into its lines, without their ends, also a last one that has none.
 * @returns null for a line of more than `most` bytes
 */
export async function* splitByteLines(
  stream: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array>,
  most?: number,
): AsyncGenerator<Buffer | null> {
  const { split, rest } = createSplitter(most);
  for await (const chunk of stream) yield* split(Buffer.from(chunk as Uint8Array));
  // Of UTF-16's last line feed half may be left: a zero byte.
  if (rest().some((byte) => byte !== 0)) yield rest();
}
