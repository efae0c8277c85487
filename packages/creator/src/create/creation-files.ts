import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  creationFiles,
  type Example,
  ExpectedError,
  openLog,
  sha256,
  toMessage,
  toRecord,
} from "@seedling/core/internal";
import { z } from "zod";
import type { Rejection } from "../reply/candidate.ts";
import type { Lineage, Provenance } from "./creation.ts";

/**
 * Opens a creation's files, empty: what is kept is written anew from the journal.
 * @throws ExpectedError, as `keep` and `reject` do, where nothing can be written
 */
export function openCreationFiles(folder: string) {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new ExpectedError(`cannot write in ${folder}: ${toMessage(error)}`, { cause: error });
  }
  const names = Object.values(creationFiles);
  const open = (name: string) =>
    openLog(join(folder, name), z.looseObject({}), { holds: "a record", mode: "new" });
  const created = open(creationFiles.created);
  const lineages = open(creationFiles.lineage);
  const rejected = open(creationFiles.rejected);
  return {
    /** Writes a kept example with its lineage. */
    keep(example: Example, lineage: Lineage) {
      // A lineage without its example is passed over; an example without its lineage is not.
      lineages.append({ ...lineage });
      created.append({ ...toRecord(example) });
    },
    reject: (rejection: Rejection, provenance: Provenance) =>
      void rejected.append({ ...provenance, ...rejection }),
    /** Computes each file's SHA-256, by its name. */
    hash: (): Record<string, string> =>
      Object.fromEntries(names.map((name) => [name, sha256(readFileSync(join(folder, name)))])),
    close() {
      for (const file of [created, lineages, rejected]) file.close();
    },
  };
}
