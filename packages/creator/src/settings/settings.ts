import type { CreatedSetting, Example, Random } from "@seedling/core/internal";

/** An example that a request shows. */
export interface Shown {
  example: Example;
  /** Its line in `created.jsonl`, from 0; null: the formatting example, or not yet merged. */
  line: number | null;
  /** Requests between the formatting example and this one. */
  depth: number;
}

/** What one request shows, and how many requests showed it before: the number of its sample. */
export interface Turn {
  shown: Shown;
  asking: number;
}

/** What requests show, in the plan's order. */
export interface Queue {
  /** Adds what a processed reply lets be shown next. */
  add: (shown: readonly Shown[]) => void;
  /**
   * Takes the next turn. A dry queue starts again from its head.
   * @param settled whether no reply is out that could add to the queue
   * @returns null while the queue is dry and a reply may still add to it
   */
  take: (settled: boolean) => Turn | null;
}

/** What a setting looks at when it chooses. */
export interface ChoiceContext {
  /** The example that the processed request showed. */
  shown: Example;
  random: Random;
  /** Computes the cosine of each other question with the first one, in [-1, 1]. */
  similarities: (question: string, others: readonly string[]) => Promise<number[]>;
}

/** A setting (paper, section 2.3; data_creation.py and data_creation_tree.py of the original). */
export interface Setting {
  /** Chooses which of the examples that a reply created are shown next, by index; none: the shown one again. */
  next: (created: readonly Example[], ctx: ChoiceContext) => number[] | Promise<number[]>;
  /** @param read reads a kept example back by its line */
  createQueue: (formatting: Example, read: (line: number) => Example) => Queue;
  /** Whether the more is kept, the more can be asked at once. */
  grows: boolean;
}

/** The five settings. */
export const settings: Record<CreatedSetting, Setting> = {
  naive: { next: () => [], createQueue: createRepetition, grows: false },
  random: chain((created, { random }) => random.int(created.length)),
  diverse: chain((created, ctx) => findHighest(created, ctx, (similarity) => -similarity)),
  similar: chain((created, ctx) => findHighest(created, ctx, (similarity) => similarity)),
  tree: { next: (created) => created.map((_, i) => i), createQueue: createTree, grows: true },
};

/** Shows one example after the other; after a reply with nothing new the same one again. */
function chain(
  choose: (created: readonly Example[], ctx: ChoiceContext) => number | Promise<number>,
): Setting {
  return {
    next: async (created, ctx) => (created.length === 0 ? [] : [await choose(created, ctx)]),
    createQueue: createChainQueue,
    grows: false,
  };
}

/** Finds the example whose question has the highest score against the shown one's; the first of equals. */
async function findHighest(
  created: readonly Example[],
  { shown, similarities }: ChoiceContext,
  score: (similarity: number) => number,
): Promise<number> {
  const questions = created.map(({ question }) => question);
  const scores = (await similarities(shown.question, questions)).map(score);
  return scores.indexOf(Math.max(...scores));
}

/** Shows the formatting example again and again. */
function createRepetition(formatting: Example): Queue {
  const shown: Shown = { example: formatting, line: null, depth: 0 };
  let asking = 0;
  return { add() {}, take: () => ({ shown, asking: asking++ }) };
}

/** Shows one example after the other, each known only when the reply before it is processed. */
function createChainQueue(formatting: Example): Queue {
  let turn: Turn = { shown: { example: formatting, line: null, depth: 0 }, asking: 0 };
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
}

/**
 * Shows the formatting example, then every kept example in the order of its line. In memory are only
 * their depths; an example is read back when its turn comes.
 */
function createTree(formatting: Example, read: (line: number) => Example): Queue {
  const depths: number[] = [];
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
      const index = next++;
      const line = index - 1;
      const shown: Shown =
        line < 0
          ? { example: formatting, line: null, depth: 0 }
          : { example: read(line), line, depth: depths[line] as number };
      return { shown, asking: ends.filter((end) => end > index).length };
    },
  };
}
