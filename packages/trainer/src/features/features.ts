import {
  type Embed,
  type Embedding,
  type EmbedProgress,
  renderPercent,
  renderWhole,
} from "@seedling/core/internal";
import { ablateInput, type Classes, type Input, type UnlabelledExample } from "../data/examples.ts";

/**
 * What a head reads of an example. "text": the vector of one text. "pair": of two texts u, v the vector
 * [u, v, |u - v|, u * v].
 */
export type Features = "text" | "pair";

/** How an example becomes vectors. */
export interface Reading {
  classes: Classes;
  features: Features;
  input: Input;
}

/**
 * Lists what the encoder reads of an example, for each of its vectors one text or two. In one text, a
 * context comes last: only it is truncated. Two are question and context (the question twice where there is
 * no context), or question with context and option.
 */
export function listTexts(example: UnlabelledExample, { classes, features, input }: Reading) {
  const { question, context, options } = ablateInput(example, input);
  const after = context === null ? "" : ` ${context}`;
  if (!classes)
    return options.map((option) =>
      features === "text" ? [`${question} ${option}${after}`] : [question + after, option],
    );
  return features === "text" ? [[question + after]] : [[question, context ?? question]];
}

/** Combines the vectors of one or two texts into the one that the head reads. */
export function combineVectors([u = new Float32Array(0), v]: readonly Float32Array[]) {
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

/** Counts the numbers of a vector that the head reads. @param dimensions of the encoder */
export function countFeatures(features: Features, dimensions: number): number {
  return features === "pair" ? 4 * dimensions : dimensions;
}

/**
 * Computes what truncation to the encoder's maximum length removed, as fractions from 0 to 1: truncated texts of
 * all texts, removed tokens of all tokens.
 */
export function computeTruncation(cut: readonly Pick<Embedding, "tokens" | "kept">[]) {
  const sum = (numbers: readonly number[]) => numbers.reduce((all, n) => all + n, 0);
  const texts = cut.filter(({ kept, tokens }) => kept < tokens).length;
  const tokens = sum(cut.map((one) => one.tokens));
  const removed = tokens - sum(cut.map(({ kept }) => kept));
  return { texts: texts / (cut.length || 1), tokens: removed / (tokens || 1) };
}

/**
 * Chooses what a head reads of an example where it is not given: what had the higher dev accuracy, on CSQA
 * pairs by six points; on BoolQ there was no difference.
 */
export function chooseFeatures(classes: Classes, given: Features | null): Features {
  return given ?? (classes ? "text" : "pair");
}

/**
 * Embeds examples; a repeated text is encoded once.
 * @param progress is called with texts done
 * @returns for each example one vector, or one for each option; for each text, its tokens before and after
 *   truncation
 */
export async function embedExamples(
  examples: readonly UnlabelledExample[],
  embed: Pick<Embed, "embed">,
  reading: Reading,
  progress?: EmbedProgress,
) {
  const texts = examples.map((example) => listTexts(example, reading));
  const distinct = [...new Set(texts.flat(2))];
  const cut = await embed.embed(distinct, progress);
  const vectors = new Map(cut.map(({ vector }, i) => [distinct[i], vector]));
  const combine = (row: string[]) =>
    combineVectors(row.map((text) => vectors.get(text) as Float32Array));
  return { items: texts.map((rows) => ({ vectors: rows.map(combine) })), cut };
}

const every = 5000;

/**
 * Creates a progress log: a line every five seconds with the texts done.
 * @param what was done with them, such as "embedded"
 * @param now the time in milliseconds
 */
export function createEmbedProgress(
  what: string,
  log: (line: string) => void,
  now: () => number = Date.now,
): EmbedProgress {
  let last = now();
  return (done, total) => {
    if (now() - last < every) return;
    last = now();
    log(`  ${renderWhole(done)} of ${renderWhole(total)} texts ${what}`);
  };
}

/** Renders a fraction of tokens that were truncated; one above 0 never looks like 0. */
export function renderTruncated(fraction: number): string {
  if (fraction === 0) return "none";
  return fraction < 0.0005 ? "less than 0.1 %" : renderPercent(fraction);
}
