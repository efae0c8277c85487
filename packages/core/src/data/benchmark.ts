import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gitBlobId, sha256 } from "../logs/files.ts";
import { ExpectedError } from "../messages/errors.ts";
import { blobIdOf, downloadBenchmarkFile } from "./download.ts";
import type { DownloadDependencies } from "./fetch-file.ts";
import { parseExamples } from "./jsonl.ts";
import type { Split, Task } from "./tasks.ts";
import { decodeUtf8 } from "./text-file.ts";

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
  return join(task.folder ?? join(folder.root, task.name), `${split}.jsonl`);
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
  const content = await readFile(path);
  const examples = parseExamples(decodeUtf8(content, path), path);
  if (examples.length === 0) throw new ExpectedError(`${path}: expected at least one example`);
  return {
    examples,
    kind: dataKindOf(task, folder),
    /** Whether the file is the original's, by its git blob id. */
    verified: !task.folder && gitBlobId(content) === blobIdOf(name),
    path,
    sha256: sha256(content),
  };
}

/** Whether a task has a split: a file that is there or can be downloaded. */
export async function hasSplit(task: Task, split: Split, folder: DataFolder): Promise<boolean> {
  if (existsSync(toSplitPath(task, split, folder))) return true;
  return !task.folder && folder.download && blobIdOf(`${task.name}/${split}.jsonl`) !== null;
}

/** Whether a cross-domain partner's test file is simply not among those that a user pointed at. */
export async function isAbsentPartner(
  task: Task,
  test: Task,
  folder: DataFolder,
): Promise<boolean> {
  return task.partners.includes(test.name) && !(await hasSplit(test, "test", folder));
}
