import { mkdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { exists } from "../logs/files.ts";
import { ExpectedError } from "../messages/errors.ts";
import { runCommand } from "../stage/run-command.ts";
import { downloadFile, hashFile } from "./download-file.ts";
import type { Workplace } from "./workplace.ts";

/**
 * Makes sure that TensorFlow's library is a folder on disk. A tarball is unpacked once, into a folder
 * named for its hash.
 * @param given a folder, or a tarball on disk or at a URL
 * @param sha256 what the tarball must hash to, or null for anything
 * @returns the folder
 */
export async function fetchLibrary(
  given: string,
  sha256: string | null,
  place: Workplace,
): Promise<string> {
  if (/^https?:\/\//.test(given)) return fetchTarball(given, sha256, place);
  const path = resolve(place.from, given.replace(/^~(?=\/|$)/, homedir()));
  const found = await stat(path).catch(() => null);
  if (found === null) throw new ExpectedError(`--libtensorflow: no file or folder ${path}`);
  if (found.isFile()) return unpackTarball({ path, name: basename(path), sha256 }, place);
  if (sha256 === null) return path;
  throw new ExpectedError(`--sha256 checks a tarball, and ${path} is a folder; leave it out`);
}

async function fetchTarball(url: string, sha256: string | null, place: Workplace): Promise<string> {
  const name = basename(new URL(url).pathname) || "libtensorflow";
  const folder = sha256 === null ? null : toFolder(name, sha256, place);
  if (folder !== null && (await exists(folder))) {
    place.say(`fetched before: ${folder}`);
    return folder;
  }
  await mkdir(place.libraries, { recursive: true });
  const path = join(place.libraries, `${name}.part`);
  try {
    await downloadFile(url, path, place);
    return await unpackTarball({ path, name, sha256 }, place);
  } finally {
    await rm(path, { force: true });
  }
}

interface Tarball {
  path: string;
  /** What it is called where it comes from. */
  name: string;
  /** What it must hash to. */
  sha256: string | null;
}

async function unpackTarball(tarball: Tarball, place: Workplace): Promise<string> {
  const { path, name, sha256 } = tarball;
  const got = await hashFile(path);
  if (sha256 !== null && got !== sha256)
    throw new ExpectedError(`${name}: expected SHA-256 ${sha256}, got ${got}; nothing was kept`);
  place.say(`SHA-256 ${got}${sha256 === null ? ", unchecked without --sha256" : ", as expected"}`);
  const folder = toFolder(name, got, place);
  if (await exists(folder)) return folder;
  const part = `${folder}.part`;
  try {
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { recursive: true });
    await unpack(path, part, name, place);
    await rename(part, folder);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  place.say(`unpacked into ${folder}; after npm ci that folder will do for --libtensorflow`);
  return folder;
}

/** By the system's tar: npm's refuses a link to a link, which the official tarballs have. */
async function unpack(path: string, into: string, name: string, place: Workplace): Promise<void> {
  const { status, err } = await runCommand("tar", ["-xf", path, "-C", into], place);
  place.signal.throwIfAborted();
  if (status === 0) return;
  const why = err.trim().split("\n")[0] || `tar ended with ${status}`;
  throw new ExpectedError(
    `${name}: expected a whole .tar.gz, and it does not unpack (${why}); nothing was kept`,
  );
}

function toFolder(name: string, sha256: string, { libraries }: Workplace): string {
  return join(libraries, `${name.replace(/\.(tar\.gz|tgz)$/, "")}-${sha256.slice(0, 8)}`);
}
