import { randomUUID } from "node:crypto";
import { open, readdir, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import pRetry from "p-retry";
import { appendWhole } from "../logs/files.ts";
import { makeFolder } from "../logs/folders.ts";
import { isAlive } from "../logs/lock.ts";
import { ExpectedError, toMessage } from "../messages/errors.ts";

/** What every download needs. */
export interface DownloadDependencies {
  fetch: typeof fetch;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
  /** Milliseconds before a failed download is tried again, doubled each time; left out: 500. */
  retryAfter?: number;
  /** Milliseconds without a byte after which a download ends; left out: a minute. */
  idleAfter?: number;
}

export interface WantedFile {
  url: string | URL;
  /** The path here. */
  to: string;
  /** Its name in the lines of its progress. */
  name: string;
  headers?: Record<string, string>;
  /** Throws where the whole file, at a temporary path, is not the one that is wanted. */
  check?: (path: string) => Promise<void>;
}

/**
 * Downloads a file, whole or not at all: next to its path, and then renamed. What fails is tried four times, and
 * a broken connection resumes where it broke, if the length of the whole is known. It ends where no byte comes.
 * @throws ExpectedError if it cannot be written; else the last try's error, whose cause is the response if it was refused
 */
export async function fetchFile(wanted: WantedFile, deps: DownloadDependencies): Promise<void> {
  const { to, check } = wanted;
  try {
    makeFolder(dirname(to));
    await removeAbandoned(to);
    const temporary = `${to}.${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}.part`;
    const file = await open(temporary, "wx");
    try {
      await file.truncate(await fetchInto(file.fd, wanted, deps));
      await file.sync();
      await check?.(temporary);
      await rename(temporary, to);
    } finally {
      await file.close();
      await rm(temporary, { force: true });
    }
  } catch (cause) {
    if (!isOfDisk(cause)) throw cause;
    throw new ExpectedError(`cannot write ${to}: ${toMessage(cause)}`, { cause });
  }
}

/** Downloads a file into an open one. @returns its bytes, behind which may stand what an earlier try brought */
async function fetchInto(
  fd: number,
  { url, name, headers }: WantedFile,
  { fetch, log, signal, retryAfter = 500, idleAfter = 60_000 }: DownloadDependencies,
): Promise<number> {
  let bytes = 0;
  /** Bytes of the whole file; null: not known. */
  let whole: number | null = null;
  const idle = new AbortController();
  const stop = () => idle.abort(new Error(`no byte came for ${idleAfter / 1000} s`));
  const timer = setTimeout(stop, idleAfter);
  const either = signal ? AbortSignal.any([signal, idle.signal]) : idle.signal;
  const fetchRest = async () => {
    const range = whole !== null && bytes > 0 ? { range: `bytes=${bytes}-` } : {};
    const asked = { ...headers, "accept-encoding": "identity", ...range };
    const response = await fetch(url, { headers: asked, signal: either });
    timer.refresh();
    const resumed = response.status === 206;
    if (!resumed) bytes = 0;
    if (!response.ok || !response.body)
      throw new Error(`status ${response.status}`, { cause: response });
    const length = response.headers.get("content-length");
    const isKnown = length !== null && !response.headers.has("content-encoding");
    const total = isKnown ? bytes + Number(length) : null;
    if (resumed && total !== whole) {
      bytes = 0;
      throw new Error("it became another file meanwhile");
    }
    whole = total;
    const report = createQuarterLog(log);
    // Written at once: Undici 7 ends the process if a server closes while a slow reader waits (nodejs/undici#5360).
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      timer.refresh();
      appendWhole(fd, chunk, bytes);
      bytes += chunk.length;
      report(name, bytes, total);
    }
    const got = bytes;
    if (total !== null && got > total) bytes = 0;
    if (total !== null && got !== total) throw new Error(`expected ${total} bytes, got ${got}`);
  };
  await pRetry(fetchRest, {
    retries: 3,
    minTimeout: retryAfter,
    signal: either,
    shouldRetry: ({ error }) => !isOfDisk(error) && !isRefusal(error.cause),
  }).finally(() => clearTimeout(timer));
  return bytes;
}

/** Whether another try would bring the same. 416: the server's file is now shorter than the part that is here. */
function isRefusal(cause: unknown): boolean {
  if (!(cause instanceof Response) || cause.status >= 500) return false;
  return cause.status >= 400 && ![408, 416, 429].includes(cause.status);
}

/** Creates a log of the progress of large files at each quarter; one that is here already comes as 100 %. */
function createQuarterLog(log: (line: string) => void) {
  const logged = new Map<string, number>();
  return (name: string, bytes: number, total: number | null): void => {
    if (total === null || total < 3e6) return;
    const quarter = Math.floor((4 * bytes) / total);
    if (quarter <= (logged.get(name) ?? -1) || (quarter === 4 && !logged.has(name))) return;
    logged.set(name, quarter);
    log(`${name}, ${quarter * 25} % of ${Math.round(total / 1e6)} MB`);
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
