import { constants, openSync, readSync } from "node:fs";
import { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";

/**
 * Reads a pipe from its first writer to its last one's end. A file's stream would read it in a thread, which keeps the
 * process from ending while nobody writes.
 */
export async function* readPipe(path: string): AsyncGenerator<Uint8Array> {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const first = Buffer.alloc(2 ** 16);
  const isEnded = /^\/(dev|proc)\//.test(path); // such as /dev/fd/63: its writer has been there from the start
  let size = readNow(file, first);
  for (; size === 0 && !isEnded; size = readNow(file, first)) await setTimeout(50);
  if (size) yield first.subarray(0, size);
  yield* new Socket({ fd: file, writable: false }) as AsyncIterable<Uint8Array>;
}

/** Reads what is there: 0 bytes where nobody writes; null: a writer has written nothing yet. */
function readNow(file: number, into: Buffer): number | null {
  try {
    return readSync(file, into);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return null;
    throw error;
  }
}
