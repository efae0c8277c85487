import { statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** Environment variables. */
export type Env = Record<string, string | undefined>;

/** The repository's own folder. */
export const repository = resolve(import.meta.dirname, "../../../..");

/** Folders that ship with the repository or that downloads land in. */
export const projectFolders = {
  sample: join(repository, "data/sample"),
  recordings: join(repository, "data/recordings"),
  benchmarks: join(repository, "data/benchmarks"),
  original: join(repository, "data/original"),
  models: join(repository, "data/models"),
  experiments: join(repository, "experiments"),
};

/**
 * A path given by the user: relative ones are meant from where turbo was called
 * (TURBO_INVOCATION_DIR), else from the repository; `~` is the home folder.
 */
export function resolvePath(given: string, env: Env): string {
  if (given === "~" || given.startsWith("~/")) return join(homedir(), given.slice(1));
  return isAbsolute(given) ? given : resolve(env.TURBO_INVOCATION_DIR ?? repository, given);
}

/** Whether a value can only be meant as a path, not as a name. */
export function looksLikePath(given: string): boolean {
  return /^[./~]/.test(given);
}

/** Whether a path leads to a folder. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
