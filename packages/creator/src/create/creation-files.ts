import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import {
  creationFiles,
  type Example,
  ExpectedError,
  parseExample,
  parseLine,
  toJsonl,
  toMessage,
  toRecord,
} from "@seedling/core/internal";
import { appendWhole } from "../llm/append-whole.ts";
import { openLineFile } from "../llm/line-file.ts";

/** Where kept examples and rejections go, line by line; of what is kept 4 bytes a line stay in memory. */
export interface CreationFiles {
  /** @returns the example's line in `created.jsonl`, from 0 */
  keep: (example: Example, lineage: object) => number;
  reject: (rejection: object) => void;
  /** Reads a kept example back. */
  read: (line: number) => Example;
  /** @returns the files' hashes */
  close: () => Record<string, string>;
}

/**
 * Opens a creation's files, empty: what is kept is settled anew from the journal.
 * @throws ExpectedError, as `keep` and `reject` do, where nothing can be written
 */
export function openCreationFiles(folder: string): CreationFiles {
  const write = <T>(to: () => T): T => {
    try {
      return to();
    } catch (error) {
      throw new ExpectedError(`cannot write in ${folder}: ${toMessage(error)}`, { cause: error });
    }
  };
  const open = (name: string) => write(() => openHashed(join(folder, name)));
  write(() => mkdirSync(folder, { recursive: true }));
  const created = open(creationFiles.created);
  const lineages = open(creationFiles.lineage);
  const rejected = open(creationFiles.rejected);
  const lines = openLineFile(created.file);
  return {
    keep: (example, lineage) =>
      write(() => {
        // A line without its example is passed over; an example without its line is not.
        lineages.append(lineage);
        return lines.note(...created.append(toRecord(example)));
      }),
    reject: (rejection) => write(() => void rejected.append(rejection)),
    read(line) {
      const where = `${join(folder, creationFiles.created)}:${line + 1}`;
      return parseExample(parseLine(lines.read(line), where), where);
    },
    close: () => ({
      [creationFiles.created]: created.close(),
      [creationFiles.lineage]: lineages.close(),
      [creationFiles.rejected]: rejected.close(),
    }),
  };
}

/** A new file of JSON lines that is hashed as it is written. */
function openHashed(path: string) {
  const file = openSync(path, "w+");
  const hash = createHash("sha256");
  let end = 0;
  return {
    file,
    /** @returns where the line begins and ends, in bytes */
    append(value: object): [offset: number, end: number] {
      const offset = end;
      const bytes = Buffer.from(toJsonl([value]));
      appendWhole(file, bytes, offset);
      hash.update(bytes);
      end += bytes.length;
      return [offset, end];
    },
    close(): string {
      closeSync(file);
      return hash.digest("hex");
    },
  };
}
