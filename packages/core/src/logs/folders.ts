import { type Dirent, mkdirSync, readdirSync, rmSync, type Stats } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import { isFolder } from "./paths.ts";
import {
  attemptRead,
  checkFolder,
  checkInside,
  checkKind,
  isAbsent,
  rootOf,
  toRealPath,
} from "./roots.ts";

/** Makes a folder below a root, with those above it. @throws ExpectedError if it would lie elsewhere */
export function makeInside(folder: string): void {
  checkFolder(folder);
  makeFolder(resolve(folder));
}

/** Makes a folder with those above it, one by one: Node's own `recursive` never returns below /proc. */
export function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Made by another process meanwhile.
    if (!isFolder(folder)) throw error;
  }
}

/** Removes a file below a root, or a folder with what it holds; of a link the link alone. */
export function removeInside(path: string): void {
  checkFolder(dirname(path));
  rmSync(path, { recursive: true, force: true });
}

/**
 * Lists a folder below a root, by name; none where there is no such folder.
 * @returns what is a file and what is a folder; anything else, such as a link, is named with the reason
 */
export function listInside(folder: string) {
  const found = { files: [] as string[], folders: [] as string[], others: [] as PassedOver[] };
  let entries: Dirent[];
  try {
    checkFolder(folder);
    entries = attemptRead(folder, () => readdirSync(folder, { withFileTypes: true }));
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return found;
  }
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    try {
      // Of links and what is no file the look says more.
      const stats = entry.isFile() || entry.isDirectory() ? entry : checkInside(path).stats;
      if (stats?.isDirectory()) found.folders.push(entry.name);
      else if (stats?.isFile()) found.files.push(entry.name);
      else checkKind(path, stats as Stats | null);
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      found.others.push({ name: entry.name, why: error.message });
    }
  }
  return found;
}

/** The paths of the folders in a folder below a root, by name. */
export function listFolders(folder: string): string[] {
  return listInside(folder).folders.map((name) => join(folder, name));
}

/** How deep folders are looked through; each takes time with its path's length. */
const deepest = 100;

/** What stands in a folder and is passed over. */
export interface PassedOver {
  name: string;
  why: string;
}

/**
 * The files of a folder below a root and of those below it, relative to it, with slashes, by name. A folder
 * that several links lead to is walked once.
 * @param refuse is called for what is passed over, a folder that cannot be read among it
 */
export function walkInside(folder: string, refuse: (one: PassedOver) => void = () => {}): string[] {
  const { followLinks } = rootOf(resolve(folder));
  const seen = new Set<string | null>();
  const walk = (below: string): string[] => {
    const at = join(folder, below);
    const toName = (name: string) => posix.join(below, name);
    const real = followLinks ? toRealPath(at) : below;
    if (seen.has(real)) return [];
    seen.add(real);
    try {
      if (below.split("/").length > deepest)
        throw new ExpectedError(`expected folders nested at most ${deepest} deep`);
      const { files, folders, others } = listInside(at);
      for (const { name, why } of others) refuse({ name: toName(name), why });
      return [...files.map(toName), ...folders.flatMap((name) => walk(toName(name)))];
    } catch (error) {
      refuse({ name: below, why: toMessage(error) });
      return [];
    }
  };
  return walk("").sort();
}
