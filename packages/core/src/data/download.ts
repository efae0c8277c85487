import { existsSync } from "node:fs";
import { join } from "node:path";
import { gitBlobId } from "../logs/files.ts";
import { ExpectedError, explain } from "../messages/errors.ts";
import { type DownloadDependencies, fetchFile } from "./fetch-file.ts";
import original from "./original-files.json" with { type: "json" };

/** The blob id of a benchmark's file at the pinned commit, or null for a file that is not the original's. */
export function blobIdOf(path: string): string | null {
  return (original.files as Record<string, string>)[path] ?? null;
}

/** Paths of the benchmarks' files, from the folder that holds them. */
export const originalFiles = Object.keys(original.files);

/** The original's prompt.py at the pinned commit. */
export const promptFile = original.prompt;

/** Downloads by `fetch` and URL that are under way or have failed: in one process nothing is tried again. */
const tried = new WeakMap<DownloadDependencies["fetch"], Map<string, Promise<void>>>();

/** Makes sure that a benchmark's file is in `root`, downloading it if need be. @returns its path */
export async function downloadBenchmarkFile(
  path: string,
  root: string,
  deps: DownloadDependencies,
) {
  const blobId = blobIdOf(path);
  if (blobId === null) throw new ExpectedError(`${path} is not one of the original's files`);
  const instead = "if you have the files, name their folder by --data-dir or SEEDLING_DATA";
  const file = { path: `${original.folder}/${path}`, blobId, to: join(root, path), instead };
  return download(file, deps);
}

/**
 * Makes sure that a file of the original's repository, as it is at the pinned commit, is where it is kept.
 * @param instead advice to a user whose download fails
 * @returns its path here
 * @throws ExpectedError if it cannot be fetched, at once where that failed before in this process, or
 * is another than expected
 */
export async function download(
  { path, blobId, to, instead }: Record<"path" | "blobId" | "to" | "instead", string>,
  deps: DownloadDependencies,
): Promise<string> {
  if (existsSync(to)) return to;
  const repository = original.source.replace(/^github\.com\//, "");
  const url = `https://raw.githubusercontent.com/${repository}/${original.commit}/${path}`;
  const known = tried.get(deps.fetch) ?? new Map<string, Promise<void>>();
  tried.set(deps.fetch, known);
  const check = (content: Uint8Array) => {
    const got = gitBlobId(content);
    if (got !== blobId)
      throw new ExpectedError(`${url}: expected git blob ${blobId}, got ${got}; nothing was kept`);
  };
  const fetched = known.get(url) ?? fetchFile({ url, to, name: `  ${path}`, check }, deps);
  if (!known.has(url)) deps.log(`downloading ${url}`);
  known.set(url, fetched);
  await fetched.catch((cause) => {
    if (cause instanceof ExpectedError) throw cause;
    throw new ExpectedError(`cannot download ${url}: ${explain(cause)}; ${instead}`, { cause });
  });
  known.delete(url);
  return to;
}
