import { join } from "node:path";
import {
  ExpectedError,
  endings,
  hashValue,
  type Run,
  readManifest,
  toRunName,
  toTrainingFolder,
} from "@seedling/core/internal";
import { trainingManifestSchema } from "../classifier/training-manifest.ts";
import type { TrialSettings } from "../data/trials.ts";

/**
 * What a run is to repeat of another seed's grid, by `--grid-seeds n`: of the runs of this invocation that
 * differ in their seeds alone the first n try the grid, all others take what the first chose.
 * @returns null if the run tries the grid itself
 * @throws ExpectedError if the first has no result
 */
export async function readChoice(run: Run, runs: readonly Run[]): Promise<TrialSettings | null> {
  const { gridSeeds, tune } = run.flags;
  if (tune !== "full" || gridSeeds === null) return null;
  const siblings = runs.filter((other) => isSibling(run, other));
  const [first] = siblings;
  if (!first || siblings.indexOf(run) < gridSeeds) return null;
  const path = join(toTrainingFolder(first), endings.done);
  const { learningRate, batchSize } =
    (await readManifest(path, trainingManifestSchema))?.best ?? {};
  if (learningRate === undefined || batchSize === undefined)
    throw new ExpectedError(
      `--grid-seeds ${gridSeeds}: expected the choice of ${toRunName(first)} to repeat, but that run was not trained`,
    );
  return { learningRate, batchSize };
}

/** Whether two runs are of one experiment: all but the seeds is the same. */
export function isSibling(run: Run, other: Run): boolean {
  const toKey = ({ task, source, flags, data, completions }: Run) =>
    hashValue({
      task: task.name,
      mark: task.fingerprint,
      source,
      flags,
      data,
      kind: completions?.kind,
    });
  return toKey(run) === toKey(other);
}
