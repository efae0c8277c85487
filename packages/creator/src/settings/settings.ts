import type { CreatedSetting, Example, Random } from "@seedling/core/internal";

/** An example that a request shows. */
export interface Shown {
  example: Example;
  /** Its line in `created.jsonl`, from 0; null: the formatting example, or not yet merged. */
  line: number | null;
  /** Requests between the formatting example and this one. */
  depth: number;
}

/** What a setting looks at when it chooses. */
export interface ChoiceContext {
  /** The example that the processed request showed. */
  shown: Example;
  random: Random;
  /** Computes the cosine of each other question with the first one, in [-1, 1]. */
  similarities: (question: string, others: readonly string[]) => Promise<number[]>;
}

/** What each request shows, and asks for (paper, section 2.3; data_creation.py and data_creation_tree.py of the original). */
export interface Setting {
  /** Chooses which of the examples that a reply created are shown next. */
  next: (created: readonly Shown[], ctx: ChoiceContext) => readonly Shown[] | Promise<Shown[]>;
  /**
   * What is shown when everything was. repetition: all again at once; chain: the last again, if the
   * reply to it brings nothing; tree: all again from the head, if no reply is out that could add to it.
   */
  order: "repetition" | "chain" | "tree";
  /** Whether the model first names what examples differ in, and each request asks for a leaf of that. */
  asksForLeaf?: true;
}

/** The paper's five settings, and what came later. */
export const settings: Record<CreatedSetting, Setting> = {
  naive: { next: () => [], order: "repetition" },
  random: {
    next: (created, { random }) => (created.length === 0 ? [] : [random.pick(created)]),
    order: "chain",
  },
  diverse: { next: (created, ctx) => findHighest(created, ctx, (one) => -one), order: "chain" },
  similar: { next: (created, ctx) => findHighest(created, ctx, (one) => one), order: "chain" },
  tree: { next: (created) => created, order: "tree" },
  attributes: { next: () => [], order: "repetition", asksForLeaf: true },
};

/** Finds the example whose question has the highest score against the shown one's; the first of equals. */
async function findHighest(
  created: readonly Shown[],
  { shown, similarities }: ChoiceContext,
  score: (similarity: number) => number,
): Promise<Shown[]> {
  if (created.length === 0) return [];
  const questions = created.map(({ example }) => example.question);
  const scores = (await similarities(shown.question, questions)).map(score);
  return [created[scores.indexOf(Math.max(...scores))] as Shown];
}

/** Creates the queue of what requests show, in the plan's order, from the formatting examples on. */
export function createQueue(order: Setting["order"], formatting: readonly Example[]) {
  const all = formatting.map((example) => {
    const shown: Shown = { example, line: null, depth: 0 };
    return { shown, askings: 0 };
  });
  let next = 0;
  return {
    /** Adds what a processed reply lets be shown next. */
    add(shown: readonly Shown[]) {
      for (const one of shown) all.push({ shown: one, askings: 0 });
    },
    /** Shows an example no more, since the server refuses it; the formatting examples stay. */
    drop(shown: Shown) {
      const index = all.findIndex((turn) => turn.shown === shown);
      if (index < formatting.length) return;
      all.splice(index, 1);
      if (index < next) next -= 1;
    },
    /**
     * Takes what the next request shows, with how many requests showed it before: the number of its sample.
     * @param settled whether no reply is out that could add to the queue
     * @returns null while everything was shown and a reply may still add to it
     */
    take(settled: boolean) {
      if (next === all.length) {
        if (order !== "repetition" && !settled) return null;
        next = order === "chain" ? all.length - 1 : 0;
      }
      const turn = all[next++] as (typeof all)[number];
      return { shown: turn.shown, asking: turn.askings++ };
    },
  };
}
