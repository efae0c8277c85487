import {
  type Embed,
  type Embedding,
  type EmbedProgress,
  type EmbedText,
  ExpectedError,
  isTruncated,
  nameText,
  renderWhole,
} from "@seedling/core/internal";
import { combineVectors, type Features, listTexts, type Reading } from "../data/example-texts.ts";
import type { Classes, UnlabelledExample } from "../data/examples.ts";
import { describeTruncation } from "./truncation.ts";

/** Counts the numbers of a vector that the head reads. @param dimensions of the encoder */
export function countFeatures(features: Features, dimensions: number): number {
  return features === "pair" ? 4 * dimensions : dimensions;
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
 *   truncation; for each example, what that did to it
 */
export async function embedExamples(
  examples: readonly UnlabelledExample[],
  embed: Pick<Embed, "embed" | "cutsOption">,
  reading: Reading,
  progress?: EmbedProgress,
) {
  const texts = examples.map((example) => listTexts(example, reading));
  const distinct = new Map(texts.flat(2).map((text) => [nameText(text), text]));
  const cut = await embed.embed([...distinct.values()], progress);
  const found = new Map([...distinct.keys()].map((key, i) => [key, cut[i] as Embedding]));
  const find = (text: EmbedText) => found.get(nameText(text)) as Embedding;
  const combine = (row: EmbedText[]) => combineVectors(row.map((text) => find(text).vector));
  const cutsOption = (row: EmbedText[]) => {
    const last = row.at(-1) as EmbedText;
    // An option that is a text of its own has all the room.
    return isTruncated(find(last)) && (typeof last === "string" || embed.cutsOption(last));
  };
  return {
    items: texts.map((rows) => ({ vectors: rows.map(combine) })),
    cut,
    truncated: texts.map((rows) =>
      describeTruncation(rows.flat().map(find), reading.classes ? [] : rows.map(cutsOption)),
    ),
  };
}

/** @param name of the examples, such as train @throws ExpectedError if a vector has NaN or an infinite number */
export function checkVectors(
  items: readonly { vectors: readonly Float32Array[] }[],
  examples: readonly UnlabelledExample[],
  name: string,
  encoder: string,
): void {
  const bad = items.findIndex(({ vectors }) => !vectors.every((one) => one.every(Number.isFinite)));
  if (bad >= 0)
    throw new ExpectedError(
      `${name} example ${bad + 1}, ${JSON.stringify(examples[bad]?.question.slice(0, 40))}: expected numbers from the encoder ${encoder}, got NaN or infinite ones`,
    );
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
