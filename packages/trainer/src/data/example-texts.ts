import type { EmbedText } from "@seedling/core/internal";
import type { Classes, Input, UnlabelledExample } from "./examples.ts";

// What of an example is read. Pages run it, too: it needs nothing of Node.

/**
 * Leaves out what a classifier does not read: in training, on dev, and whenever it predicts. A context that
 * JavaScript left out is none.
 */
export function ablateInput<T extends UnlabelledExample>(example: T, input: Input): T {
  const { question, context } = example;
  if (input === "full") return { ...example, context: context || null };
  return { ...example, question: input === "options" ? "" : question, context: null };
}

/**
 * What a head reads of an example. "text": the vector of one text. "pair": of two texts u, v the vector
 * [u, v, |u - v|, u * v].
 */
export type Features = "text" | "pair";

/** How an example becomes texts, and these vectors. */
export interface Reading {
  classes: Classes;
  features: Features;
  input: Input;
}

/**
 * Lists what the encoder reads of an example, for each of its vectors one text or two. In one text, a
 * context comes last: it is truncated first, and an option is not. Two are question and context (the question twice
 * where there is no context), or question with context and option.
 */
export function listTexts(
  example: UnlabelledExample,
  { classes, features, input }: Reading,
): EmbedText[][] {
  const { question, context, options } = ablateInput(example, input);
  const after = context === null ? "" : ` ${context}`;
  if (!classes)
    return options.map((option) => {
      if (features === "pair") return [question + after, option];
      const before = `${question} ${option}`;
      return [{ text: before + after, option: [question.length, before.length] }];
    });
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

/**
 * Lists the texts of an example's sequences: (question, context) for a classification, (question, option)
 * for a choice. A context comes last: it is truncated first, then the question.
 */
export function listTextPairs(
  example: UnlabelledExample,
  { classes, input }: Pick<Reading, "classes" | "input">,
): [string, EmbedText | null][] {
  const { question, context, options } = ablateInput(example, input);
  if (classes) return [[question, context]];
  return options.map((option) => {
    const text = context === null ? option : `${option} ${context}`;
    return [question, { text, option: [0, option.length] }];
  });
}
