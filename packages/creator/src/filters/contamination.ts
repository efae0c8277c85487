import { type CloseText, createOverlapSearch, type Example } from "@seedling/core/internal";
import type { CloseItem } from "./checks.ts";
import { createVectorList, type EmbedOne } from "./cosine.ts";

/** A split that is evaluated on, or that a classifier is chosen by. */
export interface ComparedSplit {
  task: string;
  split: "dev" | "test";
  examples: readonly Example[];
}

/** From where on a text is too close. */
export interface ContaminationOptions {
  /** The fraction of common letter 5-grams. */
  overlap: number;
  /** Of questions; null: not compared by cosine. */
  cosine: number | null;
  embedOne: EmbedOne;
}

/**
 * Creates a search for contamination: questions against questions and contexts against contexts by
 * overlap, exactly, and questions by cosine. The same text, case, punctuation and white space put
 * aside, is always found. Where cosine counts, all questions are encoded first.
 */
export async function createContamination(
  splits: readonly ComparedSplit[],
  { overlap, cosine, embedOne }: ContaminationOptions,
) {
  const items = splits
    .flatMap(({ task, split, examples }) =>
      examples.map((example, row) => ({ task, split, row, example })),
    )
    .map((item, order) => ({ ...item, order }));
  const questions = items.map(({ example }) => example.question);
  const withContext = items.filter(({ example }) => example.context !== null);
  const byQuestion = createOverlapSearch(questions, overlap);
  const byContext = createOverlapSearch(
    withContext.map(({ example }) => example.context ?? ""),
    overlap,
  );
  const vectors = createVectorList();
  if (cosine !== null) for (const question of questions) vectors.add(await embedOne(question));

  const findByCosine = async (question: string): Promise<CloseText | null> => {
    const found = cosine === null ? null : vectors.find(await embedOne(question), cosine);
    return found && { index: found.index, similarity: found.similarity };
  };
  const look = (field: CloseItem["field"], among: typeof items, found: CloseText | null) => {
    const item = found && among[found.index];
    return item ? [{ item, field, similarity: found.similarity }] : [];
  };

  return {
    async find({ question, context }: Example): Promise<CloseItem | null> {
      const [closest] = [
        ...look("question", items, byQuestion(question)),
        ...look("question", items, await findByCosine(question)),
        ...look("context", withContext, context === null ? null : byContext(context)),
      ].sort(
        (one, other) => other.similarity - one.similarity || one.item.order - other.item.order,
      );
      if (!closest) return null;
      const { item, field, similarity } = closest;
      return { task: item.task, split: item.split, row: item.row, field, similarity };
    },
  };
}
