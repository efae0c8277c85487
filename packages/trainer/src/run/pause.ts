import { join } from "node:path";
import {
  type CreationManifest,
  creationManifestSchema,
  endings,
  isCreated,
  type Run,
  readManifest,
  toCreationFolder,
} from "@seedling/core/internal";
import { readUsableCreation } from "../data/pools.ts";

/** How a creation that nothing is wrong with came to stand still; other ends are done, or failures. */
const pauses: Partial<Record<NonNullable<CreationManifest["stopped"]>, string>> = {
  cap: "stopped at its cap",
  batch: "waits for its batch",
};

/**
 * What to tell of a run whose creation goes on another day, or null if it is to be trained.
 * `--allow-short` trains on what is there, if anything is.
 */
export async function findPause(run: Run): Promise<string | null> {
  if (!isCreated(run.source)) return null;
  const creation = await readUsableCreation(run);
  if (creation && creation.kept > 0) return null;
  const path = join(toCreationFolder(run), endings.partial);
  const partial = creation ?? (await readManifest(path, creationManifestSchema));
  const pause = partial?.stopped && pauses[partial.stopped];
  if (!partial || !pause) return null;
  const advice = partial.kept > 0 ? " (--allow-short trains on these)" : "";
  return `creation ${pause}, ${partial.kept} of ${partial.target} kept: not trained${advice}`;
}
