import type { ExpectedError } from "@seedling/core/internal";
import { z } from "zod";

/** A tensor in a safetensors file. */
export interface TensorEntry {
  /** The number type by the format's name, such as "F32". */
  dtype: string;
  shape: number[];
  /** Its first byte and the one after its last, counted from the start of the file. */
  from: number;
  to: number;
}

export interface SafetensorsHeader {
  /** In the order of the file. */
  tensors: Map<string, TensorEntry>;
  metadata: Record<string, string>;
}

/** Creates the error of a damaged file from what was expected and what came. */
export type CreateFault = (reason: string) => ExpectedError;

/** Bytes of a number. The sizes of tensors of other types are not checked. */
const widths: Record<string, number> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** The format's limit, in bytes. */
const longestHeader = 100_000_000;

const count = z.number().int().nonnegative();
const entrySchema = z.object({
  dtype: z.string().min(1),
  shape: z.array(count),
  data_offsets: z.tuple([count, count]),
});
const headerSchema = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string());

/**
 * Parses the first eight bytes: the header's length, little-endian.
 * @param size of the whole file, in bytes
 */
export function parseHeaderLength(start: Uint8Array, size: number, fault: CreateFault): number {
  if (size < 8) throw fault(`expected at least 8 bytes, got ${size}`);
  const eight = Buffer.from(start.buffer, start.byteOffset, 8);
  if (eight.toString("latin1") === "version ")
    throw fault("expected weights, got a pointer of Git LFS: `git lfs pull` fetches the file");
  const length = eight.readBigUInt64LE(0);
  if (length > longestHeader)
    throw fault(`expected a header of at most ${longestHeader} bytes, got a length of ${length}`);
  if (length > size - 8)
    throw fault(`expected a header of ${length} bytes, got a file that ends after ${size - 8}`);
  return Number(length);
}

/**
 * Parses a header, and checks that its tensors fill the rest of the file without gap or overlap.
 * @param json the bytes between the length and the values
 * @param size of the whole file, in bytes
 */
export function parseHeader(json: Uint8Array, size: number, fault: CreateFault): SafetensorsHeader {
  const { __metadata__ = {}, ...entries } = parseObject(json, fault);
  const metadata = metadataSchema.safeParse(__metadata__);
  if (!metadata.success) throw fault("expected texts as metadata");
  const start = 8 + json.length;
  const found = Object.entries(entries)
    .map(([name, value]) => [name, parseEntry(name, value, start, fault)] as const)
    .sort(([, a], [, b]) => a.from - b.from || a.to - b.to);
  let end = start;
  let before = "the header";
  for (const [name, { from, to }] of found) {
    if (from !== end)
      throw fault(
        `tensor ${name}: expected it right after ${before}, at byte ${end}, got byte ${from}`,
      );
    end = to;
    before = name;
  }
  if (end !== size)
    throw fault(
      `expected ${end} bytes, as its header says, got ${size}${nameTruncated(found, size)}`,
    );
  return { tensors: new Map(found), metadata: metadata.data };
}

/** Counts the numbers of a shape. */
export function countNumbers(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

function nameTruncated(found: readonly (readonly [string, TensorEntry])[], size: number): string {
  const truncated = found.find(([, { to }]) => to > size);
  return truncated ? `; it ends before the end of tensor ${truncated[0]}` : "";
}

function parseEntry(name: string, value: unknown, start: number, fault: CreateFault): TensorEntry {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success)
    throw fault(
      `tensor ${name}: expected dtype, shape and data_offsets, got ${JSON.stringify(value).slice(0, 200)}`,
    );
  const { dtype, shape, data_offsets } = parsed.data;
  const [from, to] = data_offsets;
  const width = Object.hasOwn(widths, dtype) ? widths[dtype] : undefined;
  const bytes = width === undefined ? null : width * countNumbers(shape);
  if (to < from || (bytes !== null && to - from !== bytes))
    throw fault(
      `tensor ${name}: expected ${bytes ?? "some"} bytes for ${dtype} [${shape}], ` +
        `got offsets ${from} to ${to}`,
    );
  return { dtype, shape, from: start + from, to: start + to };
}

function parseObject(json: Uint8Array, fault: CreateFault): Record<string, unknown> {
  try {
    return headerSchema.parse(JSON.parse(Buffer.from(json).toString()));
  } catch {
    throw fault("expected a JSON object as its header");
  }
}
