import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { toMessage } from "@seedling/core";
import { type EvaluationManifest, evaluationManifest } from "./evaluation.ts";

/** A manifest that cannot be used, and why. */
export interface LeftOut {
  /** Relative to the results folder. */
  path: string;
  why: string;
}

/** All evaluations of a results folder. */
export interface Evaluations {
  manifests: EvaluationManifest[];
  leftOut: LeftOut[];
}

/**
 * Reads every `manifest.json` below `evaluations/` of a results folder, in the order of their paths.
 * Damaged and foreign ones are left out and named, never an error; no folder means no evaluations.
 */
export async function readEvaluations(resultsDir: string): Promise<Evaluations> {
  const evaluations: Evaluations = { manifests: [], leftOut: [] };
  for (const path of await findManifests(join(resultsDir, "evaluations"))) {
    try {
      const parsed = evaluationManifest.safeParse(JSON.parse(await readFile(path, "utf8")));
      if (parsed.success) evaluations.manifests.push(parsed.data);
      else leaveOut(path, toFault(parsed.error.issues[0]));
    } catch (error) {
      leaveOut(path, toMessage(error));
    }
  }
  return evaluations;

  function leaveOut(path: string, why: string) {
    evaluations.leftOut.push({ path: relative(resultsDir, path), why });
  }
}

async function findManifests(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(orNone);
  return entries
    .filter((entry) => entry.isFile() && entry.name === "manifest.json")
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function orNone(error: NodeJS.ErrnoException): [] {
  if (error.code === "ENOENT") return [];
  throw error;
}

function toFault(issue: { path: PropertyKey[]; message: string } | undefined): string {
  return `${issue?.path.join(".") || "the file"}: ${issue?.message}`;
}
