import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { ExpectedError, toMessage } from "../errors.ts";
import { exists, writeAtomic } from "../files.ts";
import type { Embedding } from "./embed.ts";

/** Embeddings on disk by the key of their text (16 bytes, as 32 hex digits). */
export interface VectorFile {
  read(key: string): Promise<Embedding | null>;
  append(key: string, embedding: Embedding): Promise<void>;
  close(): Promise<void>;
}

/** Key (16 bytes), tokens and kept (4 each), ..., and at the end the CRC-32 of all before it (4). */
const keyBytes = 16;
const vectorAt = keyBytes + 8;

/** How much is read at once while opening. */
const chunkBytes = 1 << 22;

/**
 * Opens an append-only file of embeddings, or begins one. Each record is one write at the file's
 * end, so several processes may share it. What a killed process left half written is cut off.
 * @param header the file's first line: it must say everything that vectors here have in common
 * @throws ExpectedError if the file cannot be used, or its first line is another
 */
export async function openVectorFile(
  path: string,
  header: string,
  dimensions: number,
): Promise<VectorFile> {
  const recordBytes = vectorAt + 4 * dimensions + 4;
  const start = Buffer.byteLength(header) + 1;
  const places = new Map<string, number>();

  async function index(handle: FileHandle): Promise<void> {
    const first = Buffer.alloc(start);
    await handle.read(first, 0, start, 0);
    if (first.toString() !== `${header}\n`)
      throw new Error(`expected its first line to be ${header}; delete it to begin it anew`);
    const chunk = Buffer.alloc(Math.max(1, Math.floor(chunkBytes / recordBytes)) * recordBytes);
    for (let at = start; ; ) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) return;
      for (let from = 0; from < bytesRead; from += recordBytes, at += recordBytes) {
        const record = chunk.subarray(from, from + recordBytes);
        if (from + recordBytes > bytesRead || !isWhole(record)) return handle.truncate(at);
        places.set(record.toString("hex", 0, keyBytes), at);
      }
    }
  }

  const handle = await openIndexed(path, header, index);
  return {
    async read(key) {
      const at = places.get(key);
      if (at === undefined) return null;
      const record = Buffer.alloc(recordBytes);
      await handle.read(record, 0, recordBytes, at);
      const whole = isWhole(record) && record.toString("hex", 0, keyBytes) === key;
      return whole ? toEmbedding(record) : null;
    },
    async append(key, embedding) {
      await handle.appendFile(toRecord(key, embedding, recordBytes));
      // Another process may have appended since; read() then finds another key there, no wrong vector.
      places.set(key, (await handle.stat()).size - recordBytes);
    },
    close: () => handle.close(),
  };
}

async function openIndexed(
  path: string,
  header: string,
  index: (handle: FileHandle) => Promise<void>,
): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    await mkdir(dirname(path), { recursive: true });
    if (!(await exists(path))) writeAtomic(path, `${header}\n`);
    handle = await open(path, "a+");
    await index(handle);
    return handle;
  } catch (cause) {
    await handle?.close();
    throw new ExpectedError(`embedding cache ${path}: ${toMessage(cause)}`, { cause });
  }
}

function toRecord(key: string, { vector, tokens, kept }: Embedding, bytes: number): Buffer {
  const record = Buffer.alloc(bytes);
  record.write(key, "hex");
  record.writeUInt32LE(tokens, keyBytes);
  record.writeUInt32LE(kept, keyBytes + 4);
  record.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), vectorAt);
  record.writeUInt32LE(crc32(record.subarray(0, -4)), bytes - 4);
  return record;
}

function isWhole(record: Buffer): boolean {
  return crc32(record.subarray(0, -4)) === record.readUInt32LE(record.length - 4);
}

function toEmbedding(record: Buffer): Embedding {
  return {
    vector: new Float32Array(Uint8Array.from(record.subarray(vectorAt, -4)).buffer),
    tokens: record.readUInt32LE(keyBytes),
    kept: record.readUInt32LE(keyBytes + 4),
  };
}
