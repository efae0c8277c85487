import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { toMessage } from "@seedling/core";
import type { z } from "zod";
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
    try {
      const parsed = schema.safeParse(JSON.parse(await readFile(join(dir, path), "utf8")));
      if (parsed.success) found.push({ path, value: parsed.data });
      else leftOut.push({ path, why: toFault(parsed.error.issues[0]) });
    } catch (error) {
      leftOut.push({ path, why: toMessage(error) });
    }
  }
  return found;
}

function toFault(issue: { path: PropertyKey[]; message: string } | undefined): string {
  return `${issue?.path.join(".") || "the file"}: ${issue?.message}`;
}
