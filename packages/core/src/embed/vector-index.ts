/** Where in a file the record of a key is. A key: at least 8 bytes that are spread evenly. */
export interface VectorIndex {
  /** The place of a key, or null. Two keys that begin with the same 8 bytes count as one. */
  find(key: Buffer): number | null;
  /** The last place that is set for a key holds. */
  set(key: Buffer, place: number): void;
}

/** A hash table with open addressing in typed arrays: 21 to 43 bytes a key once it has grown. */
export function openVectorIndex(capacity = 1024): VectorIndex {
  let size = 0;
  let table = openTable(capacity);

  function set(slot: number, high: number, low: number, place: number): void {
    table.highs[slot] = high;
    table.lows[slot] = low;
    table.places[slot] = place;
  }

  function grow(): void {
    const old = table;
    table = openTable(2 * old.places.length);
    for (const [i, place] of old.places.entries()) {
      const high = old.highs[i] ?? 0;
      const low = old.lows[i] ?? 0;
      if (place >= 0) set(findSlot(table, high, low), high, low, place);
    }
  }

  return {
    find(key) {
      const slot = findSlot(table, key.readUInt32LE(0), key.readUInt32LE(4));
      const place = table.places[slot] ?? -1;
      return place < 0 ? null : place;
    },
    set(key, place) {
      const high = key.readUInt32LE(0);
      const low = key.readUInt32LE(4);
      const slot = findSlot(table, high, low);
      if ((table.places[slot] ?? -1) < 0) size++;
      set(slot, high, low, place);
      if (size > 0.75 * table.places.length) grow();
    },
  };
}

interface Table {
  highs: Uint32Array;
  lows: Uint32Array;
  /** -1: free. Numbers of 8 bytes, since files may exceed 4 GB. */
  places: Float64Array;
}

function openTable(capacity: number): Table {
  return {
    highs: new Uint32Array(capacity),
    lows: new Uint32Array(capacity),
    places: new Float64Array(capacity).fill(-1),
  };
}

/** The slot that has a key, or the free one where it belongs. Capacities are powers of two. */
function findSlot({ highs, lows, places }: Table, high: number, low: number): number {
  const mask = places.length - 1;
  let slot = low & mask;
  while ((places[slot] ?? -1) >= 0 && !(highs[slot] === high && lows[slot] === low))
    slot = (slot + 1) & mask;
  return slot;
}
