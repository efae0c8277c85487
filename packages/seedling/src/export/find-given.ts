import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { creationFiles, FlagError, openResults, repository } from "@seedling/core/internal";
import { findCreation } from "@seedling/creator/internal";
import { classifierFiles } from "@seedling/trainer/internal";
import { findClassifier } from "../predict/find-classifier.ts";

/** What can be exported. */
export type Given = "classifier" | "creation";

interface FindOptions {
  results?: string;
  followLinks?: boolean;
  /** Where the command was called. */
  folder: string;
  /** What is said of a folder of the other kind. */
  wrong: (kind: Given) => string;
}

/** Finds the folder of what is exported. @throws FlagError if it is not there, or of the other kind */
export function findGiven(given: string, kind: Given, { wrong, ...options }: FindOptions): string {
  const { folder } = options;
  const path = resolve(folder, given);
  const holds = (...names: string[]) => names.some((name) => existsSync(join(path, name)));
  const { facts } = classifierFiles;
  if (kind === "classifier") {
    if (holds(creationFiles.created)) throw new FlagError(wrong("creation"));
    return findClassifier(path, "<folder>");
  }
  if (holds(facts, join("classifier", facts))) throw new FlagError(wrong("classifier"));
  const results = openResults(options, folder);
  return findCreation(given, [folder, repository, join(results, "creations"), results]);
}
