import type { CreatedSetting, Example, Random } from "@seedling/core/internal";
import { type OpenQueue, openChain, openRepetition, openTree } from "./queue.ts";

/** What a reference may look at. */
export interface Surroundings {
  /** The example that the settled request showed. */
  shown: Example;
  random: Random;
  /** Cosine of each question with the first one. */
  similarities: (question: string, others: readonly string[]) => Promise<number[]>;
}

/** Given what a reply just created, which examples are shown next? Their places among the created; none: the shown one again. */
export type Reference = (
  created: readonly Example[],
  at: Surroundings,
) => number[] | Promise<number[]>;

/** A setting (paper, section 2.3; data_creation.py and data_creation_tree.py of the original). */
export interface Setting {
  next: Reference;
  openQueue: OpenQueue;
  /** Whether more can be asked at once the more is kept. */
  grows: boolean;
}

/** The five settings. */
export const settings: Record<CreatedSetting, Setting> = {
  /** Always the formatting example. */
  naive: { next: () => [], openQueue: openRepetition, grows: false },
  random: chain((created, { random }) => random.int(created.length)),
  diverse: chain((created, at) => mostBy(created, at, (similarity) => -similarity)),
  similar: chain((created, at) => mostBy(created, at, (similarity) => similarity)),
  tree: { next: (created) => created.map((_, i) => i), openQueue: openTree, grows: true },
};

/** One example after the other; a reply with nothing new leaves the same one to be shown again. */
function chain(
  choose: (created: readonly Example[], at: Surroundings) => number | Promise<number>,
): Setting {
  return {
    next: async (created, at) => (created.length === 0 ? [] : [await choose(created, at)]),
    openQueue: openChain,
    grows: false,
  };
}

/** The example whose question has the highest score against the shown one's; the first of equals. */
async function mostBy(
  created: readonly Example[],
  { shown, similarities }: Surroundings,
  score: (similarity: number) => number,
): Promise<number> {
  const questions = created.map(({ question }) => question);
  const scores = (await similarities(shown.question, questions)).map(score);
  return scores.indexOf(Math.max(...scores));
}
