/** Numbers in the order in which they came. */
export interface NumberList {
  readonly length: number;
  push: (value: number) => void;
  /** @throws RangeError for a place that is not there */
  get: (place: number) => number;
}

const chunkBits = 12;
const chunkLength = 1 << chunkBits;

const kinds = { u32: Uint32Array, f64: Float64Array };

/**
 * Opens a list that grows by chunks of 4,096 numbers: 4 bytes a number (u32: whole ones below 2^32)
 * or 8 (f64), and nothing kept in reserve but the rest of one chunk.
 */
export function openNumberList(kind: keyof typeof kinds): NumberList {
  const Chunk = kinds[kind];
  const chunks: (Uint32Array | Float64Array)[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value) {
      const at = length & (chunkLength - 1);
      if (at === 0) chunks.push(new Chunk(chunkLength));
      (chunks[length >>> chunkBits] as Uint32Array)[at] = value;
      length += 1;
    },
    get(place) {
      const value = chunks[place >>> chunkBits]?.[place & (chunkLength - 1)];
      if (value === undefined || place < 0 || place >= length)
        throw new RangeError(`no number ${place} among ${length}`);
      return value;
    },
  };
}
