import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { ExpectedError, exists, isAlive, toMessage } from "@seedling/core/internal";
import pRetry from "p-retry";

/** Dependencies of a download. */
export interface HubAccess {
  fetch: typeof fetch;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
  /** HF_ENDPOINT names another hub than https://huggingface.co; HF_TOKEN opens private and gated models. */
  env: Record<string, string | undefined>;
}

/** A download in progress. */
interface Part {
  /** Of the open file. */
  fd: number;
  /** Bytes so far; what comes next goes after them. */
  bytes: number;
  /** Bytes of the whole file; null: not known. */
  total: number | null;
}

/**
 * Creates the download of a model's files into a folder by their names, each whole or not at all. A file that
 * is there is not fetched again; a broken connection resumes where it broke. The download returns false if
 * the hub has no file of that name.
 */
export function createHubFetch(model: string, folder: string, access: HubAccess) {
  const { env, fetch, log, signal } = access;
  const hub = parseHubUrl(env);
  const token = env.HF_TOKEN?.trim();

  function refuse(name: string, status: number): never {
    const advice = token
      ? "check the id; HF_TOKEN is set, but its owner may have to ask for access on the model's page"
      : "check the id, or set HF_TOKEN to a token that may read it";
    throw new ExpectedError(
      `encoder ${model}: ${hub.origin} has no such model, or it is not open to you (${name}: status ${status}): ${advice}`,
    );
  }

  /** @returns whether the hub has the file */
  async function download(name: string, part: Part): Promise<boolean> {
    const url = new URL(`${hub.pathname.replace(/\/+$/, "")}/${model}/resolve/main/${name}`, hub);
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    // Of a redirect to another host, such as the hub's store of large files, fetch takes it off.
    if (token) headers.authorization = `Bearer ${token}`;
    if (part.bytes > 0) headers.range = `bytes=${part.bytes}-`;
    const response = await fetch(url, { headers, signal: signal ?? null });
    const { status, body } = response;
    const unknown = status === 404 && response.headers.get("x-error-code") === "RepoNotFound";
    if (status === 401 || status === 403 || unknown) refuse(name, status);
    if (status === 404) return false;
    // The hub's file is now shorter than the part that is here.
    if (status === 416) part.bytes = 0;
    if (!response.ok || !body) throw new Error(`status ${status}`);
    const resumed = status === 206;
    if (!resumed) part.bytes = 0;
    const total = findTotal(response.headers, part.bytes);
    if (resumed && total !== part.total) {
      part.bytes = 0;
      throw new Error("it became another file meanwhile");
    }
    part.total = total;
    const report = createQuarterLog(`${model}: ${name}`, total, log);
    // Written at once: Undici 7 ends the process if a server closes while a slow reader waits (nodejs/undici#5360).
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      for (let done = 0; done < chunk.length; )
        done += writeSync(part.fd, chunk, done, chunk.length - done, part.bytes + done);
      part.bytes += chunk.length;
      report(part.bytes);
    }
    if (total !== null && part.bytes !== total) {
      const got = part.bytes;
      if (got > total) part.bytes = 0;
      throw new Error(`expected ${total} bytes, got ${got}`);
    }
    return true;
  }

  /** Downloads a file next to its path, and renames it once it is whole. */
  async function downloadWhole(name: string, path: string): Promise<boolean> {
    await mkdir(dirname(path), { recursive: true });
    await removeAbandoned(path);
    const temporary = `${path}.${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}.part`;
    const file = await open(temporary, "wx");
    try {
      const part: Part = { fd: file.fd, bytes: 0, total: null };
      const found = await pRetry(() => download(name, part), {
        retries: 3,
        minTimeout: 500,
        signal,
        shouldRetry: ({ error }) => !(error instanceof ExpectedError || isOfDisk(error)),
      });
      if (!found) return false;
      await file.truncate(part.bytes);
      await file.sync();
      await rename(temporary, path);
      return true;
    } finally {
      await file.close();
      await rm(temporary, { force: true });
    }
  }

  return async (name: string): Promise<boolean> => {
    const path = join(folder, name);
    if (await exists(path)) return true;
    try {
      return await downloadWhole(name, path);
    } catch (cause) {
      if (cause instanceof ExpectedError || signal?.aborted) throw cause;
      if (isOfDisk(cause))
        throw new ExpectedError(`cannot write ${path}: ${toMessage(cause)}`, { cause });
      const reason = cause instanceof Error && cause.cause ? ` (${toMessage(cause.cause)})` : "";
      throw new ExpectedError(
        `encoder ${model}: ${name} could not be fetched from ${hub.origin}: ${toMessage(cause)}` +
          `${reason}. Try again, or give a folder that holds the model`,
        { cause },
      );
    }
  };
}

/** Parses the hub's address. @throws ExpectedError if HF_ENDPOINT is no URL */
function parseHubUrl({ HF_ENDPOINT }: HubAccess["env"]): URL {
  const given = HF_ENDPOINT?.trim() || "https://huggingface.co";
  const hub = URL.canParse(given) ? new URL(given) : null;
  if (hub && /^https?:$/.test(hub.protocol)) return hub;
  throw new ExpectedError(
    `HF_ENDPOINT: expected a URL such as https://huggingface.co, got "${given}"`,
  );
}

/** The size of a whole file, in bytes, of which a response holds those from a byte on; null: not said. */
function findTotal(headers: Headers, from: number): number | null {
  const length = headers.get("content-length");
  return length === null || headers.has("content-encoding") ? null : from + Number(length);
}

/** Logs the progress of a large file at each quarter. */
function createQuarterLog(what: string, total: number | null, log: (line: string) => void) {
  let last = -1;
  return (bytes: number) => {
    if (total === null || total < 10e6) return;
    const quarter = Math.floor((4 * bytes) / total);
    if (quarter > last) log(`${what}, ${quarter * 25} % of ${Math.round(total / 1e6)} MB`);
    last = Math.max(last, quarter);
  };
}

/** Whether an error is the file system's: fetch hides those of a connection in its error's cause. */
function isOfDisk(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** Removes parts that dead processes of this host left of a file; those of other hosts may be alive. */
async function removeAbandoned(path: string): Promise<void> {
  const start = `${basename(path)}.${hostname()}.`;
  const names = await readdir(dirname(path));
  for (const name of names.filter((one) => one.startsWith(start))) {
    const pid = name.slice(start.length).match(/^(\d+)\.\w+\.part$/)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(dirname(path), name), { force: true });
  }
}
