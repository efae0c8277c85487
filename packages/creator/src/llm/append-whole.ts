import { ftruncateSync, writeSync } from "node:fs";

/**
 * Writes bytes at a file's end, all of them or none: a disk that fills up takes a part.
 * @param end where the file ends
 * @throws what the file system throws
 */
export function appendWhole(file: number, bytes: Uint8Array, end: number): void {
  try {
    for (let done = 0; done < bytes.length; )
      done += writeSync(file, bytes, done, bytes.length - done, end + done);
  } catch (error) {
    takeBack(file, end);
    throw error;
  }
}

function takeBack(file: number, end: number): void {
  try {
    ftruncateSync(file, end);
  } catch {
    // That it could not be written is told; what stays of it shows when the file is read.
  }
}
