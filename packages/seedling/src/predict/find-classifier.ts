import { existsSync } from "node:fs";
import { join } from "node:path";
import { FlagError } from "@seedling/core/internal";
import { classifierFiles } from "@seedling/trainer/internal";

/**
 * Finds a classifier: a training's folder has it in a folder of its own.
 * @param flag that names it, for errors
 * @throws FlagError if there is none
 */
export function findClassifier(given: string, flag: string): string {
  const inside = join(given, "classifier");
  const folder = existsSync(inside) ? inside : given;
  if (existsSync(join(folder, classifierFiles.facts))) return folder;
  throw new FlagError(
    `${flag}: expected a classifier's folder, with ${classifierFiles.facts}, or that of a finished training; ${existsSync(given) ? `${given} holds none` : `no folder ${given}`}`,
  );
}
