import { join } from "node:path";
import { creationFiles, endings, isLocked, recordingFiles } from "@seedling/core/internal";
import { groupBy } from "../statistics/group-by.ts";
import { itemsFile } from "./evaluation.ts";
import type { Folder } from "./list-files.ts";
import type { LeftOut } from "./results.ts";

/** Of each stage's runs: the parts of their paths, and the file that they begin with; null: any. */
const runs: Record<Folder, { parts: number; begins: string | null }> = {
  creations: { parts: 4, begins: creationFiles.created },
  trainings: { parts: 4, begins: null },
  evaluations: { parts: 5, begins: itemsFile },
  answers: { parts: 4, begins: recordingFiles.journal },
};

/**
 * Runs that have begun and say nothing of their end: one goes on right now, another was stopped or
 * killed half-way. Each is named by one of its files.
 * @param dir the results folder
 */
export function findUnfinished(dir: string, files: Record<Folder, string[]>): LeftOut[] {
  return Object.entries(runs).flatMap(([folder, { parts, begins }]) => {
    // What does not lie in a run's folder is none of a run's files.
    const within = files[folder as Folder].filter((path) => path.split("/").length > parts);
    const byRun = groupBy(within, (path) => path.split("/").slice(0, parts).join("/"));
    return [...byRun].flatMap(([run, paths]): LeftOut[] => {
      const path = begins === null ? paths[0] : paths.find((one) => one === `${run}/${begins}`);
      if (path === undefined || paths.some(isEnding)) return [];
      return [{ path, why: describe(join(dir, run)) }];
    });
  });
}

function isEnding(path: string): boolean {
  return Object.values(endings).some((ending) => path.endsWith(`/${ending}`));
}

function describe(run: string): string {
  return isLocked(run)
    ? "not finished: a process works on it"
    : `half-written, or not finished yet: no ${endings.done} beside it`;
}
