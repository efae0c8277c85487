import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { ExpectedError, toMessage } from "@seedling/core/internal";

/** Where lines go: a file that is there when all of them are, or not at all. */
export interface OutputFile {
  write(text: string): Promise<void>;
  /** Puts it in its place. */
  keep(): Promise<void>;
  /** Removes what was not kept. Synchronous, so that it can be the last thing done on an interrupt. */
  discard(): void;
}

/** @throws ExpectedError, here and later, if the disk does not take it */
export async function openOutputFile(path: string): Promise<OutputFile> {
  const beside = `${path}.${randomUUID().slice(0, 8)}.part`;
  const onDisk = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw new ExpectedError(`cannot write ${path}: ${toMessage(cause)}`, { cause });
    }
  };
  const file = await onDisk(async () => {
    await mkdir(dirname(path), { recursive: true });
    return open(beside, "wx");
  });
  return {
    write: (text) => onDisk(() => file.writeFile(text)),
    keep: () =>
      onDisk(async () => {
        await file.sync();
        await file.close();
        await rename(beside, path);
      }),
    discard: () => rmSync(beside, { force: true }),
  };
}
