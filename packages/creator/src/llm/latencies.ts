/** The latest latencies of one kind of requests, under the same load. */
export interface Latencies {
  add: (ms: number) => void;
  clear: () => void;
  /**
   * What another load is held against; null while too little is known.
   * @param factor that times latencies if the load makes them longer or shorter
   */
  toUsual: (factor: number) => Usual | null;
}

/** What requests of a kind usually take, and what tells whether that has changed. */
export interface Usual {
  /** In milliseconds, as the others. */
  median: number;
  mean: number;
  /** Between the usual and the changed median: what takes at most so long is fast. */
  bound: number;
  /** Logarithms of the odds that a fast or a slow one lends to a change. */
  odds: { fast: number; slow: number };
}

const room = 512;
const least = 16;

/** Opens a memory of latencies that holds the latest 512. */
export function openLatencies(): Latencies {
  const latest = new Float64Array(room);
  let count = 0;
  return {
    add(ms) {
      latest[count % room] = ms;
      count += 1;
    },
    clear() {
      count = 0;
    },
    toUsual: (factor) =>
      count < least ? null : toUsual(latest.slice(0, Math.min(count, room)).sort(), factor),
  };
}

function toUsual(sorted: Float64Array, factor: number): Usual {
  const median = sorted[sorted.length >> 1] as number;
  const bound = median * Math.sqrt(factor);
  const same = toShare(sorted, bound);
  const changed = toShare(sorted, bound / factor);
  const odds = { fast: Math.log(changed / same), slow: Math.log((1 - changed) / (1 - same)) };
  const mean = sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length;
  return { median, mean, bound, odds };
}

/** The share of values up to a bound; never none or all, so that no single one decides. */
function toShare(sorted: Float64Array, bound: number): number {
  const above = sorted.findIndex((value) => value > bound);
  const share = (above < 0 ? sorted.length : above) / sorted.length;
  return Math.min(Math.max(share, 0.05), 0.95);
}
