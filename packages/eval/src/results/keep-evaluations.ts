import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { ExpectedError, sha256 } from "@seedling/core/internal";
import { type EvaluationManifest, itemsFile } from "./evaluation-manifest.ts";
import { createItemColumns, parseItems } from "./read-items.ts";
import type { CreationRun, EvaluationRun, LeftOut, TrainingRun } from "./results.ts";
import { type FoundManifest, findChange, findStale } from "./stage-files.ts";

/** What evaluations are compared with. */
export interface RelatedResults {
  /** Hashes of what the other stages wrote last, by path. */
  written: ReadonlyMap<string, string>;
  creations: readonly CreationRun[];
  trainings: readonly TrainingRun[];
}

/**
 * The evaluations that can be used, with their items, training and creation.
 * @param dir the results folder
 * @param leftOut is added to
 */
export async function keepEvaluations(
  dir: string,
  evaluations: readonly FoundManifest<EvaluationManifest>[],
  related: RelatedResults,
  leftOut: LeftOut[],
): Promise<EvaluationRun[]> {
  const isTestFileChanged = createTestFileCheck();
  const kept: EvaluationRun[] = [];
  for (const found of evaluations) {
    const { path } = found;
    try {
      const run = await readEvaluation(dir, found, related);
      kept.push({ ...run, testFileChanged: await isTestFileChanged(found.value) });
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      leftOut.push({ path, why: error.message });
    }
  }
  return kept;
}

/** @throws ExpectedError with the reason for which it cannot be used */
async function readEvaluation(
  dir: string,
  { path: file, value: manifest }: FoundManifest<EvaluationManifest>,
  { written, creations, trainings }: RelatedResults,
): Promise<Omit<EvaluationRun, "testFileChanged">> {
  const path = dirname(file);
  const training = dirname(path).replace(/^evaluations/, "trainings");
  // Earlier versions named the classifier's hash without its path.
  const inputs = { [`${training}/classifier`]: manifest.inputs.classifier, ...manifest.inputs };
  const bytes = await readFile(join(dir, path, itemsFile)).catch(() => null);
  const items = parseItems(bytes?.toString("utf8") ?? "");
  const columns = createItemColumns(items);
  const why =
    findChange(itemsFile, bytes, manifest.outputs) ??
    findMiscount(manifest, columns.right) ??
    findMove(manifest, training) ??
    findStale(inputs, written);
  if (why) throw new ExpectedError(why);
  return {
    path,
    manifest,
    items: columns,
    training: trainings.find((one) => one.path === training)?.path ?? null,
    creation: findCreation(manifest, creations)?.path ?? null,
  };
}

/** What a manifest says of its items, against them: earlier versions wrote no hashes. */
function findMiscount({ test }: EvaluationManifest, right: Uint8Array): string | null {
  const correct = right.reduce((sum, one) => sum + one, 0);
  if (test.n === right.length && test.correct === correct) return null;
  return `changed: ${test.correct} of ${test.n} are correct, of ${itemsFile} ${correct} of ${right.length}`;
}

/** An evaluation belongs to the training of its own id. */
function findMove({ inputs }: EvaluationManifest, training: string): string | null {
  const recorded = findInput(inputs, "trainings");
  if (recorded === null || recorded === training) return null;
  return `changed: moved or copied here, it is of ${recorded}`;
}

/**
 * The creation that a classifier was trained on. Earlier versions did not name it: then the one of the
 * same task, setting, seeds and completions; of several, as of a recording that was replayed for more
 * examples, the one that kept as many as were trained on.
 */
function findCreation(
  { inputs, task, source, seeds, completions, train }: EvaluationManifest,
  creations: readonly CreationRun[],
): CreationRun | undefined {
  const recorded = findInput(inputs, "creations");
  if (recorded !== null) return creations.find(({ path }) => path === recorded);
  const { example, creation } = seeds;
  const fitting = creations.filter(({ manifest }) =>
    isDeepStrictEqual(
      [manifest.task, manifest.source, manifest.seeds, manifest.completions],
      [task, source, { example, creation }, completions],
    ),
  );
  return fitting.find(({ manifest }) => manifest.kept === train.n) ?? fitting[0];
}

/** The folder of an input that is in one of the stages' folders. */
function findInput(inputs: Record<string, string>, stage: string): string | null {
  const path = Object.keys(inputs).find((name) => name.startsWith(`${stage}/`));
  return path === undefined ? null : dirname(path);
}

/**
 * Tells whether a test file has changed since its evaluation; each file is read once. One that is gone,
 * or that an earlier version did not name, is not known to have changed.
 */
function createTestFileCheck(): (manifest: EvaluationManifest) => Promise<boolean> {
  const hashes = new Map<string, Promise<string | null>>();
  return async ({ test, inputs }) => {
    if (test.file === undefined || inputs.test === undefined) return false;
    const hash = hashes.get(test.file) ?? readFile(test.file).then(sha256, () => null);
    hashes.set(test.file, hash);
    const now = await hash;
    return now !== null && now !== inputs.test;
  };
}
