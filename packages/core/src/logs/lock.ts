import { randomUUID } from "node:crypto";
import { closeSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ExpectedError, LockedError, tryFile } from "../messages/errors.ts";
import { makeInside } from "./folders.ts";
import { parseAs } from "./json.ts";
import { openInside, readTextInside } from "./open-inside.ts";

/** A process that works on a folder, as its `lock.json` names it. */
const holderSchema = z.object({
  pid: z.number(),
  host: z.string(),
  /** The start of the process, in Linux's clock ticks: a process id is given again. null: not known. */
  started: z.string().nullable(),
  /** The time of the lock, ISO 8601. */
  since: z.string(),
});

/**
 * Locks a folder, made if it is not there, by a file in it, until the function returned is called
 * or the process exits. A lock whose process is gone is taken over; of several that try, one wins. On a
 * network folder that holds for as long as its server creates a file for one client only, as NFS does.
 * @param name another than `lock.json` for work that others may go on beside
 * @throws LockedError if another process works on it; ExpectedError if nothing can be written there
 */
export function lockFolder(folder: string, name = "lock.json"): () => void {
  const path = join(folder, name);
  const since = new Date().toISOString();
  const { pid } = process;
  const text = `${JSON.stringify({ pid, host: hostname(), started: readStart(pid), since })}\n`;
  tryFile("write", path, () => {
    makeInside(folder);
    takeLock(path, text, folder);
  });
  const release = () => {
    process.off("exit", release);
    if (attempt(() => readTextInside(path)) === text) rmSync(path, { force: true });
  };
  process.on("exit", release);
  return release;
}

/** Whether a process works on a folder; a lock that cannot be read is nobody's. */
export function isLocked(folder: string): boolean {
  const holder = parseAs(
    attempt(() => readTextInside(join(folder, "lock.json"))) ?? "",
    holderSchema,
  );
  return holder !== null && isAtWork(holder);
}

/**
 * Creates a lock's file. A dead process's is replaced by whoever holds a second lock, so that of two
 * that have seen it dead one does.
 */
function takeLock(path: string, text: string, folder: string): void {
  for (let tries = 0; ; tries++) {
    if (createWhole(path, text)) return;
    const seen = readTextInside(path);
    // Released meanwhile; one that stays unreadable is refused below.
    if (seen === null && tries < 500) continue;
    const holder = parseAs(seen ?? "", holderSchema);
    if (holder === null)
      throw new ExpectedError(
        `${path}: expected the lock of a process; remove the file if none works on that folder`,
      );
    const { pid, host, since } = holder;
    if (isAtWork(holder)) {
      const held = `another process (pid ${pid} on ${host}, since ${since}) works on ${folder}: wait for it, or stop it`;
      if (host === hostname()) throw new LockedError(held);
      throw new LockedError(
        `${held}; if it is gone, remove ${path}, since this host (${hostname()}) cannot find out`,
      );
    }
    const second = `${path}.takeover`;
    try {
      takeLock(second, text, folder);
    } catch (error) {
      // Another process takes over: that is a matter of milliseconds, unless it hangs.
      if (!(error instanceof LockedError) || tries === 500) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      continue;
    }
    try {
      if (readTextInside(path) === seen) {
        rmSync(path);
        if (createWhole(path, text)) return;
      }
    } finally {
      rmSync(second, { force: true });
    }
  }
}

/** Creates a file with its text in one step. @returns whether it was created, not there before */
function createWhole(path: string, text: string): boolean {
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    const file = openInside(part, "create");
    try {
      writeFileSync(file, text);
    } finally {
      closeSync(file);
    }
    try {
      linkSync(part, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
      // A file system without links.
      writeFileSync(path, text, { flag: "wx" });
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(part, { force: true });
  }
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** Whether a process may still be at work. Another host's cannot be seen from here. */
function isAtWork({ pid, host, started }: z.infer<typeof holderSchema>): boolean {
  // No process can have such an id, on any host.
  if (pid < 1 || pid !== (pid | 0)) return false;
  if (host !== hostname()) return true;
  return isAlive(pid) && [null, started].includes(started && readStart(pid));
}

/** Whether a process of this host lives; one that was killed and still waits to be counted does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readStat(pid)[0] !== "Z";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Reads the start of a process, in Linux's clock ticks since the boot; null where that is not known. */
function readStart(pid: number): string | null {
  return readStat(pid)[19] ?? null;
}

/** The fields of `/proc/PID/stat` (proc(5)) from the third on: the second is a name in any characters. */
function readStat(pid: number): string[] {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8")) ?? "";
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
