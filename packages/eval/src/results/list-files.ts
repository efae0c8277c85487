import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Failure } from "./results.ts";

/** The stages' folders, and what a failure in one is a failure of. */
export const folders = {
  creations: "creation",
  trainings: "training",
  evaluations: "evaluation",
  answers: "direct answers",
} as const satisfies Record<string, Failure["stage"]>;

export type Folder = keyof typeof folders;

/** The files of all the stages' folders. */
export async function listAllFiles(dir: string): Promise<Record<Folder, string[]>> {
  return {
    creations: await listFiles(dir, "creations"),
    trainings: await listFiles(dir, "trainings"),
    evaluations: await listFiles(dir, "evaluations"),
    answers: await listFiles(dir, "answers"),
  };
}

/** All files of one of the results' folders, relative to the results, with slashes, sorted. */
export async function listFiles(dir: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(dir, folder), {
    recursive: true,
    withFileTypes: true,
  }).catch(orNone);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

/** Of such files those of a name. */
export function named(paths: readonly string[], name: string): string[] {
  return paths.filter((path) => path.endsWith(`/${name}`));
}

function orNone(error: NodeJS.ErrnoException): [] {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
  throw error;
}
