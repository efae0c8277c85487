import { dirname, join } from "node:path";
import {
  ExpectedError,
  endings,
  hashLines,
  isAbsent,
  isLocked,
  joinInside,
  toMessage,
  walkInside,
} from "@seedling/core/internal";
import { group } from "d3-array";
import type { Failure, LeftOut } from "./results.ts";

/** The stages' folders, what a failure in one is a failure of, and how deep a run's folder lies. */
export const stageFolders = {
  creations: { stage: "creation", depth: 4 },
  trainings: { stage: "training", depth: 4 },
  evaluations: { stage: "evaluation", depth: 5 },
  answers: { stage: "direct answers", depth: 4 },
} as const satisfies Record<string, { stage: Failure["stage"]; depth: number }>;

/** A manifest, and the path of its file relative to the results folder. */
export interface FoundManifest<T> {
  path: string;
  value: T;
}

/**
 * All files of a folder of the results, relative to the results, with slashes, sorted.
 * @param leftOut is added to: links, and what is no file
 */
export function listResultFiles(dir: string, folder: string, leftOut: LeftOut[]): string[] {
  const leaveOut = ({ name, why }: { name: string; why: string }) =>
    leftOut.push({ path: [folder, name].filter(Boolean).join("/"), why });
  return walkInside(join(dir, folder), leaveOut).map((path) => `${folder}/${path}`);
}

/**
 * Makes something of each of many results; what cannot be used is left out with its reason.
 * @param leftOut is added to
 * @param use throws an ExpectedError with the reason
 */
export async function keepUsable<T extends { path: string }, R>(
  found: readonly T[],
  leftOut: LeftOut[],
  use: (one: T) => Promise<R>,
): Promise<R[]> {
  const kept: R[] = [];
  for (const one of found) {
    try {
      kept.push(await use(one));
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      leftOut.push({ path: one.path, why: error.message });
    }
  }
  return kept;
}

/**
 * Checks a file of lines beside a manifest.
 * @param expected its SHA-256; undefined: the manifest does not name it
 * @returns its path
 * @throws ExpectedError if it is not as it was written
 */
export function checkOutput(
  dir: string,
  manifestPath: string,
  name: string,
  expected: string | undefined,
): string {
  const folder = join(dir, dirname(manifestPath));
  const path = joinInside(folder, name);
  let hash: string | null = null;
  try {
    hash = hashLines(path);
  } catch (error) {
    if (!isAbsent(error)) throw new ExpectedError(`unreadable: ${toMessage(error)}`);
  }
  if (hash !== null && (expected === undefined || hash === expected)) return path;
  if (isLocked(folder)) throw new ExpectedError(atWork);
  // A run that went on from its partial.json and was killed.
  const resumed = manifestPath.endsWith(endings.partial)
    ? `unfinished since ${endings.partial}, or `
    : "";
  throw new ExpectedError(
    hash === null
      ? `${resumed}unreadable: ${name} is not there`
      : `${resumed}changed: ${name} is not as it was written: expected SHA-256 ${expected?.slice(0, 12)}, got ${hash.slice(0, 12)}`,
  );
}

/**
 * @param written hashes of what the stages wrote last, by path
 * @throws ExpectedError if an input has been made again since a result was made of it; one that is gone is none
 */
export function checkInputs(
  inputs: Record<string, string | undefined>,
  written: ReadonlyMap<string, string>,
): void {
  for (const [path, hash] of Object.entries(inputs))
    if (hash !== undefined && written.has(path) && written.get(path) !== hash)
      throw new ExpectedError(`stale: ${path} has been made again since`);
}

/** Runs of a stage that have begun and whose folder does not say how they ended. @param depth of a run's folder */
export function findUnfinished(dir: string, files: readonly string[], depth: number) {
  const inRuns = files.filter((path) => path.split("/").length > depth);
  const runs = group(inRuns, (path) => path.split("/").slice(0, depth).join("/"));
  const names = Object.values(endings).map((ending) => `/${ending}`);
  return [...runs]
    .filter(([, paths]) => !paths.some((path) => names.some((name) => path.endsWith(name))))
    .map(([path]) => ({
      path,
      why: isLocked(join(dir, path)) ? atWork : `unfinished: no ${endings.done} in it`,
    }));
}

const atWork = "unfinished: a process works on it";
