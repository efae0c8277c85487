import type { CreatedSetting, Example, Random } from "@seedling/core";

/** What a reference may look at. */
export interface Surroundings {
  /** The example that the settled request showed. */
  shown: Example;
  random: Random;
  /** Cosine of each question with the first one. */
  similarities: (question: string, others: readonly string[]) => Promise<number[]>;
}

/**
 * A setting: given what a reply just created, which examples are shown next? (Paper, section 2.3;
 * data_creation.py and data_creation_tree.py of the original.)
 */
export interface Setting {
  next: (created: readonly Example[], at: Surroundings) => Example[] | Promise<Example[]>;
  /** Whether a dry queue waits for the replies still out before it starts again from its head. */
  waits: boolean;
}

/** The five settings. */
export const settings: Record<CreatedSetting, Setting> = {
  /** Always the formatting example: the queue's head, again and again. */
  naive: { next: () => [], waits: false },
  random: chain((created, { random }) => random.pick(created)),
  diverse: chain((created, at) => mostBy(created, at, (similarity) => -similarity)),
  similar: chain((created, at) => mostBy(created, at, (similarity) => similarity)),
  tree: { next: (created) => [...created], waits: true },
};

/** One example after the other; a reply with nothing new leaves the same one to be shown again. */
function chain(
  choose: (created: readonly Example[], at: Surroundings) => Example | Promise<Example>,
): Setting {
  return {
    next: async (created, at) => [created.length === 0 ? at.shown : await choose(created, at)],
    waits: true,
  };
}

/** The example whose question has the highest score against the shown one's; the first of equals. */
async function mostBy(
  created: readonly Example[],
  { shown, similarities }: Surroundings,
  score: (similarity: number) => number,
): Promise<Example> {
  const questions = created.map(({ question }) => question);
  const scores = (await similarities(shown.question, questions)).map(score);
  return created[scores.indexOf(Math.max(...scores))] as Example;
}
