import { crc32 } from "node:zlib";
import type { Embedding } from "./embed.ts";

// A file of vectors is a first line and then blocks, each appended by one write. A block:
//   mark 8 bytes, number of records 4, CRC-32 of number and keys 4
//   the keys, 16 bytes each
//   the records, one for each key: tokens 4, kept 4, vector 4 x dimensions, CRC-32 of key and these 4
// Numbers are little-endian. Opening reads marks and keys alone. After a block that a kill left torn,
// the next mark is looked for; a torn record fails its CRC when it is read.

/** The bytes of a key: the beginning of a text's SHA-256. */
export const keyBytes = 16;

/** What a block begins with: no text, and no two numbers of a unit vector. */
export const mark = Buffer.from("\xfe\xffVECS\r\n", "latin1");

/** The bytes in front of a block's keys. */
export const headBytes = mark.length + 8;

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
  return Buffer.concat([mark, number, check, ...keys, ...records]);
}

/**
 * The keys of the block at the start of some bytes.
 * @returns null if no whole list of keys stands there
 */
export function parseKeys(bytes: Buffer): Buffer[] | null {
  if (bytes.length < headBytes || !bytes.subarray(0, mark.length).equals(mark)) return null;
  const count = bytes.readUInt32LE(mark.length);
  const end = headBytes + count * keyBytes;
  if (count === 0 || count > mostRecords || bytes.length < end) return null;
  const keys = bytes.subarray(headBytes, end);
  const check = crc32(keys, crc32(bytes.subarray(mark.length, mark.length + 4)));
  if (check !== bytes.readUInt32LE(mark.length + 4)) return null;
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
