import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
} from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import { isFolder } from "./paths.ts";

// The one way to files that may be a stranger's: a results folder, a recording or a classifier that was
// unpacked. Such a file is a regular one, its folder's real path lies in the root's, and no link stands in its
// place: what is written could otherwise land in a shell's start file. See docs/trust.md.

/** The most bytes that are read of a file of JSON, of a line of JSONL, and of a file of examples that is read whole. */
export const mostBytes = { json: 64 * 2 ** 20, line: 16 * 2 ** 20, examples: 511 * 2 ** 20 };

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

function findRoot(folder: string): { root: string; followLinks: boolean } {
  for (let root = folder; ; root = dirname(root)) {
    const found = roots.get(root);
    if (found) return { root, ...found };
    if (root === dirname(root)) return { root: folder, followLinks: false };
  }
}

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC } = constants;
/** Not known to Windows, which is why a look at the path comes first. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

const modes = {
  read: O_RDONLY,
  /** For reading and writing, made if it is not there. */
  append: O_RDWR | O_CREAT,
  /** The same, emptied. */
  empty: O_RDWR | O_CREAT | O_TRUNC,
  /** The same; one that is there is an error, EEXIST. */
  create: O_RDWR | O_CREAT | O_EXCL,
};

/**
 * Opens a regular file below a root. Never waits, as opening a pipe would.
 * @returns its descriptor, which the caller closes
 * @throws ExpectedError for a link, a file that lies elsewhere, or no regular file; Node's own error, with
 *   its code, where the file is not there or cannot be opened
 */
export function openInside(path: string, mode: keyof typeof modes = "read"): number {
  const { followLinks, stats } = checkInside(path);
  checkKind(path, stats);
  return openRegular(path, modes[mode] | (followLinks ? 0 : O_NOFOLLOW));
}

/**
 * Opens a regular file that a person named, or one of an encoder or a task: links are followed.
 * @throws as `openInside`
 */
export function openFollowed(path: string): number {
  checkKind(path, lookAt(path, true));
  return openRegular(path, O_RDONLY);
}

/**
 * Checks a file that `openFollowed` would open, for a library that opens it itself; one that is not there passes.
 * @throws as `openFollowed`, and ExpectedError for a larger one
 */
export function checkFollowed(path: string, most: number): void {
  const stats = lookAt(path, true);
  checkKind(path, stats);
  if (stats) checkSize(path, stats.size, most);
}

function openRegular(path: string, flags: number): number {
  const file = openSync(path, flags | O_NONBLOCK, 0o666);
  try {
    checkKind(path, fstatSync(file));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Reads a whole file below a root. @throws as `openInside`, and ExpectedError for a larger one */
export function readInside(path: string, most = mostBytes.json): Buffer {
  return readOpened(openInside(path), path, most);
}

/** Reads a whole text below a root; null: it is not there. @throws as `readInside` */
export function readTextInside(path: string): string | null {
  try {
    return readInside(path).toString("utf8");
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** Reads a whole file that a person named, or one of an encoder or a task. @throws as `readInside` */
export function readFollowed(path: string, most = mostBytes.json): Buffer {
  return readOpened(openFollowed(path), path, most);
}

function readOpened(file: number, path: string, most: number): Buffer {
  try {
    const { size } = fstatSync(file);
    checkSize(path, size, most);
    const bytes = Buffer.allocUnsafe(size);
    let done = 0;
    for (let got = 1; got > 0 && done < size; done += got)
      got = readSync(file, bytes, done, size - done, done);
    return bytes.subarray(0, done);
  } finally {
    closeSync(file);
  }
}

function checkSize(path: string, size: number, most: number): void {
  if (size > most)
    throw new ExpectedError(`${path}: expected at most ${toMb(most)} MB, got ${toMb(size)} MB`);
}

const toMb = (bytes: number) => Math.ceil(bytes / 2 ** 20).toLocaleString("en");

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
    entries = readdirSync(folder, { withFileTypes: true });
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
  const { followLinks } = findRoot(resolve(folder));
  const seen = new Set<string | null>();
  const attemptList = (below: string): ReturnType<typeof listInside> => {
    try {
      return listInside(join(folder, below));
    } catch (error) {
      refuse({ name: toSlashes(below), why: toMessage(error) });
      return { files: [], folders: [], others: [] };
    }
  };
  const walk = (below: string): string[] => {
    const real = followLinks ? toRealPath(join(folder, below)) : below;
    if (seen.has(real)) return [];
    seen.add(real);
    const { files, folders, others } = attemptList(below);
    for (const { name, why } of others) refuse({ name: toSlashes(join(below, name)), why });
    return [
      ...files.map((name) => toSlashes(join(below, name))),
      ...folders.flatMap((name) => walk(join(below, name))),
    ];
  };
  return walk("").sort();
}

const toSlashes = (path: string) => path.replaceAll(sep, "/");

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

/**
 * The path that a file is to be written to by a rename: its own, or where links are followed that of the file
 * that a link leads to.
 * @throws as `openInside` for what is no regular file
 */
export function resolveInside(path: string): string {
  const { followLinks, stats } = checkInside(path);
  checkKind(path, stats);
  return followLinks ? (toRealPath(path) ?? path) : path;
}

/** Whether an error says that a file, or a folder of its path, is not there. */
export function isAbsent(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException)?.code ?? "");
}

/** Checks that what stands at a path, if anything, is below its root and no link. */
function checkInside(path: string): { followLinks: boolean; stats: Stats | null } {
  const { followLinks } = checkFolder(dirname(path));
  const stats = lookAt(path, followLinks);
  if (stats?.isSymbolicLink())
    throw new ExpectedError(
      `${path}: expected a file, got a link to ${readlinkSync(path)}; --follow-links follows it`,
    );
  return { followLinks, stats };
}

/** Checks that the real path of a folder, or of the first one above that is there, lies in its root's. */
function checkFolder(path: string): { followLinks: boolean } {
  const folder = resolve(path);
  const { root, followLinks } = findRoot(folder);
  if (followLinks || checked.has(folder)) return { followLinks };
  const realRoot = toRealPath(root) ?? root;
  for (let at = folder; at !== root; at = dirname(at)) {
    const real = toRealPath(at);
    if (real === null && !lookAt(at, false)?.isSymbolicLink()) continue;
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

function toRealPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (
      isAbsent(error) ||
      ["ELOOP", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")
    )
      return null;
    throw error;
  }
}

function lookAt(path: string, followed: boolean): Stats | null {
  try {
    return (followed ? statSync : lstatSync)(path);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** @throws ExpectedError naming what a path is instead of a regular file */
function checkKind(path: string, stats: Stats | null): void {
  if (stats === null || stats.isFile()) return;
  const kinds = [
    ["a folder", stats.isDirectory()],
    ["a pipe", stats.isFIFO()],
    ["a socket", stats.isSocket()],
  ] as const;
  const kind = kinds.find(([, is]) => is)?.[0] ?? "a device";
  throw new ExpectedError(`${path}: expected a file, got ${kind}`);
}
