import { readFile } from "node:fs/promises";
import { sha256 } from "@seedling/core/internal";
import type { EvaluationManifest } from "./evaluation.ts";

/**
 * Tells whether a test file has changed since its evaluation; each file is read once. One that is gone, or that
 * an older evaluation does not name, is not known to have changed.
 */
export function openStale(): (manifest: EvaluationManifest) => Promise<boolean> {
  const hashes = new Map<string, Promise<string | null>>();
  return async ({ test, inputs }) => {
    if (test.file === undefined || inputs.test === undefined) return false;
    const hash = hashes.get(test.file) ?? readFile(test.file).then(sha256, () => null);
    hashes.set(test.file, hash);
    const now = await hash;
    return now !== null && now !== inputs.test;
  };
}
