import { openNumberList } from "./number-list.ts";

/** Where things begin in a file: byte offsets that never fall. */
export interface OffsetList {
  readonly length: number;
  push: (offset: number) => void;
  get: (place: number) => number;
}

const turn = 2 ** 32;

/** Opens a list of 4 bytes an offset: its lower half, and the places from which the upper is one more. */
export function openOffsetList(): OffsetList {
  const low = openNumberList();
  const turns: number[] = [];
  return {
    get length() {
      return low.length;
    },
    push(offset) {
      while (turns.length < Math.floor(offset / turn)) turns.push(low.length);
      low.push(offset % turn);
    },
    get: (place) => low.get(place) + turn * turns.filter((from) => from <= place).length,
  };
}
