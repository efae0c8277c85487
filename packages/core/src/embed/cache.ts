import { createHash, randomUUID } from "node:crypto";
import { closeSync, fstatSync, readSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { appendWhole, sha256 } from "../logs/files.ts";
import { listInside, makeInside } from "../logs/folders.ts";
import { openInside } from "../logs/open-inside.ts";
import { isFolder } from "../logs/paths.ts";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import { type Embed, type Embedding, isTruncated } from "./encoder.ts";
import { type EmbedText, nameText, toText } from "./truncate.ts";

/** The most in one part: a kill loses two parts at worst, some seconds of work. */
const most = { texts: 512, characters: 1 << 16 };

/** Parts at once: one is tokenized while the other is encoded. */
const partsAtOnce = 2;

/**
 * An Embed that encodes each different text once, and keeps its vector on disk. What is missing is encoded
 * in parts of texts of about one length, so that small parts fill batches too; long ones first.
 * @param dir holds a folder for each Embed id; null: nothing is kept
 * @param log says what in the folder is no file of vectors and passed over
 * @throws ExpectedError if the folder cannot be used
 */
export function withCache(
  embed: Embed,
  dir: string | null,
  log: (line: string) => void = () => {},
): Embed {
  const kept = dir === null ? null : openVectorFolder(join(dir, toFolderName(embed)), embed, log);
  return {
    ...embed,
    async embed(texts, progress) {
      const embeddings = new Map<string, Embedding>();
      const missing = new Map<string, EmbedText>();
      for (const text of texts) {
        const key = nameText(text);
        if (embeddings.has(key) || missing.has(key)) continue;
        const found = kept?.read(text);
        if (found) embeddings.set(key, found);
        else missing.set(key, text);
      }
      const length = (text: EmbedText) => toText(text).length;
      const parts = divide([...missing.values()].sort((a, b) => length(b) - length(a))).values();
      let done = texts.length - missing.size;
      const takeParts = async () => {
        for (const part of parts) {
          let counted = 0;
          const count = (n: number) => {
            done += n - counted;
            counted = n;
            progress?.(done, texts.length);
          };
          const encoded = await embed.embed(part, count);
          kept?.append(part, encoded);
          for (const [i, one] of encoded.entries()) embeddings.set(nameText(part[i] ?? ""), one);
          count(part.length);
        }
      };
      await Promise.all(Array.from({ length: partsAtOnce }, takeParts));
      return texts.map((text) => embeddings.get(nameText(text)) as Embedding);
    },
    async dispose() {
      kept?.close();
      await embed.dispose();
    },
  };
}

function toFolderName({ id }: Pick<Embed, "id">): string {
  return `${id.replace(/[^\w.-]+/g, "_")}-${sha256(id).slice(0, 8)}.vectors-3`;
}

/** Finds the texts whose vectors an Embed's folder keeps, by `nameText`; none where there is no folder, which is not made. */
export function findKept(
  embed: Pick<Embed, "id" | "dimensions" | "maxLength">,
  dir: string,
  texts: readonly EmbedText[],
): Set<string> {
  const path = join(dir, toFolderName(embed));
  if (!isFolder(path)) return new Set();
  const kept = openVectorFolder(path, embed, () => {});
  try {
    return new Set(texts.filter((text) => kept.read(text)).map(nameText));
  } finally {
    kept.close();
  }
}

function divide(texts: readonly EmbedText[]): EmbedText[][] {
  const parts: EmbedText[][] = [];
  let characters = 0;
  for (const text of texts) {
    const part = parts.at(-1);
    if (part && part.length < most.texts && characters < most.characters) part.push(text);
    else {
      parts.push([text]);
      characters = 0;
    }
    characters += toText(text).length;
  }
  return parts;
}

// A folder of vectors holds files of records; each file is written by one process, however many share the
// folder. A record:
//   key 16 bytes, tokens 4, kept 4, vector 4 x dimensions, CRC-32 of all this 4
// Numbers are little-endian. A kill can tear the last record of a file, behind which nothing is written.

/** The bytes of a key: the beginning of a text's SHA-256. */
const keyBytes = 16;

/**
 * Opens a folder of embeddings, made if need be. Only keys and places are held in memory. What other
 * processes write meanwhile is found at the next writing.
 * @throws ExpectedError if the folder cannot be used
 */
function openVectorFolder(
  path: string,
  { dimensions, maxLength }: Pick<Embed, "dimensions" | "maxLength">,
  log: (line: string) => void,
) {
  const recordBytes = keyBytes + 8 + 4 * dimensions + 4;
  const files = new Map<string, { file: number; end: number }>();
  const places = new Map<string, { file: number; at: number }>();
  const slice = Buffer.alloc(512 * recordBytes);
  let own: number | null = null;
  const explained = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw new ExpectedError(`embedding cache ${path}: ${toMessage(cause)}`, { cause });
    }
  };
  /** Finds the records that have been written since the last time; of one text's records the newest file's counts. */
  const scan = () => {
    for (const name of listInside(path).files) {
      const found = files.get(name) ?? { file: openInside(join(path, name)), end: 0 };
      files.set(name, found);
      const { file } = found;
      let whole = 0;
      do {
        const bytes = readSync(file, slice, 0, slice.length, found.end);
        whole = Math.floor(bytes / recordBytes);
        // A file of holes, or of something else, may have no end worth looking for.
        const ends = [0, whole - 1].map((i) =>
          slice.subarray(i * recordBytes, (i + 1) * recordBytes),
        );
        if (whole > 0 && ends.every((record) => parseRecord(record) === null)) break;
        for (let from = 0; from < whole * recordBytes; from += recordBytes) {
          const key = slice.toString("latin1", from, from + keyBytes);
          places.set(key, { file, at: found.end + from });
        }
        found.end += whole * recordBytes;
      } while (whole > 0);
    }
  };
  explained(() => {
    makeInside(path);
    for (const { why } of listInside(path).others) log(`embedding cache: passed over ${why}`);
    scan();
  });
  const find = (name: string): Embedding | null => {
    const place = places.get(toKey(name).toString("latin1"));
    if (!place) return null;
    const record = Buffer.alloc(recordBytes);
    readSync(place.file, record, 0, recordBytes, place.at);
    const found = parseRecord(record);
    // Earlier versions counted as kept what use-lite passes over.
    return found && { ...found, kept: Math.min(found.kept, maxLength) };
  };
  return {
    /** Reads a text's embedding; null: there is none, or its record is damaged. */
    read(text: EmbedText): Embedding | null {
      const plain = find(toText(text));
      const isOwn = typeof text === "string" || (plain && !isTruncated(plain));
      return isOwn ? plain : find(nameText(text));
    },
    /** Writes embeddings, one for each text. @throws ExpectedError if they cannot be written */
    append(texts: readonly EmbedText[], embeddings: readonly Embedding[]): void {
      const records = embeddings.map((one, i) => {
        const text = texts[i] ?? "";
        return buildRecord(isTruncated(one) ? nameText(text) : toText(text), one, recordBytes);
      });
      explained(() => {
        own ??= openInside(join(path, `${Date.now()}-${randomUUID().slice(0, 8)}`), "create");
        appendWhole(own, Buffer.concat(records), fstatSync(own).size);
        scan();
      });
    },
    close(): void {
      for (const { file } of files.values()) closeSync(file);
      if (own !== null) closeSync(own);
    },
  };
}

function toKey(text: string): Buffer {
  return createHash("sha256").update(text).digest().subarray(0, keyBytes);
}

function buildRecord(text: string, { vector, tokens, kept }: Embedding, length: number): Buffer {
  const record = Buffer.alloc(length);
  record.set(toKey(text));
  record.writeUInt32LE(tokens, keyBytes);
  record.writeUInt32LE(kept, keyBytes + 4);
  record.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), keyBytes + 8);
  record.writeUInt32LE(crc32(record.subarray(0, -4)), length - 4);
  return record;
}

function parseRecord(record: Buffer): Embedding | null {
  if (crc32(record.subarray(0, -4)) !== record.readUInt32LE(record.length - 4)) return null;
  return {
    vector: new Float32Array(Uint8Array.from(record.subarray(keyBytes + 8, -4)).buffer),
    tokens: record.readUInt32LE(keyBytes),
    kept: record.readUInt32LE(keyBytes + 4),
  };
}
