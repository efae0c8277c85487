import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { ExpectedError, isAlive, toMessage } from "@seedling/core/internal";

/** A download in progress, next to its final path. */
export interface PartFile {
  /** Bytes so far; what is written goes after them. */
  bytes: number;
  /** Bytes of the whole file; null: not known. */
  total: number | null;
  write(chunk: Uint8Array): void;
  /** Renames it to its final path. */
  keep(): Promise<void>;
  /** Closes it, and removes it unless it was kept. */
  close(): Promise<void>;
}

/**
 * Opens a part file for this process, and removes those that killed processes left of the same file.
 * @throws ExpectedError, here and later, if the disk refuses
 */
export async function openPartFile(path: string): Promise<PartFile> {
  const temporary = `${path}.${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}.part`;
  const onDisk = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      throw toWriteError(path, cause);
    }
  };
  await onDisk(mkdir(dirname(path), { recursive: true }));
  await onDisk(removeAbandoned(path));
  const file = await onDisk(open(temporary, "wx"));
  const part: PartFile = {
    bytes: 0,
    total: null,
    // Undici 7 ends the process if a server closes while a slow reader waits (nodejs/undici#5360).
    write(chunk) {
      try {
        for (let done = 0; done < chunk.length; )
          done += writeSync(file.fd, chunk, done, chunk.length - done, part.bytes + done);
      } catch (cause) {
        throw toWriteError(path, cause);
      }
      part.bytes += chunk.length;
    },
    async keep() {
      await onDisk(file.truncate(part.bytes));
      await onDisk(file.sync());
      await onDisk(rename(temporary, path));
    },
    async close() {
      await file.close();
      await rm(temporary, { force: true });
    },
  };
  return part;
}

/** Removes parts of dead processes of this host; those of other hosts may be alive. */
async function removeAbandoned(path: string): Promise<void> {
  const start = `${basename(path)}.${hostname()}.`;
  const names = await readdir(dirname(path));
  for (const name of names.filter((one) => one.startsWith(start))) {
    const pid = name.slice(start.length).match(/^(\d+)\.\w+\.part$/)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(dirname(path), name), { force: true });
  }
}

function toWriteError(path: string, cause: unknown): ExpectedError {
  return new ExpectedError(`cannot write ${path}: ${toMessage(cause)}`, { cause });
}
