// Protobuf's wire format, as much of it as ONNX needs (protobuf.dev/programming-guides/encoding).

/** Bytes of a message; many of them are made when they are written. */
export type Chunk = Uint8Array | { length: number; make: () => Uint8Array };

export function measureChunks(parts: readonly Chunk[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** Encodes a field: a whole number, a text, bytes, or a message of its own fields. */
export function encodeField(
  number: number,
  value: number | string | Uint8Array | readonly Chunk[],
): Chunk[] {
  if (typeof value === "number")
    return [Uint8Array.of(...encodeVarint(number * 8), ...encodeVarint(value))];
  const parts = Array.isArray(value) ? value : [toBytes(value as string | Uint8Array)];
  const length = encodeVarint(measureChunks(parts));
  return [Uint8Array.of(...encodeVarint(number * 8 + 2), ...length), ...parts];
}

/** Encodes a field of a 32-bit float. */
export function encodeFloat(number: number, value: number): Chunk[] {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return [Uint8Array.of(...encodeVarint(number * 8 + 5), ...bytes)];
}

function toBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? Buffer.from(value) : value;
}

/** Seven bits a byte, the lowest first; a negative number as the 64 bits of its two's complement. */
function encodeVarint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}
