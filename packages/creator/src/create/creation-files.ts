import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  creationFiles,
  type Example,
  ExpectedError,
  openLog,
  parseExample,
  sha256,
  toMessage,
  toRecord,
} from "@seedling/core/internal";
import { z } from "zod";
import type { Rejection } from "../reply/candidate.ts";
import type { Lineage, Provenance } from "./creation.ts";

/** Where kept examples and rejections go. */
export interface CreationFiles {
  /** Writes an example with its lineage. @returns its line in `created.jsonl`, from 0 */
  keep: (example: Example, lineage: Lineage) => number;
  reject: (rejection: Rejection, provenance: Provenance) => void;
  /** Reads a kept example back. */
  read: (line: number) => Example;
  /** Reads what was kept in its order, each example with its depth; also after closing. */
  entries: () => Generator<{ example: Example; depth: number }>;
  /** Computes each file's SHA-256, by its name. */
  hash: () => Record<string, string>;
  close: () => void;
}

const record = z.looseObject({});

/**
 * Opens a creation's files, empty: what is kept is written anew from the journal. Of what is kept, 16
 * bytes a line stay in memory.
 * @throws ExpectedError, as `keep` and `reject` do, where nothing can be written
 */
export function openCreationFiles(folder: string): CreationFiles {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new ExpectedError(`cannot write in ${folder}: ${toMessage(error)}`, { cause: error });
  }
  const names = Object.values(creationFiles);
  const open = (name: string) =>
    openLog(join(folder, name), record, { holds: "a record", mode: "new" });
  const created = open(creationFiles.created);
  const lineages = open(creationFiles.lineage);
  const rejected = open(creationFiles.rejected);
  const depths: number[] = [];
  const path = join(folder, creationFiles.created);
  const parse = (record: unknown, line: number) => parseExample(record, `${path}:${line + 1}`);
  return {
    keep(example, lineage) {
      // A lineage without its example is passed over; an example without its lineage is not.
      lineages.append({ ...lineage });
      depths.push(lineage.depth);
      return created.append({ ...toRecord(example) });
    },
    reject: (rejection, provenance) => void rejected.append({ ...provenance, ...rejection }),
    read: (line) => parse(created.read(line), line),
    *entries() {
      const again = openLog(path, record, { holds: "an example", mode: "read" });
      try {
        for (const [line, value] of again.entries())
          yield { example: parse(value, line), depth: depths[line] as number };
      } finally {
        again.close();
      }
    },
    hash: () =>
      Object.fromEntries(names.map((name) => [name, sha256(readFileSync(join(folder, name)))])),
    close() {
      for (const file of [created, lineages, rejected]) file.close();
    },
  };
}

/** Creates what stands for a creation's files where nothing is written. */
export function createMemoryFiles(): CreationFiles {
  const kept: { example: Example; depth: number }[] = [];
  return {
    keep: (example, { depth }) => kept.push({ example, depth }) - 1,
    reject() {},
    read: (line) => (kept[line] as (typeof kept)[number]).example,
    *entries() {
      yield* kept;
    },
    hash: () => ({}),
    close() {},
  };
}
