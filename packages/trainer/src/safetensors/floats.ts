/** Number types whose tensors can be read. */
export const floatTypes = ["F32", "F16", "BF16"] as const;
export type FloatType = (typeof floatTypes)[number];

export function isFloatType(dtype: string): dtype is FloatType {
  return (floatTypes as readonly string[]).includes(dtype);
}

/** Bytes of little-endian numbers, from the start of a buffer of their own -> floats. */
export const toFloats: Record<FloatType, (bytes: ArrayBuffer) => Float32Array> = {
  F32: (bytes) => new Float32Array(bytes),
  // Half of a float's bits, the upper one.
  BF16: (bytes) => widen(new Uint16Array(bytes), (half) => half << 16),
  F16: (bytes) => {
    halves ??= Int32Array.from({ length: 65536 }, (_, half) => toFloatBits(half));
    const table = halves;
    return widen(new Uint16Array(bytes), (half) => table[half] as number);
  },
};

/** The bits as a float of every half, made when first needed. */
let halves: Int32Array | null = null;

function widen(from: Uint16Array, toBits: (half: number) => number): Float32Array {
  const bits = new Int32Array(from.length);
  for (let i = 0; i < from.length; i++) bits[i] = toBits(from[i] as number);
  return new Float32Array(bits.buffer);
}

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
