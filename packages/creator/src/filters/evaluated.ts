import { type CloseText, createOverlapSearch, type Example } from "@seedling/core/internal";
import { openAligned } from "./aligned.ts";
import type { EmbedOne } from "./embed-one.ts";

/** A split that is evaluated on, or that a classifier is chosen by. */
export interface EvaluatedSplit {
  task: string;
  split: "dev" | "test";
  examples: readonly Example[];
}

/** An item of such a split that a created example is too close to. */
export interface CloseItem {
  task: string;
  split: "dev" | "test";
  /** From 0. */
  row: number;
  field: "question" | "context";
  /** Of the two texts of that field, by overlap or by cosine, from 0 to 1. */
  similarity: number;
}

/** Memory of what is evaluated on. */
export interface Evaluated {
  /** The closest item that is too close; of equally close ones the first in the order of the splits. */
  find: (example: Example) => Promise<CloseItem | null>;
}

/** From where on a text is too close. */
export interface TooClose {
  /** Share of common letter 5-grams. */
  overlap: number;
  /** Of questions; null: not compared by cosine. */
  cosine: number | null;
  embedOne: EmbedOne | null;
}

/**
 * Opens a search for contamination: questions against questions and contexts against contexts by
 * overlap, exactly, and questions by cosine. The same text, case, punctuation and white space put
 * aside, is always found.
 */
export async function openEvaluated(
  splits: readonly EvaluatedSplit[],
  { overlap, cosine, embedOne }: TooClose,
): Promise<Evaluated> {
  const items = splits
    .flatMap(({ task, split, examples }) =>
      examples.map((example, row) => ({ task, split, row, example })),
    )
    .map((item, place) => ({ ...item, place }));
  const questions = items.map(({ example }) => example.question);
  const withContext = items.filter(({ example }) => example.context !== null);
  const byQuestion = createOverlapSearch(questions, overlap);
  const byContext = createOverlapSearch(
    withContext.map(({ example }) => example.context ?? ""),
    overlap,
  );
  const byCosine =
    cosine !== null && embedOne ? await openAligned(questions, cosine, embedOne) : null;

  const toClose = (
    field: CloseItem["field"],
    among: typeof items,
    found: CloseText | null | undefined,
  ) => {
    const item = found && among[found.index];
    return item ? [{ item, field, similarity: found.similarity }] : [];
  };

  return {
    async find({ question, context }) {
      const [closest] = [
        ...toClose("question", items, byQuestion(question)),
        ...toClose("question", items, await byCosine?.(question)),
        ...toClose("context", withContext, context === null ? null : byContext(context)),
      ].sort(
        (one, other) => other.similarity - one.similarity || one.item.place - other.item.place,
      );
      if (!closest) return null;
      const { item, field, similarity } = closest;
      return { task: item.task, split: item.split, row: item.row, field, similarity };
    },
  };
}
