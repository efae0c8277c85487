import { readdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { creationManifestSchema, ExpectedError, endings, failureSchema } from "@seedling/core";
import { trainingManifestSchema } from "@seedling/trainer";
import { type EvaluationManifest, evaluationManifest } from "../evaluation.ts";
import { type ExperimentNote, experimentNoteSchema, notesFolder } from "./experiment-note.ts";
import { findContradiction, findMisplaced } from "./find-contradiction.ts";
import { findCreation } from "./find-creation.ts";
import { openStale } from "./open-stale.ts";
import { readItems } from "./read-items.ts";
import { type Found, readManifests } from "./read-manifests.ts";
import type { EvaluationRun, Failure, LeftOut, Results } from "./results.ts";

/** The stages' folders, and what a failure in one is a failure of. */
const folders = {
  creations: "creation",
  trainings: "training",
  evaluations: "evaluation",
} as const satisfies Record<string, Failure["stage"]>;

type Folder = keyof typeof folders;

/**
 * Reads everything that the stages left in a results folder. What cannot be used (half-written,
 * foreign, of another version, edited by hand) is named and left out, never an error; no folder
 * means no results.
 * @param dir absolute
 */
export async function readResults(dir: string): Promise<Results> {
  const leftOut: LeftOut[] = [];
  const files = await listAllFiles(dir);
  const creations = await readManifests(
    dir,
    [...named(files.creations, endings.done), ...named(files.creations, endings.partial)].sort(),
    creationManifestSchema,
    leftOut,
  );
  const trainings = await readManifests(
    dir,
    named(files.trainings, endings.done),
    trainingManifestSchema,
    leftOut,
  );
  const results: Results = {
    dir,
    evaluations: [],
    trainings: trainings.map(({ path, value }) => ({ path: dirname(path), manifest: value })),
    creations: creations.map(({ path, value }) => ({
      path: dirname(path),
      manifest: value,
      partial: path.endsWith(endings.partial),
    })),
    experiments: await readExperiments(dir, leftOut),
    failures: await readFailures(dir, files, leftOut),
    leftOut,
  };
  const done = named(files.evaluations, endings.done);
  const isStale = openStale();
  for (const found of await readManifests(dir, done, evaluationManifest, leftOut)) {
    try {
      results.evaluations.push({
        ...(await readEvaluation(found, results)),
        stale: await isStale(found.value),
      });
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      leftOut.push({ path: found.path, why: error.message });
    }
  }
  const finished = new Set(done.map(dirname));
  for (const path of named(files.evaluations, "items.jsonl"))
    if (!finished.has(dirname(path)))
      leftOut.push({ path, why: "half-written: no manifest.json beside it" });
  leftOut.sort((a, b) => (a.path < b.path ? -1 : 1));
  return results;
}

/** @throws ExpectedError if its items cannot be used, or contradict it */
async function readEvaluation(
  { path: file, value: manifest }: Found<EvaluationManifest>,
  { dir, trainings, creations }: Results,
): Promise<Omit<EvaluationRun, "stale">> {
  const path = dirname(file);
  const items = await readItems(join(dir, path, manifest.items));
  const training = dirname(path).replace(/^evaluations/, "trainings");
  const trained = trainings.find((one) => one.path === training);
  const contradiction =
    findContradiction(manifest, items) ?? findMisplaced(manifest, path, trained?.manifest ?? null);
  if (contradiction) throw new ExpectedError(contradiction);
  return {
    path,
    manifest,
    items,
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

function named(paths: readonly string[], name: string): string[] {
  return paths.filter((path) => path.endsWith(`/${name}`));
}

async function listAllFiles(dir: string): Promise<Record<Folder, string[]>> {
  return {
    creations: await listFiles(dir, "creations"),
    trainings: await listFiles(dir, "trainings"),
    evaluations: await listFiles(dir, "evaluations"),
  };
}

/** All files of one of the results' folders, relative to the results, with slashes, sorted. */
async function listFiles(dir: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(dir, folder), {
    recursive: true,
    withFileTypes: true,
  }).catch(orNone);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

function orNone(error: NodeJS.ErrnoException): [] {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
  throw error;
}
