import { basename } from "node:path";
import { collectConditions, type Dtype, type Run, shortenModelName } from "@seedling/core/internal";
import type { TrainingManifest } from "../classifier/training-manifest.ts";
import type { TrainingData } from "../data/training-data.ts";

/** Values that have a place of their own in the manifest. */
const elsewhere = ["examples", "model", "encoder", "tune", "dev", "addHuman"];

/**
 * Everything that was not left at its default: rows of a table that differ in it are kept apart.
 * @param found the number type of a frozen encoder's weights: q8 counts, also where a folder had no other
 */
export function toTrainingConditions(
  run: Run,
  { creation }: TrainingData,
  found: Dtype | null = null,
): TrainingManifest["conditions"] {
  const dtype: Record<string, unknown> = found === "q8" ? { dtype: found } : {};
  const all = { ...creation?.conditions, ...collectConditions(run, "train"), ...dtype };
  const kept = Object.entries(all).filter(([name]) => !elsewhere.includes(name));
  const shown = Object.fromEntries(kept.map(([name, value]) => [name, toShown(value)]));
  const { created } = run.flags;
  return created === null ? shown : { ...shown, created: `${basename(created)} (${all.created})` };
}

function toShown(value: unknown): string | number | boolean | null {
  if (Array.isArray(value)) return value.join(",");
  if (typeof value === "string") return shortenModelName(value);
  return typeof value === "number" || typeof value === "boolean" ? value : null;
}
