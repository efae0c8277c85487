import { createRandom, type Example, resolveModel, toAnswer } from "@seedling/core/internal";
import { coverPoints } from "../data/cover.ts";
import type { Reading } from "../data/example-texts.ts";
import { checkVectors, createEmbedProgress, embedExamples } from "../features/features.ts";
import {
  type FrozenEncoder,
  findWeightsDtype,
  type ModelOptions,
  openFrozenEncoder,
} from "../features/frozen-encoder.ts";
import { defaults, findClasses } from "./train-options.ts";

/** Which part of the examples is kept; whatever is left out has the default of its flag. */
export interface SelectOptions extends Partial<FrozenEncoder>, ModelOptions {
  /** coverage: those that cover the vectors of all best; random: as many at random, its control. */
  select: "coverage" | "random";
  /** How many are kept: a fraction above 0, 1 at most. */
  keep: number;
  /** Draws the random ones. Default: 1. */
  seed?: number;
  /** The labels, where all examples have the same ones; null: options vary. Left out: found in the examples. */
  classes?: readonly string[] | null;
}

/** Of an example its question and context, in one text, as a head on one text reads them. */
const reading: Reading = { classes: [], features: "text", input: "full" };

/**
 * Selects a part of examples to train on. Where all have the same options, the first of each label is kept (in the
 * order given, or at random); coverage then adds again and again the example whose question and context are farthest
 * from all that are kept (`coverPoints`; Sener & Savarese 2018). Time grows with the product of kept and all examples.
 * @returns rows of `examples`, ascending: `keep` of them, rounded, but one of each label at least
 * @throws ExpectedError saying what to do, if the encoder cannot be found, fetched or read
 */
export async function selectExamples(
  examples: readonly Example[],
  options: SelectOptions,
): Promise<number[]> {
  const { select, keep, seed = 1, classes = findClasses(examples) } = options;
  const rows = [...examples.keys()];
  const order = select === "random" ? createRandom("selection", seed).shuffled(rows) : rows;
  const labels = new Map<string, number>();
  for (const row of order) {
    const label = classes ? toAnswer(examples[row] as Example) : "";
    if (!labels.has(label)) labels.set(label, row);
  }
  const first = [...labels.values()];
  const n = Math.max(first.length, Math.round(keep * examples.length));
  const kept =
    select === "random"
      ? [...new Set([...first, ...order])].slice(0, n)
      : await coverPoints(await embedTexts(examples, options), first, n);
  return kept.sort((a, b) => a - b);
}

/** How many of n examples are kept, but for labels that would have none. */
export function countSelected(n: number, keep: number | null): number {
  return Math.max(1, Math.round(n * (keep ?? 1)));
}

async function embedTexts(examples: readonly Example[], options: SelectOptions) {
  const { encoder, log = () => {} } = options;
  const named = { ...defaults, ...options, encoder: resolveModel(encoder ?? defaults.encoder) };
  const embed = await openFrozenEncoder(
    { ...named, dtype: await findWeightsDtype(named) },
    options,
  );
  try {
    const progress = createEmbedProgress("embedded", log);
    const { items } = await embedExamples(examples, embed, reading, progress);
    checkVectors(items, examples, "train", named.encoder);
    return items.map(({ vectors }) => vectors[0] as Float32Array);
  } finally {
    await embed.dispose();
  }
}
