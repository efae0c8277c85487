import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import {
  creationFiles,
  type Example,
  ExpectedError,
  sha256,
  toExamplesJsonl,
  toJsonl,
  toMessage,
} from "@seedling/core";
import type { Lineage } from "./creation.ts";

/** Where kept examples go, line by line. */
export interface CreationFiles {
  keep: (example: Example, lineage: Lineage) => void;
  /** @returns the files' hashes */
  close: () => Record<string, string>;
}

/** Opens a creation's files, empty: what is kept is settled anew from the journal. */
export function openCreationFiles(folder: string): CreationFiles {
  const paths = [creationFiles.created, creationFiles.lineage].map((name) => join(folder, name));
  try {
    mkdirSync(folder, { recursive: true });
    const [created, lineages] = paths.map((path) => openSync(path, "w")) as [number, number];
    return {
      keep(example, lineage) {
        writeSync(created, toExamplesJsonl([example]));
        writeSync(lineages, toJsonl([lineage]));
      },
      close() {
        closeSync(created);
        closeSync(lineages);
        const names = Object.values(creationFiles);
        return Object.fromEntries(
          names.map((name) => [name, sha256(readFileSync(join(folder, name)))]),
        );
      },
    };
  } catch (error) {
    throw new ExpectedError(`cannot write in ${folder}: ${toMessage(error)}`, { cause: error });
  }
}
