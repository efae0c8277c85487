import type { Example } from "@seedling/core";

/** An example that a request shows. */
export interface Shown {
  example: Example;
  /** Its line in `created.jsonl`, from 0; null: the formatting example. */
  line: number | null;
  /** Requests between the formatting example and this one. */
  depth: number;
  /** How often it was asked with already: numbers the samples of one message. */
  askings: number;
}

/** What requests show, in the plan's order. */
export interface Queue {
  add: (shown: Shown) => void;
  /**
   * The next one; a dry queue starts again from its head.
   * @param settled whether no reply is out that could add to the queue
   * @returns null if it is dry and a reply may still add to it
   */
  take: (settled: boolean) => Shown | null;
}

/** Opens a queue of the formatting example alone. @param waits whether replies add to it */
export function openQueue(formatting: Example, waits: boolean): Queue {
  const all: Shown[] = [{ example: formatting, line: null, depth: 0, askings: 0 }];
  let next = 0;
  return {
    add: (shown) => void all.push(shown),
    take(settled) {
      if (next === all.length) {
        if (waits && !settled) return null;
        next = 0;
      }
      return all[next++] ?? null;
    },
  };
}
