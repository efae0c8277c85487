import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createBlobHash, gitBlobId } from "../logs/files.ts";
import { ExpectedError, explain } from "../messages/errors.ts";
import type { Example } from "./example.ts";
import { type DownloadDependencies, fetchFile } from "./fetch-file.ts";
import original from "./original-files.json" with { type: "json" };
import { readExamples } from "./read-examples.ts";
import { findSplitFile } from "./split-files.ts";
import { checkOptions, type Split, type Task } from "./tasks.ts";

/** The folder of a run's benchmark files. A run has one: sample and real are never mixed. */
export interface DataFolder {
  kind: "benchmark" | "sample";
  /** Holds `<format>/<task>/<split>.jsonl`. */
  root: string;
  /** Whether a missing file is downloaded from the original's repository. */
  download: boolean;
}

export type LoadedSplit = Awaited<ReturnType<typeof loadSplit>>;

/** The file that shows that a folder of benchmarks is the bundled sample, wherever it is copied to. */
export const sampleMarker = "SAMPLE.md";

/** The kind of a task's own files, as results name it (`own`: a user's folder); its partners' may be another. */
export function dataKindOf(task: Task, folder: DataFolder): DataFolder["kind"] | "own" {
  return task.folder === undefined ? folder.kind : "own";
}

/** The path of a split's file, downloaded or not. */
export function toSplitPath(task: Task, split: Split, folder: DataFolder): string {
  const file = `${split}.jsonl`;
  if (task.folder === undefined) return join(folder.root, task.name, file);
  return findSplitFile(task.folder, split) ?? join(task.folder, file);
}

/**
 * Loads a split of a task.
 * @throws ExpectedError if the file is not there, cannot be downloaded, or a line is damaged
 */
export async function loadSplit(
  task: Task,
  split: Split,
  folder: DataFolder,
  deps: DownloadDependencies,
) {
  const path = toSplitPath(task, split, folder);
  const name = `${task.name}/${split}.jsonl`;
  if (!existsSync(path)) {
    if (task.folder || !folder.download)
      throw new ExpectedError(`expected the ${split} split of ${task.name} at ${path}`);
    await downloadBenchmarkFile(name, folder.root, deps);
  }
  const hash = createHash("sha256");
  const blob = createBlobHash(statSync(path).size);
  const see = (piece: Uint8Array) => [hash, blob].map((one) => one.update(piece));
  const check = (example: Example, where: string) => checkOptions(example, task, where);
  const examples = await readExamples(path, {
    check,
    see,
    // A benchmark's files have the original's form.
    ...(task.folder && { columns: task.columns, options: task.labels }),
  });
  if (examples.length === 0) throw new ExpectedError(`${path}: expected at least one example`);
  return {
    examples,
    kind: dataKindOf(task, folder),
    /** Whether the file is the original's, by its git blob id. */
    verified: !task.folder && blob.digest("hex") === blobIdOf(name),
    path,
    sha256: hash.digest("hex"),
  };
}

/** Whether a task has a split: a file that is there or can be downloaded. */
export async function hasSplit(task: Task, split: Split, folder: DataFolder): Promise<boolean> {
  if (existsSync(toSplitPath(task, split, folder))) return true;
  return !task.folder && folder.download && blobIdOf(`${task.name}/${split}.jsonl`) !== null;
}

/** Whether a cross-domain partner's test file is simply not among those that a user pointed at. */
export async function isAbsentPartner(task: Task, test: Task, folder: DataFolder) {
  return task.partners.includes(test.name) && !(await hasSplit(test, "test", folder));
}

/** The blob id of a benchmark's file at the pinned commit, or null for a file that is not the original's. */
export function blobIdOf(path: string): string | null {
  return (original.files as Record<string, string>)[path] ?? null;
}

/** Paths of the benchmarks' files, from the folder that holds them. */
export const originalFiles = Object.keys(original.files);

/** The original's prompt.py at the pinned commit. */
export const promptFile = original.prompt;

/** Downloads by `fetch` and URL that are under way or have failed: in one process nothing is tried again. */
const tried = new WeakMap<DownloadDependencies["fetch"], Map<string, Promise<void>>>();

/** Makes sure that a benchmark's file is in `root`, downloading it if need be. @returns its path */
export async function downloadBenchmarkFile(
  path: string,
  root: string,
  deps: DownloadDependencies,
) {
  const blobId = blobIdOf(path);
  if (blobId === null) throw new ExpectedError(`${path} is not one of the original's files`);
  const instead = "if you have the files, name their folder by --data-dir or SEEDLING_DATA";
  const file = { path: `${original.folder}/${path}`, blobId, to: join(root, path), instead };
  return download(file, deps);
}

/**
 * Makes sure that a file of the original's repository, as it is at the pinned commit, is where it is kept.
 * @param instead advice to a user whose download fails
 * @returns its path here
 * @throws ExpectedError if it cannot be fetched, at once where that failed before in this process, or
 * is another than expected
 */
export async function download(
  { path, blobId, to, instead }: Record<"path" | "blobId" | "to" | "instead", string>,
  deps: DownloadDependencies,
): Promise<string> {
  if (existsSync(to)) return to;
  const repository = original.source.replace(/^github\.com\//, "");
  const url = `https://raw.githubusercontent.com/${repository}/${original.commit}/${path}`;
  const known = tried.get(deps.fetch) ?? new Map<string, Promise<void>>();
  tried.set(deps.fetch, known);
  const check = async (file: string) => {
    const got = gitBlobId(await readFile(file));
    if (got !== blobId)
      throw new ExpectedError(`${url}: expected git blob ${blobId}, got ${got}; nothing was kept`);
  };
  const fetched = known.get(url) ?? fetchFile({ url, to, name: `  ${path}`, check }, deps);
  if (!known.has(url)) deps.log(`downloading ${url}`);
  known.set(url, fetched);
  await fetched.catch((cause) => {
    if (cause instanceof ExpectedError) throw cause;
    throw new ExpectedError(`cannot download ${url}: ${explain(cause)}; ${instead}`, { cause });
  });
  known.delete(url);
  return to;
}
