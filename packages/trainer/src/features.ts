import type { Embedding, Example } from "@seedling/core";

/**
 * How an example is scored. "classes": one text, a score for each class (yes/no). "choice": one
 * text for each option, a score for each text (multiple choice).
 */
export type Kind = "classes" | "choice";

/** An example whose label need not be known. */
export type Unlabelled = Omit<Example, "label">;

/** What the encoder reads of an example. The context stands last: only it is cut. */
export function toTexts({ question, context, options }: Unlabelled, kind: Kind): string[] {
  const heads = kind === "classes" ? [question] : options.map((option) => `${question} ${option}`);
  return heads.map((head) => (context === null ? head : `${head} ${context}`));
}

/** How much the encoder's maximum length took away, as shares from 0 to 1. */
export interface ShareCut {
  /** Of the texts, those that were cut. */
  texts: number;
  /** Of all tokens, those cut off. */
  tokens: number;
}

export function toShareCut(embeddings: readonly Pick<Embedding, "tokens" | "kept">[]): ShareCut {
  let texts = 0;
  let tokens = 0;
  let kept = 0;
  for (const embedding of embeddings) {
    if (embedding.kept < embedding.tokens) texts += 1;
    tokens += embedding.tokens;
    kept += embedding.kept;
  }
  return { texts: texts / (embeddings.length || 1), tokens: (tokens - kept) / (tokens || 1) };
}
