import type { FileHandle } from "node:fs/promises";
import {
  headBytes,
  keyBytes,
  mark,
  mostRecords,
  parseKeys,
  toRecordBytes,
} from "./vector-block.ts";

/** Read at once: the keys of the largest block, or many small blocks. */
const chunkBytes = headBytes + mostRecords * keyBytes;

/**
 * Finds the blocks of a file of vectors from a place on. After a torn one, the next is looked for by
 * its mark.
 * @param from where a block begins, or will
 * @param found is told of each key and the place of its record
 * @returns from where to go on once the file has grown
 */
export async function scanBlocks(
  handle: FileHandle,
  from: number,
  dimensions: number,
  found: (key: Buffer, place: number) => void,
): Promise<number> {
  const recordBytes = toRecordBytes(dimensions);
  const buffer = Buffer.alloc(chunkBytes);
  let start = 0;
  let chunk = buffer.subarray(0, 0);

  async function fill(at: number): Promise<void> {
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, at);
    start = at;
    chunk = buffer.subarray(0, bytesRead);
  }

  /** The keys of the block at a place: often, those of a small block are in the chunk already. */
  async function readKeys(at: number): Promise<Buffer[] | null> {
    const near = at < start ? null : parseKeys(chunk.subarray(at - start));
    if (near) return near;
    await fill(at);
    return parseKeys(chunk);
  }

  async function hasMark(at: number): Promise<boolean> {
    if (at < start || at + mark.length > start + chunk.length) await fill(at);
    return chunk.subarray(at - start, at - start + mark.length).equals(mark);
  }

  /** The next mark's place, or null. */
  async function findMark(at: number): Promise<number | null> {
    for (let next = at; ; next += chunk.length - mark.length + 1) {
      await fill(next);
      const there = chunk.indexOf(mark);
      if (there >= 0) return next + there;
      if (chunk.length < chunkBytes) return null;
    }
  }

  for (let at = from; ; ) {
    const keys = await readKeys(at);
    if (keys) {
      const records = at + headBytes + keys.length * keyBytes;
      for (const [i, key] of keys.entries()) found(key, records + i * recordBytes);
      const end = records + keys.length * recordBytes;
      if (await hasMark(end)) {
        at = end;
        continue;
      }
      const { size } = await handle.stat();
      if (size >= end && size < end + mark.length) return end;
    }
    // Torn, or still being written.
    const next = await findMark(at + 1);
    if (next === null) return at;
    at = next;
  }
}
