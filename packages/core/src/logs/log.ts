import { closeSync, existsSync, fsyncSync, ftruncateSync, readSync } from "node:fs";
import type { z } from "zod";
import { ExpectedError, tryFile } from "../messages/errors.ts";
import { appendWhole } from "./files.ts";
import { parseLine } from "./json.ts";
import { createLongLineError, linesOf } from "./lines.ts";
import { mostBytes, openInside } from "./open-inside.ts";

/** An append-only JSONL file. A record is known by its line's index, from 0; it is read from disk each time. */
export type Log<T> = ReturnType<typeof openLog<T>>;

export interface LogOptions {
  /** What a line holds, for errors: `a completion with its key`. */
  holds: string;
  /**
   * append: creates the file where there is none, and removes a last line that was cut while being
   * written. new: empties the file first. read: takes the whole lines of now, which another process may be adding to.
   */
  mode?: "append" | "new" | "read";
  log?: (line: string) => void;
}

/** Line feeds that a log's index holds at most. */
const mostLines = 2 ** 24;

const modes = { append: "append", new: "empty", read: "read" } as const;

/**
 * Opens an append-only JSONL file. In memory a line takes 8 bytes, whatever its length.
 * @param schema of a record, as it is on disk
 * @throws ExpectedError where the file cannot be opened
 */
export function openLog<T>(path: string, schema: z.ZodType<T>, options: LogOptions) {
  const { holds, mode = "append", log = () => {} } = options;
  const verb = mode === "read" ? "read" : "write";
  const file = tryFile(verb, path, () => openInside(path, modes[mode]));
  const { ends, size } = tryFile("read", path, () => findLineEnds(file, path));
  if (mode === "append" && size > (ends.at(-1) ?? 0)) {
    tryFile(verb, path, () => ftruncateSync(file, ends.at(-1) ?? 0));
    log(`${path}: removed a last line that was cut while being written`);
  }

  const readText = (index: number): string => {
    const [start, end] = [ends[index - 1] ?? 0, ends[index] as number];
    const bytes = Buffer.alloc(end - 1 - start);
    readSync(file, bytes, 0, bytes.length, start);
    return bytes.toString("utf8");
  };
  const parse = (text: string, index: number): T => {
    const where = `${path}:${index + 1}`;
    const parsed = schema.safeParse(parseLine(text, where));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const why = [issue?.path.join("."), issue?.message].filter(Boolean).join(": ");
    throw new ExpectedError(`${where}: expected ${holds}; ${why}`);
  };

  return {
    /** Lines, blank ones counted. */
    get length(): number {
      return ends.length;
    },
    /**
     * Writes a record as one line, whole or not at all; it is in the file when this returns.
     * @returns its index
     * @throws ExpectedError where it cannot be written, or is longer than a line may be
     */
    append(record: T): number {
      const end = ends.at(-1) ?? 0;
      const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
      if (bytes.length > mostBytes.line) throw createLongLineError(`${path}:${ends.length + 1}`);
      tryFile("write", path, () => appendWhole(file, bytes, end));
      ends.push(end + bytes.length);
      return ends.length - 1;
    },
    /** @throws ExpectedError for a line that is no such record, with file and line number */
    read: (index: number): T => parse(readText(index), index),
    /** Reads all records with their indices, blank lines left out. @throws ExpectedError as `read` */
    *entries(): Generator<[index: number, record: T]> {
      for (let index = 0; index < ends.length; index++) {
        const text = readText(index);
        if (text.trim() !== "") yield [index, parse(text, index)];
      }
    },
    /** Waits until everything is on the disk itself, as far as the file system can tell. */
    sync(): void {
      try {
        fsyncSync(file);
      } catch {
        // A pipe or a network folder may know no such thing: written is as safe as it gets.
      }
    },
    close: (): void => closeSync(file),
  };
}

/** Reads the records of a log that is there, as it is now; none where there is none. @throws ExpectedError as `openLog` */
export function* readLog<T>(path: string, schema: z.ZodType<T>, holds: string): Generator<T> {
  if (!existsSync(path)) return;
  const log = openLog(path, schema, { holds, mode: "read" });
  try {
    for (const [, record] of log.entries()) yield record;
  } finally {
    log.close();
  }
}

/** Finds the offset behind each line feed, and the file's size as of now; the file is closed where it cannot be read. */
function findLineEnds(file: number, path: string): { ends: number[]; size: number } {
  const ends: number[] = [];
  let size = 0;
  try {
    for (const { bytes, whole } of linesOf(file, path)) {
      size += bytes.length + (whole ? 1 : 0);
      if (whole) ends.push(size);
      if (ends.length > mostLines)
        throw new ExpectedError(`${path}: expected at most ${mostLines} lines`);
    }
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return { ends, size };
}
