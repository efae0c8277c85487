import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, type FileHandle, link, mkdir, open, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { exists } from "../logs/files.ts";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import type { Embedding } from "./embed.ts";
import { mostRecords, parseRecord, scanBlocks, toBlock, toRecordBytes } from "./vector-block.ts";

/** Embeddings on disk by the key of their text. */
export interface VectorFile {
  /** The embedding of each key, or null. */
  read(keys: readonly Buffer[]): Promise<(Embedding | null)[]>;
  /** Writes embeddings, one for each key. */
  append(keys: readonly Buffer[], embeddings: readonly Embedding[]): Promise<void>;
  close(): Promise<void>;
}

/** Bytes between two records up to which they are read together, and the most read at once. */
const together = { gap: 1 << 15, most: 1 << 22 };

/**
 * Opens an append-only file of embeddings, or begins one. Each block of them is one write at the
 * file's end, and nothing is ever removed: processes may share it, and a kill costs the block
 * that was being written. Only keys and offsets are held in memory.
 * @param header the file's first line: it must name everything that vectors here have in common
 * @throws ExpectedError if the file cannot be used, or its first line is another
 */
export async function openVectorFile(
  path: string,
  header: string,
  dimensions: number,
): Promise<VectorFile> {
  const recordBytes = toRecordBytes(dimensions);
  /** The offset of each key's last record. */
  const offsets = new Map<string, number>();
  let end = Buffer.byteLength(header) + 1;
  let last: Promise<void> = Promise.resolve();

  /** Reads the keys that have been appended, by this process and by others. */
  async function readAppended(handle: FileHandle): Promise<void> {
    end = await scanBlocks(handle, end, dimensions, (key, offset) => {
      offsets.set(key.toString("latin1"), offset);
    });
  }

  async function write(block: Buffer): Promise<void> {
    const { bytesWritten } = await handle.write(block);
    if (bytesWritten < block.length) throw new Error("the disk took a part only; is it full?");
    await readAppended(handle);
  }

  const handle = await explain(path, () => openBegun(path, header, readAppended));
  return {
    async read(keys) {
      const wanted = keys.flatMap((key, i) => {
        const offset = offsets.get(key.toString("latin1"));
        return offset === undefined ? [] : [{ key, i, offset }];
      });
      const embeddings: (Embedding | null)[] = keys.map(() => null);
      for (const run of groupNear(wanted, recordBytes)) {
        const from = run[0]?.offset ?? 0;
        const bytes = Buffer.alloc((run.at(-1)?.offset ?? 0) + recordBytes - from);
        await handle.read(bytes, 0, bytes.length, from);
        for (const { key, i, offset } of run) {
          const record = bytes.subarray(offset - from, offset - from + recordBytes);
          embeddings[i] = parseRecord(key, record);
        }
      }
      return embeddings;
    },
    append(keys, embeddings) {
      const appended = last.then(async () => {
        for (let from = 0; from < keys.length; from += mostRecords) {
          const to = from + mostRecords;
          const block = toBlock(keys.slice(from, to), embeddings.slice(from, to));
          await explain(path, () => write(block));
        }
      });
      last = appended.catch(() => {});
      return appended;
    },
    async close() {
      await last;
      await handle.close();
    },
  };
}

/** Groups records in the order of their offsets, those that lie close together in one run. */
function groupNear<T extends { offset: number }>(wanted: readonly T[], recordBytes: number): T[][] {
  const runs: T[][] = [];
  for (const one of wanted.toSorted((a, b) => a.offset - b.offset)) {
    const run = runs.at(-1);
    const begin = run?.[0]?.offset ?? 0;
    const end = (run?.at(-1)?.offset ?? 0) + recordBytes;
    const isNear = one.offset - end <= together.gap;
    if (run && isNear && one.offset + recordBytes - begin <= together.most) run.push(one);
    else runs.push([one]);
  }
  return runs;
}

async function openBegun(
  path: string,
  header: string,
  readAppended: (handle: FileHandle) => Promise<void>,
): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  if (!(await exists(path))) await begin(path, header);
  const handle = await open(path, "a+");
  try {
    const first = Buffer.alloc(Buffer.byteLength(header) + 1);
    await handle.read(first, 0, first.length, 0);
    if (first.toString() !== `${header}\n`)
      throw new Error(`expected its first line to be ${header}; delete it to begin it anew`);
    await readAppended(handle);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Makes a file with its first line, unless another process was faster. */
async function begin(path: string, header: string): Promise<void> {
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  const unlessThere = (error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  };
  try {
    await writeFile(part, `${header}\n`);
    await link(part, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return;
      return copyFile(part, path, constants.COPYFILE_EXCL).catch(unlessThere); // no links here
    });
  } finally {
    await rm(part, { force: true });
  }
}

async function explain<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new ExpectedError(`embedding cache ${path}: ${toMessage(cause)}`, { cause });
  }
}
