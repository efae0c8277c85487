import { join } from "node:path";
import pRetry, { AbortError } from "p-retry";
import { ExpectedError, toMessage } from "../errors.ts";
import { exists, writeAtomic } from "../files.ts";
import { gitBlobId } from "../hash.ts";
import original from "./original-files.json" with { type: "json" };

/** What downloads need from outside. */
export interface Outside {
  fetch: typeof fetch;
  notice: (line: string) => void;
}

/** The blob id of a benchmark's file at the pinned commit, or null for a file that is not the original's. */
export function blobIdOf(path: string): string | null {
  return (original.files as Record<string, string>)[path] ?? null;
}

/** The original's prompt.py at the pinned commit. */
export const promptFile = original.prompt;

/** Makes sure that a benchmark's file is in `root`, downloading it if need be. @returns its path */
export async function downloadBenchmarkFile(path: string, root: string, outside: Outside) {
  const blobId = blobIdOf(path);
  if (blobId === null) throw new ExpectedError(`${path} is not one of the original's files`);
  return download(`${original.folder}/${path}`, blobId, join(root, path), outside);
}

/** Makes sure that a file of the original's repository at the pinned commit is at `to`. */
export async function download(
  path: string,
  blobId: string,
  to: string,
  { fetch, notice }: Outside,
): Promise<string> {
  if (await exists(to)) return to;
  const repository = original.source.replace(/^github\.com\//, "");
  const url = `https://raw.githubusercontent.com/${repository}/${original.commit}/${path}`;
  notice(`downloading ${url}`);
  const content = await fetchWhole(url, { fetch, notice });
  const got = gitBlobId(content);
  if (got !== blobId)
    throw new ExpectedError(`${url}: expected git blob ${blobId}, got ${got}; nothing was kept`);
  writeAtomic(to, content);
  return to;
}

async function fetchWhole(url: string, { fetch, notice }: Outside): Promise<Uint8Array> {
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
    let told = 0;
    for await (const part of response.body as AsyncIterable<Uint8Array>) {
      parts.push(part);
      bytes += part.length;
      if (bytes - told > 1e6) {
        told = bytes;
        notice(`  ${toMegabytes(bytes)}${total ? ` of ${toMegabytes(total)}` : ""} MB`);
      }
    }
    return Buffer.concat(parts);
  };
  try {
    return await pRetry(once, { retries: 3, minTimeout: 500, shouldRetry: () => true });
  } catch (error) {
    const cause = error instanceof Error && error.cause ? ` (${toMessage(error.cause)})` : "";
    throw new ExpectedError(
      `cannot download ${url}: ${toMessage(error)}${cause}; with the files at hand, name their folder by --data-dir or SEEDLING_DATA`,
    );
  }
}

function toMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
