import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ExpectedError, toMessage } from "@seedling/core";

/** A file on its way, beside its place. */
export interface Part {
  /** How many are here; what is written goes after them. */
  bytes: number;
  /** Of the whole file; null: not known. */
  total: number | null;
  write(chunk: Uint8Array): Promise<void>;
  /** Puts it in its place. */
  keep(): Promise<void>;
  /** Removes what was not kept. */
  close(): Promise<void>;
}

/** @throws ExpectedError, here and later, if the disk does not take it */
export async function openPart(path: string): Promise<Part> {
  const beside = `${path}.${randomUUID().slice(0, 8)}.part`;
  const onDisk = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      throw new ExpectedError(`cannot write ${path}: ${toMessage(cause)}`, { cause });
    }
  };
  await onDisk(mkdir(dirname(path), { recursive: true }));
  const file = await onDisk(open(beside, "wx"));
  const part: Part = {
    bytes: 0,
    total: null,
    async write(chunk) {
      await onDisk(writeAll(file, chunk, part.bytes));
      part.bytes += chunk.length;
    },
    async keep() {
      await onDisk(file.truncate(part.bytes));
      await onDisk(file.sync());
      await onDisk(rename(beside, path));
    },
    async close() {
      await file.close();
      await rm(beside, { force: true });
    },
  };
  return part;
}

async function writeAll(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const rest = chunk.subarray(done);
    done += (await file.write(rest, 0, rest.length, position + done)).bytesWritten;
  }
}
