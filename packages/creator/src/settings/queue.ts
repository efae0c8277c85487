import type { Example } from "@seedling/core/internal";
import { openNumberList } from "../llm/number-list.ts";

/** An example that a request shows. */
export interface Shown {
  example: Example;
  /** Its line in `created.jsonl`, from 0; null: the formatting example, or not yet merged. */
  line: number | null;
  /** Requests between the formatting example and this one. */
  depth: number;
}

/** What the next request shows, and how often it was asked with already: numbers its samples. */
export interface Turn {
  shown: Shown;
  asking: number;
}

/** What requests show, in the plan's order. */
export interface Queue {
  /** Takes in what a settled reply lets be shown next; a chain with nothing new shows the same again. */
  add: (shown: readonly Shown[]) => void;
  /**
   * The next one; a dry queue starts again from its head.
   * @param settled whether no reply is out that could add to the queue
   * @returns null if it is dry and a reply may still add to it
   */
  take: (settled: boolean) => Turn | null;
}

/** Opens a queue. @param read reads a kept example back by its line */
export type OpenQueue = (formatting: Example, read: (line: number) => Example) => Queue;

function toHead(example: Example): Shown {
  return { example, line: null, depth: 0 };
}

/** The formatting example, again and again. */
export const openRepetition: OpenQueue = (formatting) => {
  const shown = toHead(formatting);
  let asking = 0;
  return { add() {}, take: () => ({ shown, asking: asking++ }) };
};

/** One example after the other, each known only when the reply before it is settled. */
export const openChain: OpenQueue = (formatting) => {
  let turn: Turn = { shown: toHead(formatting), asking: 0 };
  let ready = true;
  return {
    add([shown]) {
      turn = shown ? { shown, asking: 0 } : { ...turn, asking: turn.asking + 1 };
      ready = true;
    },
    take() {
      if (!ready) return null;
      ready = false;
      return turn;
    },
  };
};

/**
 * Every kept example in the order of its line, after the formatting example. Of those that wait
 * nothing but their depth is held; they are read back when their turn comes.
 */
export const openTree: OpenQueue = (formatting, read) => {
  const head = toHead(formatting);
  const depths = openNumberList();
  /** Where the queue ended each time it started again. */
  const ends: number[] = [];
  let next = 0;
  return {
    add(shown) {
      for (const { depth } of shown) depths.push(depth);
    },
    take(settled) {
      if (next > depths.length) {
        if (!settled) return null;
        ends.push(next);
        next = 0;
      }
      const place = next++;
      const line = place - 1;
      const shown = line < 0 ? head : { example: read(line), line, depth: depths.get(line) };
      return { shown, asking: ends.filter((end) => end > place).length };
    },
  };
};
