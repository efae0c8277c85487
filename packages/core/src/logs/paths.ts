import { existsSync, readFileSync, type Stats, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

export type Env = Record<string, string | undefined>;

/** The checkout of this repository that the code runs in; null where it is installed from packages. */
export const checkout = findCheckout(import.meta.dirname);

/** The folder that paths are relative to where nothing else is given: the checkout, else where the process was started. */
export const repository = checkout ?? resolve();

/** Commands of the bin that have other names than the checkout's scripts. */
const binNames: Record<string, string> = { experiment: "run", "new-task": "new" };

/** How a command is called here, for messages: by the checkout's script, or as installed. */
export function callCommand(script: string): string {
  return checkout ? `npm run ${script} --` : `npx seedling ${binNames[script] ?? script}`;
}

/** The folder that downloads land in: the checkout's own, else the user's cache. */
const downloads = checkout
  ? join(checkout, "data")
  : join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "seedling");

/** Folders that ship with the repository or that downloads land in. */
export const projectFolders = {
  sample: join(repository, "data/sample"),
  recordings: join(repository, "data/recordings"),
  benchmarks: join(downloads, "benchmarks"),
  original: join(downloads, "original"),
  models: join(downloads, "models"),
  experiments: join(repository, "experiments"),
};

/**
 * A path given by the user: relative ones are meant from where turbo
 * (TURBO_INVOCATION_DIR) or npm (INIT_CWD) was called, else from the repository; `~` is the home folder.
 */
export function resolvePath(given: string, env: Env): string {
  if (given === "~" || given.startsWith("~/")) return join(homedir(), given.slice(1));
  return isAbsolute(given)
    ? given
    : resolve(env.TURBO_INVOCATION_DIR ?? env.INIT_CWD ?? repository, given);
}

/** Whether a value can only be meant as a path, not as a name. */
export function looksLikePath(given: string): boolean {
  return /^[./~]/.test(given);
}

/** Whether an encoder is one of the project's own: its name is no folder, and no model of the hub. */
export function isBuiltIn(encoder: string): boolean {
  return encoder === "use-lite" || encoder === "bag-of-words";
}

/** A model as it is given in a folder: the absolute path of its own folder, else its name, of the hub or our own. */
export function resolveModel(given: string, folder = "."): string {
  const path = resolve(folder, given);
  return !isBuiltIn(given) && (isFolder(path) || looksLikePath(given)) ? path : given;
}

export function isFolder(path: string): boolean {
  return lookUp(path)?.isDirectory() ?? false;
}

/** What stands at a path, links followed; null where nothing can be found, as also below a file or behind a loop of links. */
export function lookUp(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

/**
 * The script of a thread, a child process or a page that stands beside the module that starts it.
 * @param name its file name without an ending
 * @param beside `import.meta.url` of that module
 */
export function findScript(name: string, beside: string): URL {
  // Node runs no TypeScript: tests of the source name the folder of scripts/bundle.mjs.
  const built = beside.endsWith(".ts") ? process.env.SEEDLING_BUNDLE : undefined;
  return built ? pathToFileURL(join(built, `${name}.js`)) : new URL(`./${name}.js`, beside);
}

function findCheckout(folder: string): string | null {
  const about = join(folder, "package.json");
  if (existsSync(about) && JSON.parse(readFileSync(about, "utf8")).name === "seedling")
    return folder;
  return dirname(folder) === folder ? null : findCheckout(dirname(folder));
}
