import { fstatSync, readSync } from "node:fs";

/** A whole line of a file. */
export interface FileLine {
  /** Without its line feed. */
  text: string;
  /** From 1. */
  number: number;
  /** In bytes. */
  offset: number;
  /** Behind its line feed. */
  end: number;
}

/** How much is read at once. */
const sliceBytes = 1 << 22;

/**
 * Reads a file's whole lines in slices, as far as the file goes when it is begun: what comes after
 * its last line feed is left out.
 */
export function* readLines(file: number): Generator<FileLine> {
  const { size } = fstatSync(file);
  let slice = Buffer.alloc(Math.min(sliceBytes, size));
  /** The offset of the slice, and how much of it is filled. */
  let offset = 0;
  let filled = 0;
  let number = 0;
  while (offset + filled < size) {
    const room = Math.min(slice.length - filled, size - offset - filled);
    const got = readSync(file, slice, filled, room, offset + filled);
    if (got === 0) return;
    let from = 0;
    for (let to = slice.indexOf(10, filled); ; to = slice.indexOf(10, from)) {
      if (to < 0 || to >= filled + got) break;
      number += 1;
      yield {
        text: slice.toString("utf8", from, to),
        number,
        offset: offset + from,
        end: offset + to + 1,
      };
      from = to + 1;
    }
    filled += got;
    slice.copy(slice, 0, from, filled);
    offset += from;
    filled -= from;
    if (filled === slice.length) slice = Buffer.concat([slice], 2 * slice.length);
  }
}
