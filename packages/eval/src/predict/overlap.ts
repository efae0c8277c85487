import { createOverlapSearch, type Example } from "@seedling/core/internal";
import type { TestItem } from "../results/evaluation.ts";

/** Tells whether an example is too close to one of many. */
export type IsClose = (example: Example) => boolean;

/**
 * Opens a search for what is too close to an example that was trained on, by the rule that creation
 * counts contamination by: questions against questions and contexts against contexts.
 * @param overlap share of common letter 5-grams (Jaccard) from which two texts are too close
 */
export function openTrainedOn(trained: readonly Example[], overlap: number): IsClose {
  const byQuestion = createOverlapSearch(
    trained.map(({ question }) => question),
    overlap,
  );
  const byContext = createOverlapSearch(
    // Benchmarks ask many questions about one passage.
    [...new Set(trained.flatMap(({ context }) => context ?? []))],
    overlap,
  );
  return ({ question, context }) =>
    byQuestion(question) !== null || (context !== null && byContext(context) !== null);
}

/** Opens a search for the questions of a dev split, letter by letter (of PIQA's test items 67; 72, case put aside). */
export function openAskedIn(dev: readonly Example[]): IsClose {
  const asked = new Set(dev.map(({ question }) => question));
  return ({ question }) => asked.has(question);
}

/** What test items may share something with; null: not at hand. */
export type Others = Record<"dev" | "train", IsClose | null>;

/** What one test item shares, as its line says it. */
export function toShares(example: Example, others: Others): Pick<TestItem, "shares"> {
  const shares = (["dev", "train"] as const).filter((other) => others[other]?.(example));
  return shares.length > 0 ? { shares } : {};
}

/** How many items carry each share. */
export function countShares(
  items: readonly Pick<TestItem, "shares">[],
): Record<"dev" | "train", number> {
  const count = (other: "dev" | "train") =>
    items.filter(({ shares }) => shares?.includes(other)).length;
  return { dev: count("dev"), train: count("train") };
}
