import { join } from "node:path";
import pRetry, { AbortError } from "p-retry";
import { exists, gitBlobId, writeAtomic } from "../logs/files.ts";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import original from "./original-files.json" with { type: "json" };

export interface DownloadDependencies {
  fetch: typeof fetch;
  log: (line: string) => void;
  /** Milliseconds before a failed download is tried again, doubled each time; left out: 500. */
  retryAfter?: number;
}

/** The blob id of a benchmark's file at the pinned commit, or null for a file that is not the original's. */
export function blobIdOf(path: string): string | null {
  return (original.files as Record<string, string>)[path] ?? null;
}

/** Paths of the benchmarks' files, from the folder that holds them. */
export const originalFiles = Object.keys(original.files);

/** The original's prompt.py at the pinned commit. */
export const promptFile = original.prompt;

/** A file of the original's repository at the pinned commit. */
export interface OriginalFile {
  path: string;
  blobId: string;
  to: string;
  /** Advice to a user whose download fails. */
  instead: string;
}

/** Downloads by `fetch` and URL that are under way or have failed: in one process nothing is tried again. */
const tried = new WeakMap<DownloadDependencies["fetch"], Map<string, Promise<Uint8Array>>>();

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
 * Makes sure that a file of the original's repository is where it is kept.
 * @returns its path here
 * @throws ExpectedError if it cannot be fetched, at once where that failed before in this process, or
 * is another than expected
 */
export async function download(file: OriginalFile, deps: DownloadDependencies): Promise<string> {
  const { path, blobId, to, instead } = file;
  if (await exists(to)) return to;
  const repository = original.source.replace(/^github\.com\//, "");
  const url = `https://raw.githubusercontent.com/${repository}/${original.commit}/${path}`;
  const known = tried.get(deps.fetch) ?? new Map<string, Promise<Uint8Array>>();
  tried.set(deps.fetch, known);
  const whole = known.get(url) ?? fetchWhole(url, instead, deps);
  known.set(url, whole);
  const content = await whole;
  known.delete(url);
  const got = gitBlobId(content);
  if (got !== blobId)
    throw new ExpectedError(`${url}: expected git blob ${blobId}, got ${got}; nothing was kept`);
  writeAtomic(to, content);
  return to;
}

async function fetchWhole(
  url: string,
  instead: string,
  { fetch, log, retryAfter = 500 }: DownloadDependencies,
): Promise<Uint8Array> {
  log(`downloading ${url}`);
  const once = async () => {
    const response = await fetch(url);
    if (response.status >= 400 && response.status < 500 && response.status !== 429)
      throw new AbortError(`status ${response.status}`);
    if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
    // GitHub compresses: the length is then another one than that of what arrives.
    const packed = response.headers.has("content-encoding");
    const total = packed ? null : Number(response.headers.get("content-length")) || null;
    const parts: Uint8Array[] = [];
    let bytes = 0;
    let logged = 0;
    for await (const part of response.body as AsyncIterable<Uint8Array>) {
      parts.push(part);
      bytes += part.length;
      if (bytes - logged > 1e6) {
        logged = bytes;
        log(`  ${toMegabytes(bytes)}${total ? ` of ${toMegabytes(total)}` : ""} MB`);
      }
    }
    return Buffer.concat(parts);
  };
  const options = { retries: 3, minTimeout: retryAfter, shouldRetry: () => true };
  return pRetry(once, options).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause ? ` (${toMessage(error.cause)})` : "";
    throw new ExpectedError(`cannot download ${url}: ${toMessage(error)}${cause}; ${instead}`);
  });
}

function toMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
