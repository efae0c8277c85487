import { rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { exists, writeAtomic } from "../logs/files.ts";
import { ExpectedError } from "../messages/errors.ts";

/** The file whose presence says how a stage ended in its folder. */
export const endings = {
  /** Written last: the stage is done. */
  done: "manifest.json",
  /** Stopped before its end, with everything so far kept. */
  partial: "partial.json",
  /** Ended in an error that a user can mend. */
  failed: "failed.json",
} as const;

/** Writes how a stage ended, and removes what an earlier attempt left. */
export function writeEnding(folder: string, ending: keyof typeof endings, value: object): void {
  writeAtomic(join(folder, endings[ending]), `${JSON.stringify(value, null, 2)}\n`);
  const outdated: Record<keyof typeof endings, (keyof typeof endings)[]> = {
    done: ["partial", "failed"],
    partial: ["done", "failed"],
    failed: ["done"],
  };
  for (const other of outdated[ending]) rmSync(join(folder, endings[other]), { force: true });
}

/**
 * Reads a stage's manifest, or null if there is none.
 * @throws ExpectedError if it is damaged or of another version
 */
export async function readManifest<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  if (!(await exists(path))) return null;
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch {
    throw new ExpectedError(`${path}: expected JSON; remove the file to run this stage again`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ExpectedError(
    `${path}: ${issue?.path.join(".")}: ${issue?.message}; remove the file to run this stage again`,
  );
}

/**
 * Whether a stage is done in a folder, and from these very inputs.
 * @param unsure inputs that count only where both sides know them: earlier versions did not write them
 */
export async function isDone(
  folder: string,
  schema: z.ZodType<{ inputs: Record<string, string> }>,
  inputs: Record<string, string>,
  unsure: readonly string[] = [],
): Promise<boolean> {
  const manifest = await readManifest(join(folder, endings.done), schema);
  if (manifest === null) return false;
  const known = (name: string) => name in inputs && name in manifest.inputs;
  return [...Object.keys(inputs), ...Object.keys(manifest.inputs)].every(
    (name) => inputs[name] === manifest.inputs[name] || (unsure.includes(name) && !known(name)),
  );
}

/** Why a stage failed in a folder, or null. */
export async function readFailure(folder: string): Promise<string | null> {
  const failure = await readManifest(join(folder, endings.failed), failureSchema);
  return failure?.error ?? null;
}

/** What a `failed.json` says. */
export const failureSchema = z.object({ error: z.string(), at: z.string() });
