/** Numbers in the order in which they came. */
export interface NumberList {
  readonly length: number;
  push: (value: number) => void;
  /** @throws RangeError for a place that is not there */
  get: (place: number) => number;
}

const chunkBits = 12;
const chunkLength = 1 << chunkBits;

/**
 * Opens a list of whole numbers below 2^32 that grows by chunks of 4,096: 4 bytes a number, and nothing
 * kept in reserve but the rest of one chunk.
 */
export function openNumberList(): NumberList {
  const chunks: Uint32Array[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value) {
      const at = length & (chunkLength - 1);
      if (at === 0) chunks.push(new Uint32Array(chunkLength));
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
