import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ExpectedError, LockedError, toMessage } from "../messages/errors.ts";
import { isAlive, readStart } from "./process-table.ts";

const holderSchema = z.object({
  pid: z.number(),
  host: z.string(),
  /** When the process started, as Linux counts it: a process id is given again. null: elsewhere. */
  started: z.string().nullable(),
  /** When it took the lock, ISO 8601. */
  since: z.string(),
});

/** A process that works on a folder. */
type Holder = z.infer<typeof holderSchema>;

const held = new Set<() => void>();

const releaseAll = () => {
  for (const release of [...held]) release();
};

/**
 * Locks a folder, made if it is not there, by its `lock.json`, until the function returned is called
 * or the process exits. A lock whose process is gone is taken over; of several that try, one wins.
 * @throws LockedError if another process works on it; ExpectedError if nothing can be written there
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, "lock.json");
  const { pid } = process;
  const since = new Date().toISOString();
  const own: Holder = { pid, host: hostname(), started: readStart(pid), since };
  const text = `${JSON.stringify(own)}\n`;
  attempt(path, () => mkdirSync(folder, { recursive: true }));
  const other = take(path, text);
  if (other) throw new LockedError(renderHeld(other, folder, path));
  const release = () => {
    if (!held.delete(release)) return;
    if (held.size === 0) process.off("exit", releaseAll);
    try {
      if (read(path) === text) rmSync(path, { force: true });
    } catch {
      // What stays behind is free as soon as this process is gone.
    }
  };
  if (held.size === 0) process.on("exit", releaseAll);
  held.add(release);
  return release;
}

/** Whether a process works on a folder; a lock that cannot be read is nobody's. */
export function isLocked(folder: string): boolean {
  const path = join(folder, "lock.json");
  try {
    const text = read(path);
    return text !== null && isAtWork(parseHolder(text, path));
  } catch (error) {
    if (error instanceof ExpectedError) return false;
    throw error;
  }
}

/** Milliseconds between looks at a lock that another process is taking over, and how many of them. */
const look = { every: 10, times: 500 };

/**
 * Takes a lock. To take over a dead process's, the lock beside it is taken first: only its holder
 * may replace what it has seen to be dead, so that two never replace each other's.
 * @returns null if it is taken, else who holds it
 */
function take(path: string, text: string): Holder | null {
  for (let looks = 0; ; looks++) {
    if (make(path, text)) return null;
    const there = read(path);
    if (there === null) continue;
    const holder = parseHolder(there, path);
    if (isAtWork(holder)) return holder;
    const beside = `${path}.takeover`;
    const taker = take(beside, text);
    if (taker && looks === look.times) return taker;
    if (taker) {
      pause(look.every);
      continue;
    }
    try {
      if (read(path) === there) {
        attempt(path, () => place(path, text, renameSync));
        return null;
      }
    } finally {
      rmSync(beside, { force: true });
    }
  }
}

/** Makes a file with its text in one step, unless it is there. @returns whether it was made */
function make(path: string, text: string): boolean {
  return attempt(path, () => {
    try {
      place(path, text, linkOrWrite);
      return true;
    } catch (error) {
      if (toCode(error) === "EEXIST") return false;
      throw error;
    }
  });
}

function place(path: string, text: string, move: (from: string, to: string) => void): void {
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    writeFileSync(part, text);
    move(part, path);
  } finally {
    rmSync(part, { force: true });
  }
}

/** A link, unlike a file that is opened and then written, is never there without its text. */
function linkOrWrite(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (toCode(error) === "EEXIST") throw error;
    // A file system without links.
    writeFileSync(to, readFileSync(from), { flag: "wx" });
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (toCode(error) === "ENOENT") return null;
    throw new ExpectedError(`cannot read ${path}: ${toMessage(error)}`, { cause: error });
  }
}

function parseHolder(text: string, path: string): Holder {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    throw new ExpectedError(
      `${path}: expected the lock of a process; remove the file if none works on that folder`,
    );
  }
}

/** Whether a process may still be at work. Another host's cannot be seen from here. */
function isAtWork({ pid, host, started }: Holder): boolean {
  if (host !== hostname()) return true;
  if (!isAlive(pid)) return false;
  const now = readStart(pid);
  return started === null || now === null || now === started;
}

function renderHeld({ pid, host, since }: Holder, folder: string, path: string): string {
  const held = `another process (pid ${pid} on ${host}, since ${since}) works on ${folder}`;
  if (host === hostname()) return `${held}: wait for it, or stop it`;
  return `${held}: wait for it, or stop it; if it is gone, remove ${path}, since this host (${hostname()}) cannot tell`;
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    throw new ExpectedError(`cannot write ${path}: ${toMessage(error)}`, { cause: error });
  }
}

function toCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
