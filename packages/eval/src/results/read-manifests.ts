import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { toMessage } from "@seedling/core/internal";
import type { z } from "zod";
import { renderValue } from "./render-value.ts";
import type { LeftOut } from "./results.ts";

/** A manifest, and the path of its file relative to the results folder. */
export interface Found<T> {
  path: string;
  value: T;
}

/**
 * Reads files of one kind. Those that are no JSON, or not of that kind and version, are left out.
 * @param dir the results folder
 * @param leftOut is added to
 */
export async function readManifests<T>(
  dir: string,
  paths: readonly string[],
  schema: z.ZodType<T>,
  leftOut: LeftOut[],
): Promise<Found<T>[]> {
  const found: Found<T>[] = [];
  for (const path of paths) {
    const read = await readManifest(join(dir, path), schema);
    if ("value" in read) found.push({ path, value: read.value });
    else leftOut.push({ path, why: read.why });
  }
  return found;
}

async function readManifest<T>(
  file: string,
  schema: z.ZodType<T>,
): Promise<{ value: T } | { why: string }> {
  const text = await readFile(file, "utf8").catch((error: unknown) => ({ why: toMessage(error) }));
  if (typeof text !== "string") return text;
  const value = parseJson(text);
  if (value === undefined) return { why: `expected JSON, got ${renderValue(text)}` };
  const parsed = schema.safeParse(value, { reportInput: true });
  return parsed.success ? { value: parsed.data } : { why: toFault(parsed.error.issues[0]) };
}

/** undefined, which JSON has not: the text is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toFault(issue: z.core.$ZodIssue | undefined): string {
  const where = issue?.path.join(".") || "the file";
  return `${where}: ${issue?.message}, got ${renderValue(issue?.input)}`;
}
