import {
  answersManifestSchema,
  type DownloadDependencies,
  isAbsentPartner,
  isDone,
  type LoadedSplit,
  loadSplit,
  type Run,
  type Task,
  toAnswersFolder,
} from "@seedling/core/internal";

/** A test set, and what a done evaluation of it was made from. */
export interface Unanswered {
  test: Task;
  split: LoadedSplit;
  inputs: { test: string };
}

/** A run's test sets that are at hand and whose answers are not. */
export async function loadUnanswered(run: Run, deps: DownloadDependencies): Promise<Unanswered[]> {
  const left: Unanswered[] = [];
  for (const test of run.tests) {
    if (await isAbsentPartner(run.task, test, run.data)) continue;
    const split = await loadSplit(test, "test", run.data, deps);
    const inputs = { test: split.sha256 };
    if (!(await isDone(toAnswersFolder(run, test), answersManifestSchema, inputs)))
      left.push({ test, split, inputs });
  }
  return left;
}
