import { type FileHandle, open } from "node:fs/promises";
import { ExpectedError, toMessage } from "@seedling/core/internal";
import {
  type CreateFault,
  parseHeader,
  parseHeaderLength,
  type SafetensorsHeader,
  type TensorEntry,
} from "./safetensors-header.ts";

/** An open safetensors file, of which one tensor at a time is read. */
export interface SafetensorsFile {
  tensors: ReadonlyMap<string, TensorEntry>;
  metadata: Record<string, string>;
  /**
   * Reads one tensor's numbers, row by row.
   * @throws ExpectedError if they are of another type than F32, F16 and BF16, or the file has become shorter
   */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Node reads at most 2 GiB at once. */
const mostAtOnce = 2 ** 30;

/**
 * Opens a safetensors file, and checks its header against its size.
 * @param mend what to do about a damaged file, for errors
 * @throws ExpectedError naming the file, the tensor, what was expected and what came
 */
export async function openSafetensors(
  path: string,
  mend = "fetch the file again",
): Promise<SafetensorsFile> {
  const fault: CreateFault = (reason) =>
    new ExpectedError(`${path}: not a whole safetensors file: ${reason}; ${mend}`);
  const handle = await open(path).catch((cause) => {
    throw new ExpectedError(`cannot read ${path}: ${toMessage(cause)}`, { cause });
  });
  const read = (from: number, to: number) => readSlice(handle, from, to, fault);
  const header = await readHeader(handle, read, fault).catch(async (error) => {
    await handle.close();
    throw error;
  });
  return {
    ...header,
    async read(name) {
      const entry = header.tensors.get(name);
      if (!entry) throw new RangeError(`${path} has no tensor ${name}`);
      if (!isFloatType(entry.dtype))
        throw new ExpectedError(
          `${path}: tensor ${name}: expected numbers of type ${floatTypes.join(", ")}, got ${entry.dtype}; take a model that is not quantised, saved in Python by model.float().save_pretrained(folder)`,
        );
      return decodeFloats[entry.dtype](await read(entry.from, entry.to));
    },
    close: () => handle.close(),
  };
}

async function readHeader(
  handle: FileHandle,
  read: (from: number, to: number) => Promise<ArrayBuffer>,
  fault: CreateFault,
): Promise<SafetensorsHeader> {
  const { size } = await handle.stat();
  const start = new Uint8Array(await read(0, Math.min(8, size)));
  const length = parseHeaderLength(start, size, fault);
  return parseHeader(new Uint8Array(await read(8, 8 + length)), size, fault);
}

async function readSlice(
  handle: FileHandle,
  from: number,
  to: number,
  fault: CreateFault,
): Promise<ArrayBuffer> {
  const bytes = new ArrayBuffer(to - from);
  let done = 0;
  while (done < bytes.byteLength) {
    const rest = new Uint8Array(bytes, done, Math.min(mostAtOnce, bytes.byteLength - done));
    const { bytesRead } = await handle.read(rest, 0, rest.length, from + done);
    if (bytesRead === 0) throw fault(`expected bytes up to ${to}, got ${from + done}`);
    done += bytesRead;
  }
  return bytes;
}

/** Number types whose tensors can be read. */
export const floatTypes = ["F32", "F16", "BF16"] as const;
export type FloatType = (typeof floatTypes)[number];

export function isFloatType(dtype: string): dtype is FloatType {
  return (floatTypes as readonly string[]).includes(dtype);
}

/** Decodes little-endian numbers, the only content of a buffer. */
export const decodeFloats: Record<FloatType, (bytes: ArrayBuffer) => Float32Array> = {
  F32: (bytes) => new Float32Array(bytes),
  BF16(bytes) {
    const upper = new Uint16Array(bytes);
    const bits = new Int32Array(upper.length);
    for (let i = 0; i < upper.length; i++) bits[i] = (upper[i] as number) << 16;
    return new Float32Array(bits.buffer);
  },
  F16(bytes) {
    halfBits ??= Int32Array.from({ length: 65536 }, (_, half) => toFloatBits(half));
    const table = halfBits;
    const halves = new Uint16Array(bytes);
    const bits = new Int32Array(halves.length);
    for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i] as number] as number;
    return new Float32Array(bits.buffer);
  },
};

/** The bits of every 16-bit float as a 32-bit float, computed when first needed. */
let halfBits: Int32Array | null = null;

/** IEEE 754: 1 sign, 5 exponent, 10 fraction bits -> 1, 8, 23. */
function toFloatBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Too small for the exponent: the first set bit becomes the hidden one.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}
