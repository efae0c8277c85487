import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { ExpectedError, toMessage } from "../messages/errors.ts";

// The one way to files that may be a stranger's: a results folder, a recording or a classifier that was
// unpacked. Such a file is a regular one, its folder's real path lies in the root's, and no link stands in its
// place: what is written could otherwise land in a shell's start file. See docs/trust.md.

/** Folders that a person named, by their absolute paths; whether links below them are followed. */
const roots = new Map<string, { followLinks: boolean }>();

/** Folders that were found to lie in their roots: what a second process changes meanwhile is not looked for. */
const checked = new Set<string>();

/**
 * Makes a folder the root of everything below it, for this process. It may be a link itself. A file below
 * no root has its own folder for one.
 * @param followLinks as `--follow-links` asks for: links to files and folders count as these
 */
export function addRoot(folder: string, { followLinks = false } = {}): void {
  roots.set(resolve(folder), { followLinks });
  checked.clear();
}

export function rootOf(folder: string): { root: string; followLinks: boolean } {
  for (let root = folder; ; root = dirname(root)) {
    const found = roots.get(root);
    if (found) return { root, ...found };
    if (root === dirname(root)) return { root: folder, followLinks: false };
  }
}

/** Joins a name that stands in a file to that file's folder. @throws ExpectedError if it leads out of it */
export function joinInside(folder: string, name: string): string {
  const path = join(folder, name);
  if (
    isAbsolute(name) ||
    path === join(folder, ".") ||
    !isBelow(folder, path) ||
    name.includes("\0")
  )
    throw new ExpectedError(
      `${folder}: expected the name of a file in it, got ${JSON.stringify(name)}`,
    );
  return path;
}

const absent = ["ENOENT", "ENOTDIR"];

/** Whether an error says that a file, or a folder of its path, is not there. */
export function isAbsent(error: unknown): boolean {
  return hasCode(error, ...absent);
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException)?.code ?? "");
}

/** Checks that what stands at a path, if anything, is below its root and no link. */
export function checkInside(path: string): { followLinks: boolean; stats: Stats | null } {
  const { followLinks } = checkFolder(dirname(path));
  const stats = statAt(path, followLinks);
  if (stats?.isSymbolicLink())
    throw new ExpectedError(
      `${path}: expected a file, got a link to ${readlinkSync(path)}; --follow-links follows it`,
    );
  return { followLinks, stats };
}

/** Checks that the real path of a folder, or of the first one above that is there, lies in its root's. */
export function checkFolder(path: string): { followLinks: boolean } {
  const folder = resolve(path);
  const { root, followLinks } = rootOf(folder);
  if (followLinks || checked.has(folder)) return { followLinks };
  const realRoot = toRealPath(root) ?? root;
  for (let at = folder; at !== root; at = dirname(at)) {
    const real = toRealPath(at);
    if (real === null && !statAt(at, false)?.isSymbolicLink()) continue;
    if (real !== null && isBelow(realRoot, real)) break;
    throw new ExpectedError(
      `${folder}: expected a folder in ${root}, but ${at === folder ? "it" : at} leads to ${real ?? "nowhere"}; --follow-links follows it`,
    );
  }
  checked.add(folder);
  return { followLinks };
}

function isBelow(folder: string, path: string): boolean {
  const below = relative(folder, path);
  return !isAbsolute(below) && below.split(sep)[0] !== "..";
}

export function toRealPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (hasCode(error, ...absent, "ELOOP", "EACCES")) return null;
    throw error;
  }
}

/** Says in words why a path cannot be read, but for one that is not there. */
export function attemptRead<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isAbsent(error)) throw error;
    throw new ExpectedError(`cannot read ${path}: ${toMessage(error)}`, { cause: error });
  }
}

export function statAt(path: string, followed: boolean): Stats | null {
  try {
    return attemptRead(path, () => (followed ? statSync : lstatSync)(path));
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** Checks that nothing but a file stands at a path. @throws ExpectedError naming what does */
export function checkKind(path: string, stats: Stats | null): void {
  if (stats === null || stats.isFile()) return;
  const other = stats.isFIFO() ? "a pipe" : stats.isSocket() ? "a socket" : "a device";
  throw new ExpectedError(
    `${path}: expected a file, got ${stats.isDirectory() ? "a folder" : other}`,
  );
}
