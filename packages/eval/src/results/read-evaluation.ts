import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  ExpectedError,
  hashRows,
  parseLine,
  renderJson,
  textLinesInside,
} from "@seedling/core/internal";
import { sum } from "d3-array";
import { type EvaluationManifest, itemsFile, type TestItem } from "./evaluation-manifest.ts";
import {
  type CreationRun,
  createItemColumns,
  type EvaluationRun,
  type TrainingRun,
} from "./results.ts";
import { checkInputs, checkOutput, type FoundManifest } from "./stage-files.ts";

/**
 * Creates the function that reads an evaluation's items and finds its training and creation. It throws an
 * ExpectedError with the reason for which one cannot be used.
 * @param dir the results folder
 * @param written hashes of what the other stages wrote last, by path
 */
export function createEvaluationReader(
  dir: string,
  written: ReadonlyMap<string, string>,
  creations: readonly CreationRun[],
  trainings: readonly TrainingRun[],
): (found: FoundManifest<EvaluationManifest>) => Promise<EvaluationRun> {
  const isTestFileChanged = createTestFileCheck();
  return async ({ path: file, value: manifest }) => {
    const path = dirname(file);
    const training = dirname(path).replace(/^evaluations/, "trainings");
    const { test, inputs, outputs } = manifest;
    const itemsPath = checkOutput(dir, file, itemsFile, outputs[itemsFile]);
    const trained = trainings.find((one) => one.path === training);
    const items = createItemColumns(
      readItems(itemsPath),
      trained?.manifest.calibration?.temperature,
    );
    // Earlier versions wrote no hashes.
    const [n, correct] = [items.right.length, sum(items.right)];
    if (test.n !== n || test.correct !== correct)
      throw new ExpectedError(
        `changed: ${test.correct} of ${test.n} are correct, of ${itemsFile} ${correct} of ${n}`,
      );
    const recorded = findInput(inputs, "trainings") ?? training;
    if (recorded !== training)
      throw new ExpectedError(`changed: moved or copied here, it is of ${recorded}`);
    // Earlier versions named the classifier's hash without its path.
    checkInputs({ [`${training}/classifier`]: inputs.classifier, ...inputs }, written);
    return {
      path,
      manifest,
      items,
      training: trained?.path ?? null,
      creation: findCreation(manifest, creations)?.path ?? null,
      testFileChanged: isTestFileChanged(manifest),
    };
  };
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
 * or that an earlier version did not name, is not known to have changed. It throws an ExpectedError for a
 * file that is none, such as a device.
 */
function createTestFileCheck(): (manifest: EvaluationManifest) => boolean {
  const hashes = new Map<string, string | null>();
  return ({ test: { file }, inputs }) => {
    if (file === undefined || inputs.test === undefined) return false;
    const now = hashes.has(file) ? (hashes.get(file) ?? null) : hashTestFile(file);
    hashes.set(file, now);
    return now !== null && now !== inputs.test;
  };
}

function hashTestFile(file: string): string | null {
  try {
    return hashRows(file);
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    return null;
  }
}

/** Reads an `items.jsonl`. @throws ExpectedError naming the line, if one is no item */
function readItems(path: string): TestItem[] {
  const items: TestItem[] = [];
  for (const { line, number } of textLinesInside(path)) {
    const where = `unreadable: ${itemsFile}:${number}`;
    const value = parseLine(line, where);
    const fault = findFault(value, items.length);
    if (fault)
      throw new ExpectedError(`${where}: expected ${fault[0]}, got ${renderJson(fault[1])}`);
    items.push(value as TestItem);
  }
  return items;
}

/**
 * What a value should be to be the item of a row, and what came; null: it is. Checked by hand, since a
 * schema takes most of the time that a folder of many runs takes.
 */
function findFault(value: unknown, row: number): [expected: string, came: unknown] | null {
  const item = value as TestItem | null;
  if (typeof item !== "object" || item === null) return ["an object", value];
  const { gold, predicted, right, probabilities, shares } = item;
  if (item.row !== row) return [`row ${row}`, item.row];
  if (typeof gold !== "string" || typeof predicted !== "string")
    return ["texts as gold and predicted", { gold, predicted }];
  if (right !== (gold === predicted))
    return ["right where gold and predicted are the same, only there", { right, gold, predicted }];
  if (!Array.isArray(probabilities) || !probabilities.every(isFraction))
    return ["probabilities in [0, 1]", probabilities];
  if (shares !== undefined && !Array.isArray(shares)) return ["a list as shares", shares];
  return null;
}

function isFraction(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= 1.000001;
}
