import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { endings, isLocked, parseManifest, sha256, toMessage } from "@seedling/core/internal";
import type { z } from "zod";
import { groupBy } from "../statistics/aggregate.ts";
import type { Failure, LeftOut } from "./results.ts";

/** The stages' folders, what a failure in one is a failure of, and how deep a run's folder lies. */
export const stageFolders = {
  creations: { stage: "creation", depth: 4 },
  trainings: { stage: "training", depth: 4 },
  evaluations: { stage: "evaluation", depth: 5 },
  answers: { stage: "direct answers", depth: 4 },
} as const satisfies Record<string, { stage: Failure["stage"]; depth: number }>;

export type StageFolder = keyof typeof stageFolders;

/** A manifest, and the path of its file relative to the results folder. */
export interface FoundManifest<T> {
  path: string;
  value: T;
}

/** All files of a folder of the results, relative to the results, with slashes, sorted. */
export async function listResultFiles(dir: string, folder: string): Promise<string[]> {
  const options = { recursive: true, withFileTypes: true } as const;
  const entries = await readdir(join(dir, folder), options).catch((error) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

/**
 * Reads manifests of one kind. Those that are unreadable or changed are left out.
 * @param dir the results folder
 * @param leftOut is added to
 */
export async function readManifests<T>(
  dir: string,
  paths: readonly string[],
  schema: z.ZodType<T>,
  leftOut: LeftOut[],
): Promise<FoundManifest<T>[]> {
  const found: FoundManifest<T>[] = [];
  for (const path of paths) {
    const text = await readFile(join(dir, path), "utf8").catch((error: unknown) => ({
      why: `unreadable: ${toMessage(error)}`,
    }));
    const read = typeof text === "string" ? parseManifest(text, schema) : text;
    if ("value" in read) found.push({ path, value: read.value });
    else leftOut.push({ path, why: read.why });
  }
  return found;
}

/** A file's SHA-256 against the one that its manifest names; null: they agree, or none is named. */
export function findChange(
  name: string,
  bytes: Uint8Array | null,
  outputs: Record<string, string>,
): string | null {
  const expected = outputs[name];
  if (bytes === null) return `unreadable: ${name} is not there`;
  const hash = sha256(bytes);
  if (expected === undefined || expected === hash) return null;
  return `changed: ${name} is not as it was written: expected SHA-256 ${expected.slice(0, 12)}, got ${hash.slice(0, 12)}`;
}

/** The first file that is not as its manifest's `outputs` say; null: all are. Each is read whole. */
export async function findChangedFile(
  dir: string,
  { path, value }: FoundManifest<{ outputs: Record<string, string> }>,
): Promise<LeftOut | null> {
  const folder = dirname(path);
  for (const name of Object.keys(value.outputs)) {
    const bytes = await readFile(join(dir, folder, name)).catch(() => null);
    const why = findChange(name, bytes, value.outputs);
    if (why === null) continue;
    if (isLocked(join(dir, folder))) return { path, why: "unfinished: a process works on it" };
    // A run that went on from its partial.json and was killed.
    const resumed = path.endsWith(endings.partial)
      ? `unfinished since ${endings.partial}, or `
      : "";
    return { path: `${folder}/${name}`, why: resumed + why };
  }
  return null;
}

/** The input that has been made again since a result was made of it; null: none, or it is gone. */
export function findStale(
  inputs: Record<string, string | undefined>,
  written: ReadonlyMap<string, string>,
): string | null {
  const other = Object.entries(inputs).find(
    ([path, hash]) => hash !== undefined && written.has(path) && written.get(path) !== hash,
  );
  return other ? `stale: ${other[0]} has been made again since` : null;
}

/** Runs that have begun and whose folder does not say how they ended. */
export function findUnfinished(
  dir: string,
  files: Record<StageFolder, readonly string[]>,
): LeftOut[] {
  return Object.entries(stageFolders).flatMap(([folder, { depth }]) => {
    const inRuns = files[folder as StageFolder].filter((path) => path.split("/").length > depth);
    const runs = groupBy(inRuns, (path) => path.split("/").slice(0, depth).join("/"));
    return [...runs]
      .filter(([, paths]) => !paths.some(isEnding))
      .map(([path]) => ({
        path,
        why: isLocked(join(dir, path))
          ? "unfinished: a process works on it"
          : `unfinished: no ${endings.done} in it`,
      }));
  });
}

function isEnding(path: string): boolean {
  return Object.values(endings).some((ending) => path.endsWith(`/${ending}`));
}
