import { existsSync, realpathSync } from "node:fs";
import { availableParallelism, cpus, totalmem, type } from "node:os";
import { join, relative } from "node:path";
import { z } from "zod";
import project from "../../package.json" with { type: "json" };
import { readOwnTask } from "../data/own-task.ts";
import { findSplitFile } from "../data/split-files.ts";
import type { Task } from "../data/tasks.ts";
import { hashValue, writeAtomic } from "../logs/files.ts";
import { removeInside } from "../logs/folders.ts";
import { decodeJson, NestingError } from "../logs/json.ts";
import { readTextInside } from "../logs/open-inside.ts";
import { ExpectedError, LockedError, tryFile } from "../messages/errors.ts";
import { renderJson } from "../messages/plain-text.ts";

/** The files whose presence shows how a stage ended in its folder. */
export const endings = {
  /** Written last: the stage is done. */
  done: "manifest.json",
  /** Stopped before its end, with everything so far kept. */
  partial: "partial.json",
  /** Ended in an error that a user can mend. */
  failed: "failed.json",
} as const;

/**
 * Writes how a stage ended, with a hash of its contents, and removes what an earlier attempt left.
 * A manifest names in `inputs` what it was made of and in `outputs` what was written, each with its
 * SHA-256: a file of the results folder by its path there, anything else by a name.
 */
export function writeEnding(folder: string, ending: keyof typeof endings, value: object): void {
  const text = JSON.stringify({ ...value, hash: hashValue(value) }, null, 2);
  writeAtomic(join(folder, endings[ending]), `${text}\n`);
  const outdated: Record<keyof typeof endings, (keyof typeof endings)[]> = {
    done: ["partial", "failed"],
    partial: ["done", "failed"],
    failed: ["done"],
  };
  for (const other of outdated[ending]) removeInside(join(folder, endings[other]));
}

/** The path of a file in a results folder as manifests write it: relative, with slashes. */
export function toResultPath(results: string, file: string): string {
  return relative(results, file).replaceAll("\\", "/");
}

/**
 * Parses a stage's manifest. One without a hash, of an earlier version, counts as unchanged.
 * @returns its value, or why it cannot be used: `unreadable: ...` or `changed: ...`
 */
export function parseManifest<T>(
  text: string,
  schema: z.ZodType<T>,
): { value: T } | { why: string } {
  let json: unknown;
  try {
    json = decodeJson(text);
  } catch (error) {
    if (error instanceof NestingError) return { why: `unreadable: ${error.message}` };
    return { why: `unreadable: expected JSON, got ${renderJson(text)}` };
  }
  const { data, error } = schema.safeParse(json, { reportInput: true });
  if (error) {
    const [issue] = error.issues;
    const where = issue?.path.join(".") || "the file";
    return { why: `unreadable: ${where}: ${issue?.message}, got ${renderJson(issue?.input)}` };
  }
  const { hash, ...rest } = json as { hash?: unknown };
  if (hash === undefined || hash === hashValue(rest)) return { value: data };
  return { why: "changed: it is not as it was written (its hash is another)" };
}

/**
 * Reads a stage's manifest, or null if there is none.
 * @throws ExpectedError if it is damaged, changed or of another version
 */
export async function readManifest<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = tryFile("read", path, () => readTextInside(path));
  if (text === null) return null;
  const parsed = parseManifest(text, schema);
  if ("value" in parsed) return parsed.value;
  throw new ExpectedError(`${path}: ${parsed.why}; remove the file to run this stage again`);
}

/**
 * Whether a stage is done in a folder, and from these very inputs. An input that only one side names
 * counts as equal: earlier versions named fewer.
 * @param task whose data the inputs are of
 * @throws LockedError if it is done from other inputs, those of another task's folder that has the same name
 */
export async function isDone(
  folder: string,
  schema: z.ZodType<{ inputs: Record<string, string>; taskFolder?: string | undefined }>,
  inputs: Record<string, string>,
  task: TaskPlace,
): Promise<boolean> {
  const manifest = await readManifest(join(folder, endings.done), schema);
  if (manifest === null) return false;
  const { inputs: made, taskFolder } = manifest;
  const isSame = Object.entries(inputs).every(
    ([name, hash]) => made[name] === undefined || made[name] === hash,
  );
  if (!isSame && taskFolder !== undefined && (await isNamesake(taskFolder, task)))
    throw new LockedError(
      `${folder}: made of ${taskFolder}, a folder of the same name, example and labels as ${task.folder}, which would overwrite it: give one of the two a "name" of its own in task.json, or take another --results`,
    );
  return isSame;
}

/** A task, and the folder that it was read from. */
type TaskPlace = Pick<Task, "name" | "folder" | "fingerprint" | "own" | "columns">;

/** Whether a folder is still there, and of another task of the same name. A task's own folder may have moved. */
async function isNamesake(folder: string, { folder: own, ...task }: TaskPlace): Promise<boolean> {
  if (!own || !existsSync(folder) || realpathSync(folder) === realpathSync(own)) return false;
  if (!task.own) return findSplitFile(folder, "test") !== null;
  const other = await readOwnTask(folder, task.columns).catch(() => null);
  return other?.name === task.name && other.fingerprint === task.fingerprint;
}

export async function readFailure(folder: string): Promise<string | null> {
  const failure = await readManifest(join(folder, endings.failed), failureSchema);
  return failure?.error ?? null;
}

export const failureSchema = z.object({ error: z.string(), at: z.string() });

/** The machine that a stage ran on, without its host's name. */
export const machineSchema = z.object({
  seedling: z.string(),
  node: z.string(),
  /** Such as "Linux x64". */
  system: z.string(),
  /** The processors' model, empty where the system does not name it. */
  processor: z.string(),
  cores: z.number(),
  /** In GiB, one digit after the point. */
  memory: z.number(),
});

export type Machine = z.infer<typeof machineSchema>;

export function describeMachine(): Machine {
  return {
    seedling: project.version,
    node: process.versions.node,
    system: `${type()} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? "",
    cores: availableParallelism(),
    memory: Number((totalmem() / 2 ** 30).toFixed(1)),
  };
}
