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
  /** Finds, where a chunk of requests ends, what of all that was kept the classifier is least sure of; else nothing. */
  leastSure: () => readonly Shown[];
}

/** What each request shows, and asks for (paper, section 2.3; data_creation.py and data_creation_tree.py of the original). */
export interface Setting {
  /** Chooses which of the examples that a reply created are shown next. */
  next: (created: readonly Shown[], ctx: ChoiceContext) => readonly Shown[] | Promise<Shown[]>;
  /**
   * What is shown when everything was. repetition: all again at once; chain: the last again, if the
   * reply to it brings nothing; tree: all again from the head, if no reply is out that could add to it; chunk: what was
   * added last again at once, and at the beginning of each chunk nothing while a reply is out.
   */
  order: "repetition" | "chain" | "tree" | "chunk";
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
  feedback: { next: (_, { leastSure }) => [...leastSure()], order: "chunk" },
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

/**
 * Creates the queue of what requests show, in the plan's order, from the formatting examples on.
 * @param chunk requests of a chunk
 */
export function createQueue(
  order: Setting["order"],
  formatting: readonly Example[],
  chunk: number,
) {
  const all = formatting.map((example): Shown => ({ example, line: null, depth: 0 }));
  const askings = new Map<Shown, number>();
  let next = 0;
  let taken = 0;
  /** Where what was added last begins. */
  let latest = 0;
  return {
    /** Adds what a processed reply lets be shown next. */
    add(shown: readonly Shown[]) {
      if (shown.length === 0) return;
      latest = all.length;
      if (order === "chunk") next = latest;
      all.push(...shown);
    },
    /** Shows an example no more, since the server refuses it; the formatting examples stay. */
    drop(shown: Shown) {
      const index = all.indexOf(shown);
      if (index < formatting.length) return;
      all.splice(index, 1);
      if (index < next) next -= 1;
      if (index < latest) latest -= 1;
    },
    /**
     * Takes what the next request shows, with how many requests showed it before: the number of its sample.
     * @param settled whether no reply is out that could add to the queue
     * @returns null while everything was shown and a reply may still add to it
     */
    take(settled: boolean) {
      if (order === "chunk" && taken % chunk === 0 && !settled) return null;
      if (next === all.length) {
        if ((order === "chain" || order === "tree") && !settled) return null;
        const again = { repetition: 0, tree: 0, chain: all.length - 1, chunk: latest }[order];
        next = Math.min(again, all.length - 1);
      }
      taken += 1;
      const shown = all[next++] as Shown;
      const asking = askings.get(shown) ?? 0;
      askings.set(shown, asking + 1);
      return { shown, asking };
    },
  };
}
