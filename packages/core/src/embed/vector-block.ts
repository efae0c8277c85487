import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { Embedding } from "./embed.ts";

// A file of vectors is a first line and then blocks, each appended by one write. A block:
//   magic 8 bytes, number of records 4, CRC-32 of number and keys 4
//   the keys, 16 bytes each
//   the records, one for each key: tokens 4, kept 4, vector 4 x dimensions, CRC-32 of key and these 4
// Numbers are little-endian. Opening reads magic bytes and keys alone. After a block that a kill left torn,
// the next magic is looked for; a torn record fails its CRC when it is read.

/** The bytes of a key: the beginning of a text's SHA-256. */
export const keyBytes = 16;

/** The first bytes of a block: no text, and no two numbers of a unit vector. */
const magic = Buffer.from("\xfe\xffVECS\r\n", "latin1");

/** The bytes in front of a block's keys. */
const headBytes = magic.length + 8;

/** The most records in a block. */
export const mostRecords = 4096;

/** The bytes of a record. */
export function toRecordBytes(dimensions: number): number {
  return 8 + 4 * dimensions + 4;
}

/** A block as bytes. */
export function toBlock(keys: readonly Buffer[], embeddings: readonly Embedding[]): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32LE(keys.length);
  const counted = Buffer.concat([number, ...keys]);
  const check = Buffer.alloc(4);
  check.writeUInt32LE(crc32(counted));
  const records = embeddings.map((embedding, i) => toRecord(keys[i] ?? Buffer.alloc(0), embedding));
  return Buffer.concat([magic, number, check, ...keys, ...records]);
}

/**
 * The keys of the block at the start of some bytes.
 * @returns null if no whole list of keys stands there
 */
function parseKeys(bytes: Buffer): Buffer[] | null {
  if (bytes.length < headBytes || !bytes.subarray(0, magic.length).equals(magic)) return null;
  const count = bytes.readUInt32LE(magic.length);
  const end = headBytes + count * keyBytes;
  if (count === 0 || count > mostRecords || bytes.length < end) return null;
  const keys = bytes.subarray(headBytes, end);
  const check = crc32(keys, crc32(bytes.subarray(magic.length, magic.length + 4)));
  if (check !== bytes.readUInt32LE(magic.length + 4)) return null;
  return Array.from({ length: count }, (_, i) => keys.subarray(i * keyBytes, (i + 1) * keyBytes));
}

/** The embedding of a key from its record, or null if the record is damaged or another key's. */
export function parseRecord(key: Buffer, record: Buffer): Embedding | null {
  const body = record.subarray(0, -4);
  if (crc32(body, crc32(key)) !== record.readUInt32LE(body.length)) return null;
  return {
    vector: new Float32Array(Uint8Array.from(body.subarray(8)).buffer),
    tokens: body.readUInt32LE(0),
    kept: body.readUInt32LE(4),
  };
}

function toRecord(key: Buffer, { vector, tokens, kept }: Embedding): Buffer {
  const record = Buffer.alloc(toRecordBytes(vector.length));
  const body = record.subarray(0, -4);
  body.writeUInt32LE(tokens, 0);
  body.writeUInt32LE(kept, 4);
  body.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), 8);
  record.writeUInt32LE(crc32(body, crc32(key)), body.length);
  return record;
}

/** Read at once: the keys of the largest block, or many small blocks. */
const chunkBytes = headBytes + mostRecords * keyBytes;

/**
 * Finds the blocks of a file of vectors from a offset on. After a torn one, the next is looked for by
 * its magic.
 * @param from where a block begins, or will
 * @param found receives each key and the offset of its record
 * @returns from where to go on once the file has grown
 */
export async function scanBlocks(
  handle: FileHandle,
  from: number,
  dimensions: number,
  found: (key: Buffer, offset: number) => void,
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

  /** The keys of the block at a offset: often, those of a small block are in the chunk already. */
  async function readKeys(at: number): Promise<Buffer[] | null> {
    const near = at < start ? null : parseKeys(chunk.subarray(at - start));
    if (near) return near;
    await fill(at);
    return parseKeys(chunk);
  }

  async function hasMark(at: number): Promise<boolean> {
    if (at < start || at + magic.length > start + chunk.length) await fill(at);
    return chunk.subarray(at - start, at - start + magic.length).equals(magic);
  }

  /** The next magic's offset, or null. */
  async function findMark(at: number): Promise<number | null> {
    for (let next = at; ; next += chunk.length - magic.length + 1) {
      await fill(next);
      const there = chunk.indexOf(magic);
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
      if (size >= end && size < end + magic.length) return end;
    }
    // Torn, or still being written.
    const next = await findMark(at + 1);
    if (next === null) return at;
    at = next;
  }
}
