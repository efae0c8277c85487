import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { ExpectedError, toMessage } from "@seedling/core/internal";

/** A file of lines that appears once all of them are written, or not at all. */
export interface OutputFile {
  write(text: string): Promise<void>;
  /** Renames it to its final path. */
  keep(): Promise<void>;
  /** Removes it unless it was kept. Synchronous: it may be the last thing done on an interrupt. */
  discard(): void;
}

/** @throws ExpectedError, here and later, if the disk does not take it */
export async function openOutputFile(path: string): Promise<OutputFile> {
  const temporary = `${path}.${randomUUID().slice(0, 8)}.part`;
  const onDisk = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw new ExpectedError(`cannot write ${path}: ${toMessage(cause)}`, { cause });
    }
  };
  const file = await onDisk(async () => {
    await mkdir(dirname(path), { recursive: true });
    return open(temporary, "wx");
  });
  return {
    write: (text) => onDisk(() => file.writeFile(text)),
    keep: () =>
      onDisk(async () => {
        await file.sync();
        await file.close();
        await rename(temporary, path);
      }),
    discard: () => rmSync(temporary, { force: true }),
  };
}
