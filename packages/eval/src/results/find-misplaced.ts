import { toFolderName } from "@seedling/core/internal";
import type { EvaluationManifest } from "./evaluation.ts";

/**
 * What a manifest says against the folder that it stands in, `<stage>/<task>/<source>/<id>`; null where
 * they agree.
 * @param path of the folder, relative to the results
 */
export function findMisplaced(
  { task, source }: { task: string; source: string },
  path: string,
): string | null {
  const [stage, taskPart, sourcePart, id] = path.split("/");
  if (id === undefined) return `expected it in ${stage}/<task>/<source>/<id>, got ${path}`;
  if (toFolderName(task) !== taskPart) return contradict("task", task, taskPart);
  if (source !== sourcePart) return contradict("source", source, sourcePart);
  return null;
}

/** The same of an evaluation, which stands in a folder for its test set and says how far that is. */
export function findMisplacedTest(manifest: EvaluationManifest, path: string): string | null {
  const { task, data, test } = manifest;
  const [, , , , folder, ...more] = path.split("/");
  if (folder === undefined || more.length > 0)
    return `expected it in evaluations/<task>/<source>/<id>/<test set>, got ${path}`;
  const misplaced = findMisplaced(manifest, path);
  if (misplaced) return misplaced;
  if (!isFolderOf(test, folder)) return contradict("test.task", test.task, folder);
  const same = test.task === task && test.data.mark === data.mark;
  if (same !== (test.kind === "in-domain"))
    return `edited: test.kind is ${test.kind}, of ${task} on ${test.task}`;
  // A run has one place for its benchmarks: the sample's and real ones are never mixed.
  const kinds = [data.kind, test.data.kind];
  if (new Set(kinds).size > 1 && !kinds.includes("own"))
    return `edited: test.data.kind is ${test.data.kind}, data.kind ${data.kind}`;
  return null;
}

/** A user's test folder is known by its own name and a hash of its path, an own task by its mark. */
function isFolderOf({ task, data, file }: EvaluationManifest["test"], folder: string): boolean {
  if (data.mark !== undefined) return folder === `${toFolderName(task)}-${data.mark}`;
  if (data.kind !== "own") return folder === toFolderName(task);
  const parts = (path: string) => path.split(/[\\/]+/).filter(Boolean);
  // Evaluations of the first version do not name the test file.
  const holder = file ? parts(file).at(-2) : parts(task).at(-1);
  return [task, holder ?? task].some((name) => folder.startsWith(toFolderName(name)));
}

function contradict(name: string, said: string, found: string | undefined): string {
  return `edited: ${name} is ${said}, its folder is of ${found}`;
}
