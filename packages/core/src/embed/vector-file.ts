import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import type { Embedding } from "./embed.ts";

// A file of vectors is a first line and then blocks, each appended by one write. A block:
//   magic 8 bytes, number of records 4, CRC-32 of number and keys 4
//   the keys, 16 bytes each
//   the records, one for each key: tokens 4, kept 4, vector 4 x dimensions, CRC-32 of key and these 4
// Numbers are little-endian. Opening reads magic and keys alone. After a block that a kill left torn, the
// next magic is looked for; a torn record fails its CRC when it is read.

/** The bytes of a key: the beginning of a text's SHA-256. */
export const keyBytes = 16;

/** The first bytes of a block: no text, and no two numbers of a unit vector. */
const magic = Buffer.from("\xfe\xffVECS\r\n", "latin1");

/** The bytes in front of a block's keys. */
const headBytes = magic.length + 8;

/** The most records in a block. */
const mostRecords = 4096;

/** Embeddings on disk by the key of their text. */
export interface VectorFile {
  /** Reads the embedding of each key, or null. */
  read(keys: readonly Buffer[]): (Embedding | null)[];
  /** Writes embeddings, one for each key. @throws ExpectedError if they cannot be written */
  append(keys: readonly Buffer[], embeddings: readonly Embedding[]): void;
  close(): void;
}

/**
 * Opens an append-only file of embeddings, or begins one. Each block of them is one write at the
 * file's end, and nothing is ever removed: processes may share it, and a kill costs the block that
 * was being written. Only keys and offsets are held in memory.
 * @param header the file's first line: it must name everything that vectors here have in common
 * @throws ExpectedError if the file cannot be used, or its first line is another
 */
export function openVectorFile(path: string, header: string, dimensions: number): VectorFile {
  /** The offset of each key's last record. */
  const offsets = new Map<string, number>();
  const firstLine = Buffer.from(`${header}\n`);
  let end = firstLine.length;
  const explained = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw new ExpectedError(`embedding cache ${path}: ${toMessage(cause)}`, { cause });
    }
  };
  /** Reads the keys that have been appended, by this process and by others. */
  const scan = (file: number) => {
    end = scanBlocks(file, end, dimensions, (key, offset) => {
      offsets.set(key.toString("latin1"), offset);
    });
  };
  const file = explained(() => {
    if (!existsSync(path)) begin(path, firstLine);
    const opened = openSync(path, "a+");
    if (readBytes(opened, 0, firstLine.length).equals(firstLine)) {
      scan(opened);
      return opened;
    }
    closeSync(opened);
    throw new Error(`expected its first line to be ${header}; delete it to begin it anew`);
  });
  return {
    read: (keys) =>
      keys.map((key) => {
        const offset = offsets.get(key.toString("latin1"));
        if (offset === undefined) return null;
        return parseRecord(key, readBytes(file, offset, countRecordBytes(dimensions)));
      }),
    append(keys, embeddings) {
      for (let from = 0; from < keys.length; from += mostRecords) {
        const to = from + mostRecords;
        const block = buildBlock(keys.slice(from, to), embeddings.slice(from, to));
        explained(() => {
          if (writeSync(file, block) < block.length)
            throw new Error("the disk took a part only; is it full?");
          scan(file);
        });
      }
    },
    close: () => closeSync(file),
  };
}

/** Makes a file with its first line, unless another process was faster. */
function begin(path: string, firstLine: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    writeFileSync(part, firstLine);
    try {
      linkSync(part, path);
    } catch {
      // Either there, or a file system without links.
      if (!existsSync(path)) copyFileSync(part, path, constants.COPYFILE_EXCL);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(part, { force: true });
  }
}

/**
 * Finds the blocks of a file from an offset on. After a torn one, the next is looked for by its magic.
 * @param from where a block begins, or will
 * @param found receives each key and the offset of its record
 * @returns the offset to go on from once the file has grown
 */
function scanBlocks(
  file: number,
  from: number,
  dimensions: number,
  found: (key: Buffer, offset: number) => void,
): number {
  const recordBytes = countRecordBytes(dimensions);
  const { size } = fstatSync(file);
  for (let at = from; ; ) {
    const keys = readKeys(file, at);
    if (keys) {
      const records = at + headBytes + keys.length * keyBytes;
      for (const [i, key] of keys.entries()) found(key, records + i * recordBytes);
      const end = records + keys.length * recordBytes;
      if (size >= end && size < end + magic.length) return end;
      if (readBytes(file, end, magic.length).equals(magic)) {
        at = end;
        continue;
      }
    }
    // Torn, or still being written.
    const next = findMagic(file, at + 1, size);
    if (next === null) return at;
    at = next;
  }
}

function findMagic(file: number, from: number, size: number): number | null {
  const length = 1 << 20;
  for (let at = from; at < size; at += length) {
    const found = readBytes(file, at, length + magic.length).indexOf(magic);
    if (found >= 0) return at + found;
  }
  return null;
}

/** Reads the keys of the block at an offset; null if no whole list of keys stands there. */
function readKeys(file: number, at: number): Buffer[] | null {
  const head = readBytes(file, at, headBytes);
  const count = head.readUInt32LE(magic.length);
  if (!head.subarray(0, magic.length).equals(magic) || count > mostRecords) return null;
  const keys = readBytes(file, at + headBytes, count * keyBytes);
  const check = crc32(keys, crc32(head.subarray(magic.length, magic.length + 4)));
  if (count === 0 || check !== head.readUInt32LE(magic.length + 4)) return null;
  return Array.from({ length: count }, (_, i) => keys.subarray(i * keyBytes, (i + 1) * keyBytes));
}

/** Reads so many bytes, zeros behind the file's end. */
function readBytes(file: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, from);
  return bytes;
}

function countRecordBytes(dimensions: number): number {
  return 8 + 4 * dimensions + 4;
}

function buildBlock(keys: readonly Buffer[], embeddings: readonly Embedding[]): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32LE(keys.length);
  const check = Buffer.alloc(4);
  check.writeUInt32LE(crc32(Buffer.concat([number, ...keys])));
  const records = embeddings.map((embedding, i) => buildRecord(keys[i] as Buffer, embedding));
  return Buffer.concat([magic, number, check, ...keys, ...records]);
}

function buildRecord(key: Buffer, { vector, tokens, kept }: Embedding): Buffer {
  const record = Buffer.alloc(countRecordBytes(vector.length));
  const body = record.subarray(0, -4);
  body.writeUInt32LE(tokens, 0);
  body.writeUInt32LE(kept, 4);
  body.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), 8);
  record.writeUInt32LE(crc32(body, crc32(key)), body.length);
  return record;
}

/** Parses the embedding of a key; null if the record is damaged or another key's. */
function parseRecord(key: Buffer, record: Buffer): Embedding | null {
  const body = record.subarray(0, -4);
  if (crc32(body, crc32(key)) !== record.readUInt32LE(body.length)) return null;
  return {
    vector: new Float32Array(Uint8Array.from(body.subarray(8)).buffer),
    tokens: body.readUInt32LE(0),
    kept: body.readUInt32LE(4),
  };
}
