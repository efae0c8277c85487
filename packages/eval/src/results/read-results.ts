import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import {
  creationManifestSchema,
  ExpectedError,
  endings,
  failureSchema,
  sha256,
  toMessage,
} from "@seedling/core";
import { trainingManifestSchema } from "@seedling/trainer";
import type { z } from "zod";
import { type EvaluationManifest, evaluationManifest } from "../evaluation.ts";
import { findContradiction } from "./find-contradiction.ts";
import { findCreation } from "./find-creation.ts";
import { readItems } from "./read-items.ts";
import type { EvaluationRun, Failure, LeftOut, Results } from "./results.ts";

/** The stages' folders, and what a failure in one is a failure of. */
const folders: Record<string, Failure["stage"]> = {
  creations: "creation",
  trainings: "training",
  evaluations: "evaluation",
};

/**
 * Reads everything that the stages left in a results folder. What cannot be used (half-written,
 * foreign, of another version, edited by hand) is named and left out, never an error; no folder
 * means no results.
 * @param dir absolute
 */
export async function readResults(dir: string): Promise<Results> {
  const leftOut: LeftOut[] = [];
  const paths = (
    await Promise.all(Object.keys(folders).map((name) => listFiles(dir, name)))
  ).flat();
  const read = <T>(schema: z.ZodType<T>, kind: string, ...names: string[]) =>
    readAll(
      schema,
      paths.filter((path) => isA(path, kind, names)),
    );

  const creations = (
    await read(creationManifestSchema, "creations", endings.done, endings.partial)
  ).map(({ path, value }) => ({
    path: dirname(path),
    manifest: value,
    partial: path.endsWith(endings.partial),
  }));
  const trainings = (await read(trainingManifestSchema, "trainings", endings.done)).map(
    ({ path, value }) => ({ path: dirname(path), manifest: value }),
  );
  const trained = new Set(trainings.map(({ path }) => path));
  const isStale = openStale();
  const evaluations: EvaluationRun[] = [];
  for (const { path: file, value: manifest } of await read(
    evaluationManifest,
    "evaluations",
    endings.done,
  )) {
    const path = dirname(file);
    try {
      const items = await readItems(join(dir, path, manifest.items));
      const contradiction = findContradiction(manifest, items);
      if (contradiction) throw new ExpectedError(contradiction);
      const training = dirname(path).replace(/^evaluations/, "trainings");
      evaluations.push({
        path,
        manifest,
        items,
        training: trained.has(training) ? training : null,
        creation: findCreation(manifest, creations)?.path ?? null,
        stale: await isStale(manifest),
      });
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      leftOut.push({ path: file, why: error.message });
    }
  }
  const failures = await readFailures();
  const done = new Set(paths);
  for (const path of paths)
    if (isA(path, "evaluations", ["items.jsonl"]) && !done.has(join(dirname(path), endings.done)))
      leftOut.push({ path, why: "half-written: no manifest.json beside it" });
  leftOut.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { dir, evaluations, trainings, creations, failures, leftOut };

  /** All manifests of one kind that are valid. */
  async function readAll<T>(schema: z.ZodType<T>, found: readonly string[]) {
    const all: { path: string; value: T }[] = [];
    for (const path of found) {
      try {
        const parsed = schema.safeParse(JSON.parse(await readFile(join(dir, path), "utf8")));
        if (parsed.success) all.push({ path, value: parsed.data });
        else leftOut.push({ path, why: toFault(parsed.error.issues[0]) });
      } catch (error) {
        leftOut.push({ path, why: toMessage(error) });
      }
    }
    return all;
  }

  async function readFailures(): Promise<Failure[]> {
    const kinds = Object.entries(folders);
    const lists = kinds.map(async ([kind, stage]) =>
      (await read(failureSchema, kind, endings.failed)).map(({ path, value }) => ({
        path: dirname(path),
        stage,
        ...value,
      })),
    );
    return (await Promise.all(lists)).flat();
  }
}

/** Whether a path such as `evaluations/x/y/manifest.json` is of a kind and has one of the names. */
function isA(path: string, kind: string, names: readonly string[]): boolean {
  return path.startsWith(`${kind}/`) && names.some((name) => path.endsWith(`/${name}`));
}

/** Tells whether a test file has changed since its evaluation; each file is read once. */
function openStale() {
  const hashes = new Map<string, Promise<string | null>>();
  return async ({ test, inputs }: EvaluationManifest): Promise<boolean> => {
    if (test.file === undefined || inputs.test === undefined) return false;
    const known = hashes.get(test.file);
    const hash = known ?? readFile(test.file).then(sha256, () => null);
    hashes.set(test.file, hash);
    const now = await hash;
    return now !== null && now !== inputs.test;
  };
}

/** All files of one of the stages' folders, relative to the results, with slashes, sorted. */
async function listFiles(dir: string, name: string): Promise<string[]> {
  const entries = await readdir(join(dir, name), { recursive: true, withFileTypes: true }).catch(
    orNone,
  );
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

function orNone(error: NodeJS.ErrnoException): [] {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
  throw error;
}

function toFault(issue: { path: PropertyKey[]; message: string } | undefined): string {
  return `${issue?.path.join(".") || "the file"}: ${issue?.message}`;
}
