import { type Embed, ExpectedError, toNameText } from "@seedling/core/internal";
import type { Input } from "../data/examples.ts";
import { embedExamples } from "../features/features.ts";
import {
  type FrozenEncoder,
  findWeightsDtype,
  type ModelOptions,
  openFrozenEncoder,
} from "../features/frozen-encoder.ts";
import { type Classifier, createClassifier } from "./classifier.ts";

/** What cosines are multiplied with before the softmax: the scale that sentence-transformers trains encoders with. */
const scale = 20;

/**
 * Opens a classifier that was never trained (zero-shot): the answer is the label whose name, or description, is
 * nearest to the text by the cosine of the encoder's vectors. Names are read without the encoder's prompt.
 * @param texts the text of each label, by `toNameText`
 * @returns a classifier, which the caller disposes of; it cannot be saved
 * @throws ExpectedError if the encoder cannot be had
 */
export async function openNamesClassifier(
  { labels, texts, input }: { labels: readonly string[]; texts: readonly string[]; input: Input },
  named: FrozenEncoder,
  options: ModelOptions,
): Promise<Classifier> {
  const encoder = { ...named, dtype: await findWeightsDtype(named) };
  const embed = await openFrozenEncoder(encoder, options);
  try {
    const names = await embedNames(texts, embed, encoder, options);
    const reading = { classes: labels, features: "text", input } as const;
    return createClassifier(
      {
        classes: labels,
        input,
        save: () =>
          Promise.reject(new ExpectedError("the labels' names are no classifier to save")),
        dispose: () => embed.dispose(),
      },
      async (examples, progress) => {
        const { items, truncated } = await embedExamples(examples, embed, reading, progress);
        const score = (vector: Float32Array) =>
          Float32Array.from(names, (name) => scale * multiply(vector, name));
        const scores = items.map(({ vectors }) => score(vectors[0] ?? new Float32Array(0)));
        return { scores, truncated };
      },
    );
  } catch (error) {
    await embed.dispose();
    throw error;
  }
}

/** The texts of labels, by their descriptions or names. */
export function listNameTexts(
  labels: readonly string[],
  descriptions: Parameters<typeof toNameText>[1],
): string[] {
  return labels.map((label) => toNameText(label, descriptions));
}

/** Embeds labels' texts without the encoder's prompt: a vector of length 1 for each. @param embed opened with it */
export async function embedNames(
  texts: readonly string[],
  embed: Embed,
  encoder: FrozenEncoder,
  options: ModelOptions,
): Promise<Float32Array[]> {
  const hasPrompt = (embed.reading?.prompt ?? "") !== "";
  const plain = hasPrompt
    ? await openFrozenEncoder({ ...encoder, prompt: "" }, { ...options, log: () => {} })
    : embed;
  try {
    return (await plain.embed(texts)).map(({ vector }) => vector);
  } finally {
    if (hasPrompt) await plain.dispose();
  }
}

function multiply(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
