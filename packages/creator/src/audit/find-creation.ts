import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { creationFiles, endings, FlagError, isFolder, resolvePath } from "@seedling/core/internal";

/** Folders between `results/` and a creation's own. */
const levels = 4;

/** How many creations an error lists. */
const listed = 20;

/**
 * The creation's folder that a user means by its path, that of a file in it, or a beginning of it.
 * @param bases the folders that a relative path may be meant from, the results folder last
 * @throws FlagError if there is none or several, with what is there
 */
export function findCreation(given: string, bases: readonly string[]): string {
  const files: string[] = [...Object.values(endings), ...Object.values(creationFiles)];
  const named = files.includes(basename(given)) ? dirname(given) : given;
  const paths = bases.map((base) => resolvePath(named, { TURBO_INVOCATION_DIR: base }));
  const found = [...new Set(paths.flatMap(listBeginningWith))];
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  if (others.length > 0)
    throw new FlagError(`expected one creation, ${given} begins ${found.length}:${list(found)}`);
  const there = listCreations(bases.at(-1) ?? ".", levels);
  throw new FlagError(
    `expected a creation's folder, got ${given}${there.length > 0 ? `; there are:${list(there)}` : `, and there is none in ${bases.at(-1)}`}`,
  );
}

function listBeginningWith(path: string): string[] {
  if (isFolder(path)) return listCreations(path, levels);
  const [folder, beginning] = [dirname(path), basename(path)];
  return listFolders(folder)
    .filter((one) => basename(one).startsWith(beginning))
    .flatMap((one) => listCreations(one, levels));
}

/** The creations in a folder, itself included, so many levels down, by path. */
function listCreations(folder: string, down: number): string[] {
  if (existsSync(join(folder, creationFiles.created))) return [folder];
  return down === 0 ? [] : listFolders(folder).flatMap((one) => listCreations(one, down - 1));
}

function listFolders(folder: string): string[] {
  if (!isFolder(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  const names = entries.filter((one) => one.isDirectory()).map(({ name }) => name);
  return names.sort().map((name) => join(folder, name));
}

function list(folders: readonly string[]): string {
  const more = folders.length > listed ? [`... and ${folders.length - listed} more`] : [];
  return ["", ...folders.slice(0, listed), ...more].join("\n  ");
}
