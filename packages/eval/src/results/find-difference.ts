import { isDeepStrictEqual } from "node:util";
import { renderValue } from "./render-value.ts";

/** The first place in which two values of the same kind differ, such as `train.labels.True`. */
export interface Difference {
  path: string;
  /** Both values there, in words. */
  said: string;
  found: string;
}

/** Compares what a manifest says with what is found elsewhere; null: they are the same. */
export function findDifference(said: unknown, found: unknown, path = ""): Difference | null {
  if (isDeepStrictEqual(said, found)) return null;
  if (!isRecord(said) || !isRecord(found))
    return { path, said: renderValue(said), found: renderValue(found) };
  for (const key of new Set([...Object.keys(said), ...Object.keys(found)])) {
    const difference = findDifference(said[key], found[key], path ? `${path}.${key}` : key);
    if (difference) return difference;
  }
  return null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
