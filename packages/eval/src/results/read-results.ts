import { dirname, join } from "node:path";
import {
  type AnswersManifest,
  creationManifestSchema,
  ExpectedError,
  endings,
  exists,
  failureSchema,
} from "@seedling/core/internal";
import { trainingFiles, trainingManifestSchema } from "@seedling/trainer/internal";
import { checkCreation } from "./check-creation.ts";
import { type EvaluationManifest, evaluationManifestSchema } from "./evaluation.ts";
import { type ExperimentNote, experimentNoteSchema, notesFolder } from "./experiment-note.ts";
import { findContradiction } from "./find-contradiction.ts";
import { findCopies } from "./find-copies.ts";
import { findCreation } from "./find-creation.ts";
import { findMisplaced, findMisplacedTest } from "./find-misplaced.ts";
import { findOtherAnswers } from "./find-other-answers.ts";
import { findOtherTraining, findStray } from "./find-other-training.ts";
import { findUnfinished } from "./find-unfinished.ts";
import { type Folder, folders, listAllFiles, listFiles, named } from "./list-files.ts";
import { openStale } from "./open-stale.ts";
import { findUnevaluated, readAnswers } from "./read-answers.ts";
import { createItemColumns, readItems } from "./read-items.ts";
import { type Found, readManifests } from "./read-manifests.ts";
import type {
  CreationRun,
  EvaluationRun,
  Failure,
  LeftOut,
  Results,
  TrainingRun,
} from "./results.ts";
import { readLog } from "./training-log.ts";

/**
 * Reads everything that the stages left in a results folder. What cannot be used (half-written,
 * foreign, of another version, edited by hand, damaged, not finished) is named and left out, never an
 * error; no folder means no results.
 * @param dir absolute
 */
export async function readResults(dir: string): Promise<Results> {
  const leftOut: LeftOut[] = [];
  const files = await listAllFiles(dir);
  const creations = await readCreations(dir, files.creations, leftOut);
  const trainings = await readTrainings(dir, files.trainings, leftOut);
  const answers = await readAnswers(dir, files.answers, leftOut);
  const done = named(files.evaluations, endings.done);
  const manifests = await readManifests(dir, done, evaluationManifestSchema, leftOut);
  const others = { dir, creations, trainings, answers };
  const evaluations = await readEvaluations(manifests, others, leftOut);
  const unevaluated = findUnevaluated(
    answers,
    manifests.map(({ value }) => value),
  );
  leftOut.push(...unevaluated, ...findUnfinished(dir, files));
  const results: Results = {
    dir,
    evaluations,
    trainings,
    creations,
    experiments: await readExperiments(dir, leftOut),
    failures: await readFailures(dir, files, leftOut),
    leftOut,
  };
  leftOut.sort((a, b) => (a.path < b.path ? -1 : 1));
  return results;
}

async function readCreations(
  dir: string,
  files: readonly string[],
  leftOut: LeftOut[],
): Promise<CreationRun[]> {
  const paths = [...named(files, endings.done), ...named(files, endings.partial)].sort();
  const creations: CreationRun[] = [];
  for (const { path, value } of await readManifests(dir, paths, creationManifestSchema, leftOut)) {
    const partial = path.endsWith(endings.partial);
    const creation = { path: dirname(path), manifest: value, partial };
    const fault = await checkCreation(dir, creation);
    if (fault) leftOut.push(fault);
    else creations.push(creation);
  }
  return creations;
}

async function readTrainings(
  dir: string,
  files: readonly string[],
  leftOut: LeftOut[],
): Promise<TrainingRun[]> {
  const paths = named(files, endings.done);
  const trainings: TrainingRun[] = [];
  for (const { path, value } of await readManifests(dir, paths, trainingManifestSchema, leftOut)) {
    const folder = dirname(path);
    const misplaced = findMisplaced(value, folder);
    if (misplaced) {
      leftOut.push({ path, why: misplaced });
      continue;
    }
    const log = `${folder}/${trainingFiles.log}`;
    const { points, fault } = await readLog(join(dir, log));
    if (fault) leftOut.push({ path: log, why: fault });
    trainings.push({ path: folder, manifest: value, log: points });
  }
  return trainings;
}

/** What evaluations are held against. */
interface Others {
  dir: string;
  creations: readonly CreationRun[];
  trainings: readonly TrainingRun[];
  answers: readonly Found<AnswersManifest>[];
}

async function readEvaluations(
  manifests: readonly Found<EvaluationManifest>[],
  others: Others,
  leftOut: LeftOut[],
): Promise<EvaluationRun[]> {
  const evaluations: EvaluationRun[] = [];
  const isStale = openStale();
  for (const found of manifests) {
    try {
      const evaluation = await readEvaluation(found, others);
      evaluations.push({ ...evaluation, testFileChanged: await isStale(found.value) });
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      leftOut.push({ path: found.path, why: error.message });
    }
  }
  const copies = findCopies(evaluations);
  leftOut.push(...copies);
  const copied = new Set(copies.map(({ path }) => dirname(path)));
  return evaluations.filter(({ path }) => !copied.has(path));
}

/** @throws ExpectedError if it cannot be used: what it says and what is found elsewhere contradict */
async function readEvaluation(
  { path: file, value: manifest }: Found<EvaluationManifest>,
  { dir, creations, trainings, answers }: Others,
): Promise<Omit<EvaluationRun, "testFileChanged">> {
  const path = dirname(file);
  const read = await readItems(join(dir, path, manifest.items));
  const training = dirname(path).replace(/^evaluations/, "trainings");
  const trained = trainings.find((one) => one.path === training);
  const isGone = !(await exists(join(dir, training, endings.done)));
  const contradiction =
    findContradiction(manifest, read) ??
    findMisplacedTest(manifest, path) ??
    (trained ? findOtherTraining(manifest, trained) : null) ??
    (isGone ? findStray(manifest, trainings) : null) ??
    findOtherAnswers(manifest, answers);
  if (contradiction) throw new ExpectedError(contradiction);
  return {
    path,
    manifest,
    items: createItemColumns(read.items),
    training: trained?.path ?? null,
    creation: findCreation(manifest, creations)?.path ?? null,
  };
}

async function readExperiments(dir: string, leftOut: LeftOut[]): Promise<ExperimentNote[]> {
  const files = (await listFiles(dir, notesFolder)).filter((path) => path.endsWith(".json"));
  const notes = await readManifests(dir, files, experimentNoteSchema, leftOut);
  return notes.map(({ value }) => value);
}

async function readFailures(
  dir: string,
  files: Record<Folder, string[]>,
  leftOut: LeftOut[],
): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const [folder, stage] of Object.entries(folders)) {
    const paths = named(files[folder as Folder], endings.failed);
    for (const { path, value } of await readManifests(dir, paths, failureSchema, leftOut))
      failures.push({ path: dirname(path), stage, ...value });
  }
  return failures;
}
