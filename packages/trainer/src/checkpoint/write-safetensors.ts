import { writeFile } from "node:fs/promises";
import { countNumbers, makeAtomic } from "@seedling/core/internal";

/** A tensor to be written. */
export interface WrittenTensor {
  shape: readonly number[];
  /** Its numbers, row by row; a function is called when they are written, and its result then freed. */
  data: Float32Array | (() => Float32Array | Promise<Float32Array>);
}

/**
 * Writes tensors as a safetensors file, whole or not at all: the header's length (8 bytes,
 * little-endian), a JSON header padded with spaces to a multiple of 8, the numbers as F32. Names are
 * sorted: equal tensors give equal bytes. Tensors are not copied.
 * @param metadata {format: "pt"} where the Python libraries are to load it
 * @throws RangeError if a shape does not fit its data, ExpectedError if the file cannot be written
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, WrittenTensor>,
  metadata?: Record<string, string>,
): Promise<void> {
  await makeAtomic(path, (part) =>
    writeFile(part, renderFile(tensors, metadata), { flag: "wx", flush: true }),
  );
}

async function* renderFile(
  tensors: ReadonlyMap<string, WrittenTensor>,
  metadata?: Record<string, string>,
): AsyncGenerator<Uint8Array> {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  yield renderHeader(sorted, metadata);
  for (const [name, { shape, data }] of sorted) {
    const values = typeof data === "function" ? await data() : data;
    if (countNumbers(shape) !== values.length)
      throw new RangeError(
        `tensor ${name}: shape [${shape}] does not hold ${values.length} values`,
      );
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}

function renderHeader(
  sorted: readonly [string, WrittenTensor][],
  metadata?: Record<string, string>,
): Buffer {
  const header: [string, unknown][] = metadata ? [["__metadata__", metadata]] : [];
  let end = 0;
  for (const [name, { shape }] of sorted) {
    const from = end;
    end += 4 * countNumbers(shape);
    header.push([name, { dtype: "F32", shape, data_offsets: [from, end] }]);
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const start = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, " ");
  start.writeBigUInt64LE(BigInt(start.length - 8));
  start.set(json, 8);
  return start;
}
