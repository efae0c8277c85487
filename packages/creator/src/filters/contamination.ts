import { type CloseText, createOverlapSearch, type Example } from "@seedling/core/internal";
import type { Close } from "./checks.ts";
import { createCosineIndex, type EmbedOne } from "./cosine.ts";

/** A split that is evaluated on, or that a classifier is chosen by. */
export interface ComparedSplit {
  task: string;
  split: "dev" | "test";
  examples: readonly Example[];
}

/**
 * Creates a search for contamination: questions against questions and contexts against contexts by
 * overlap, exactly, and questions by cosine. The same text, case, punctuation and white space put
 * aside, is always found. Where cosine counts, all questions are encoded first.
 * @param limits from where on a text is too close: the fraction of common letter 5-grams, and the cosine
 *   of two questions; null: these are not compared by cosine
 */
export async function createContamination(
  splits: readonly ComparedSplit[],
  limits: { overlap: number; cosine: number | null; embedOne: EmbedOne },
) {
  const { overlap, cosine, embedOne } = limits;
  const items = splits
    .flatMap(({ task, split, examples }) =>
      examples.map((example, row) => ({ closeTo: { task, split, row }, example })),
    )
    .map((item, order) => ({ ...item, order }));
  const questions = items.map(({ example }) => example.question);
  const withContext = items.filter(({ example }) => example.context);
  const contexts = withContext.map(({ example }) => example.context ?? "");
  const byQuestion = createOverlapSearch(questions, overlap);
  const byContext = createOverlapSearch(contexts, overlap);
  const byCosine = cosine === null ? null : createCosineIndex(cosine, embedOne);
  for (const question of questions) await byCosine?.add(question);

  const look = (field: Close["field"], among: typeof items, found: CloseText | null) => {
    const item = found && among[found.index];
    return item ? [{ ...item, field, similarity: found.similarity }] : [];
  };

  return {
    async find({ question, context }: Example): Promise<Close | null> {
      const [closest] = [
        ...look("question", items, byQuestion(question)),
        ...look("question", items, (await byCosine?.find(question)) ?? null),
        ...look("context", withContext, context === null ? null : byContext(context)),
      ].sort((one, other) => other.similarity - one.similarity || one.order - other.order);
      if (!closest) return null;
      const { closeTo, field, similarity } = closest;
      return { closeTo, field, similarity };
    },
  };
}
