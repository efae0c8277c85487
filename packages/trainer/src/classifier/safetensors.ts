import { ExpectedError } from "@seedling/core";
import { z } from "zod";

/** A tensor at rest: row-major values, as many as the product of its shape. */
export interface StoredTensor {
  shape: number[];
  data: Float32Array;
}

export interface Safetensors {
  tensors: Record<string, StoredTensor>;
  metadata: Record<string, string>;
}

const count = z.number().int().nonnegative();
const entrySchema = z.object({
  dtype: z.literal("F32"),
  shape: z.array(count),
  data_offsets: z.tuple([count, count]),
});
const headerSchema = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string());

/**
 * Renders tensors in the safetensors format: the header's length (8 bytes, little-endian), a JSON
 * header padded with spaces to a multiple of 8, the values. Names are sorted: equal tensors give
 * equal bytes.
 * @throws RangeError if a shape does not fit its data
 */
export function renderSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const header: Record<string, unknown> = {};
  const chunks: Buffer[] = [];
  let end = 0;
  if (Object.keys(metadata).length > 0)
    header.__metadata__ = Object.fromEntries(Object.entries(metadata).sort(byName));
  for (const [name, { shape, data }] of Object.entries(tensors).sort(byName)) {
    if (toSize(shape) !== data.length)
      throw new RangeError(`tensor ${name}: shape [${shape}] does not hold ${data.length} values`);
    const chunk = Buffer.alloc(4 * data.length);
    data.forEach((value, i) => {
      chunk.writeFloatLE(value, 4 * i);
    });
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + chunk.length] };
    end += chunk.length;
    chunks.push(chunk);
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, " ");
  padded.set(json);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...chunks]);
}

/**
 * Parses a safetensors file of F32 tensors, and checks that its tensors fill it without a gap.
 * @param name the file, for errors
 * @throws ExpectedError naming the file, what was expected and what came
 */
export function parseSafetensors(bytes: Uint8Array, name: string): Safetensors {
  const fail = (reason: string) => new ExpectedError(`${name}: not a safetensors file: ${reason}`);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 8) throw fail(`expected at least 8 bytes, got ${file.length}`);
  const headerLength = file.readBigUInt64LE(0);
  if (headerLength > file.length - 8)
    throw fail(`expected a header of ${headerLength} bytes, got ${file.length - 8}`);
  const start = 8 + Number(headerLength);
  const { __metadata__ = {}, ...entries } = parseHeader(file.subarray(8, start), fail);
  const metadata = metadataSchema.safeParse(__metadata__);
  if (!metadata.success) throw fail("expected texts as metadata");

  const tensors: Record<string, StoredTensor> = {};
  const filled: [number, number][] = [];
  for (const [tensor, value] of Object.entries(entries)) {
    const entry = entrySchema.safeParse(value);
    if (!entry.success)
      throw fail(
        `tensor ${tensor}: expected dtype F32, a shape and data_offsets, got ${JSON.stringify(value)}`,
      );
    const { shape, data_offsets } = entry.data;
    const [from, to] = data_offsets;
    if (to - from !== 4 * toSize(shape) || start + to > file.length)
      throw fail(
        `tensor ${tensor}: expected ${4 * toSize(shape)} bytes for shape [${shape}] within ` +
          `${file.length - start}, got offsets ${from} to ${to}`,
      );
    filled.push([from, to]);
    tensors[tensor] = { shape, data: readFloats(file.subarray(start + from, start + to)) };
  }
  let end = 0;
  for (const [from, to] of filled.sort(([a, b], [c, d]) => a - c || b - d)) {
    if (from !== end) throw fail(`expected a tensor at byte ${end} of the values, got ${from}`);
    end = to;
  }
  if (start + end !== file.length)
    throw fail(`expected ${end} bytes of values, got ${file.length - start}`);
  return { tensors, metadata: metadata.data };
}

function parseHeader(json: Buffer, fail: (reason: string) => Error): Record<string, unknown> {
  try {
    return headerSchema.parse(JSON.parse(json.toString()));
  } catch {
    throw fail("expected a JSON object as its header");
  }
}

function readFloats(bytes: Buffer): Float32Array {
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

function toSize(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
