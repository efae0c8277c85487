import { createOverlapSearch, type Example } from "@seedling/core/internal";
import type { TestItem } from "../results/evaluation-manifest.ts";

/** Whether an example is too close to one of many. */
export type IsClose = (example: Example) => boolean;

/**
 * Searches what was trained on for examples that are too close, by the rule that creation counts
 * contamination by: questions against questions and contexts against contexts.
 * @param overlap Jaccard similarity of letter 5-grams from which two texts are too close
 */
export function createTrainingOverlap(trained: readonly Example[], overlap: number): IsClose {
  const byQuestion = createOverlapSearch(
    trained.map(({ question }) => question),
    overlap,
  );
  // Benchmarks ask many questions about one passage.
  const contexts = new Set(trained.flatMap(({ context }) => context ?? []));
  const byContext = createOverlapSearch([...contexts], overlap);
  return ({ question, context }) =>
    byQuestion(question) !== null || (context !== null && byContext(context) !== null);
}

/** Searches a dev split for the same question, letter by letter: 67 of PIQA's test items are there. */
export function createDevOverlap(dev: readonly Example[]): IsClose {
  const questions = new Set(dev.map(({ question }) => question));
  return ({ question }) => questions.has(question);
}

/** The splits that a test item is too close to; null: a split is not known. */
export function findShares(
  example: Example,
  others: Record<"dev" | "train", IsClose | null>,
): Pick<TestItem, "shares"> {
  const shares = (["dev", "train"] as const).filter((other) => others[other]?.(example));
  return shares.length > 0 ? { shares } : {};
}

/** How many items are too close to each split. */
export function countShares(
  items: readonly Pick<TestItem, "shares">[],
): Record<"dev" | "train", number> {
  const count = (other: "dev" | "train") =>
    items.filter(({ shares }) => shares?.includes(other)).length;
  return { dev: count("dev"), train: count("train") };
}
