import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { creationFiles, type Example } from "@seedling/core/internal";
import { readLines } from "../llm/read-lines.ts";
import type { Lineage } from "./create.ts";

/** What was kept, in its order, each with its depth. @param read reads an example by its line */
export function* readKept(
  folder: string,
  read: (line: number) => Example,
): Generator<{ example: Example; depth: number }> {
  const file = openSync(join(folder, creationFiles.lineage), "r");
  try {
    for (const { text, number } of readLines(file)) {
      const { depth } = JSON.parse(text) as Lineage;
      yield { example: read(number - 1), depth };
    }
  } finally {
    closeSync(file);
  }
}
