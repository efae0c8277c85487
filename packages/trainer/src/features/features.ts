import type { Embedding, Example } from "@seedling/core/internal";

/**
 * How an example is scored. "classes": one text, a score for each class (yes/no). "choice": one
 * text for each option, a score for each text (multiple choice).
 */
export type TaskKind = "classes" | "choice";

/** An example whose label need not be known. */
export type UnlabelledExample = Omit<Example, "label">;

/**
 * What a head sees of an example. "text": one text. "pair": two texts u, v as [u, v, |u - v|, u * v].
 */
export type Features = "text" | "pair";

/**
 * What the encoder reads of an example, for each of its vectors one text or two. As one text, a context
 * stands last: only it is cut. As two, they are question and context, which both are the question where
 * there is no context, or question (with the context) and option.
 */
export function listTexts(
  { question, context, options }: UnlabelledExample,
  kind: TaskKind,
  features: Features,
): string[][] {
  const after = context === null ? "" : ` ${context}`;
  if (kind === "choice")
    return options.map((option) =>
      features === "text" ? [`${question} ${option}${after}`] : [question + after, option],
    );
  return features === "text" ? [[question + after]] : [[question, context ?? question]];
}

/** The encoder's vectors of one or two texts as the one vector that the head sees. */
export function combineVectors([u, v]: readonly [Float32Array, Float32Array?]): Float32Array {
  if (!v) return u;
  const size = u.length;
  const all = new Float32Array(4 * size);
  all.set(u);
  all.set(v, size);
  for (let i = 0; i < size; i++) {
    all[2 * size + i] = Math.abs((u[i] ?? 0) - (v[i] ?? 0));
    all[3 * size + i] = (u[i] ?? 0) * (v[i] ?? 0);
  }
  return all;
}

/** The length of what the head sees. @param dimensions the encoder's */
export function countFeatures(features: Features, dimensions: number): number {
  return features === "pair" ? 4 * dimensions : dimensions;
}

/** How much the encoder's maximum length took away, as shares from 0 to 1. */
export interface TruncatedFractions {
  /** Of the texts, those that were cut. */
  texts: number;
  /** Of all tokens, those cut off. */
  tokens: number;
}

export function computeTruncation(
  embeddings: readonly Pick<Embedding, "tokens" | "kept">[],
): TruncatedFractions {
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
