/** Number types whose tensors can be read. */
export const floatTypes = ["F32", "F16", "BF16"] as const;
export type FloatType = (typeof floatTypes)[number];

export function isFloatType(dtype: string): dtype is FloatType {
  return (floatTypes as readonly string[]).includes(dtype);
}

/** Bytes of little-endian numbers, from the start of a buffer of their own -> floats. */
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

/** The bits of every half as a float, made when first needed. */
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
