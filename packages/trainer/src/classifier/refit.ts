import { type Example, isBuiltIn, openBackend, resolveModel } from "@seedling/core/internal";
import type { Reading } from "../data/example-texts.ts";
import { addAnswers, type Classes, type UnlabelledExample } from "../data/examples.ts";
import { dealByLabel, foldCount } from "../data/folds.ts";
import { softmax } from "../data/metrics.ts";
import { type Confidences, listConfidences } from "../data/temperature.ts";
import { chooseFeatures, countFeatures, embedExamples } from "../features/features.ts";
import {
  findWeightsDtype,
  type ModelOptions,
  openFrozenEncoder,
} from "../features/frozen-encoder.ts";
import { fitLinear } from "../head/fit-linear.ts";
import { scoreLinear } from "../head/linear-head.ts";
import { choosePenalty } from "../head/linear-options.ts";
import { defaults } from "./train-options.ts";

/** What is fitted again and again. */
export interface RefitOptions extends ModelOptions {
  /** A hub id, a folder, or use-lite. Default: that of `trainClassifier`. */
  encoder?: string;
  /** The labels, where all examples have the same ones, in any order; null: each has options of its own. */
  classes: Classes;
  /** Deals examples to folds. Default: 1. */
  seed?: number;
}

/**
 * Opens what fits a classifier to examples that become more and more, for `createExamples`: a linear head on a frozen
 * encoder, with the penalty for created labels. Each example is encoded once.
 * @returns refit: of each example how probable the answer is and whether it is right, by a fit to the other four of
 *   five folds; it needs two labels. judge: how probable its answer to each of some others is, by a fit to all, too.
 *   close: frees the encoder
 * @throws ExpectedError saying what to do, if the encoder cannot be found, fetched or read
 */
export async function openRefit({ encoder, classes, seed = 1, ...models }: RefitOptions) {
  const named = { ...defaults, encoder: resolveModel(encoder ?? defaults.encoder) };
  const dtype = await findWeightsDtype(named);
  // On another backend its vectors have other last digits, and so other examples would be shown.
  const backend = isBuiltIn(named.encoder) && { backend: await openBackend({ force: "wasm" }) };
  const embed = await openFrozenEncoder({ ...named, dtype }, { ...models, ...backend });
  const reading: Reading = { classes, features: chooseFeatures(classes, null), input: "full" };
  const known = new Map<UnlabelledExample, { vectors: Float32Array[] }>();
  const shape = {
    dimensions: countFeatures(reading.features, embed.dimensions),
    outputs: classes?.length ?? 1,
  };
  const read = async (examples: readonly UnlabelledExample[]) => {
    const unknown = examples.filter((example) => !known.has(example));
    const { items } = await embedExamples(unknown, embed, reading);
    for (const [i, item] of items.entries()) known.set(unknown[i] as UnlabelledExample, item);
    return examples.map((example) => known.get(example) as { vectors: Float32Array[] });
  };
  const fit = async (examples: readonly Example[]) => {
    const train = addAnswers(examples, await read(examples), classes);
    const labels = train.map(({ label }) => label);
    const folds = dealByLabel(labels, foldCount, seed);
    const fitted = await fitLinear(
      { train, dev: [], ...shape },
      { penalty: choosePenalty(null), folds },
    );
    return { train, ...fitted };
  };
  return {
    async refit(examples: readonly Example[]): Promise<Confidences> {
      const { train, outOfFold } = await fit(examples);
      return listConfidences({ items: train, scores: outOfFold ?? [] }, 1);
    },
    async judge(
      examples: readonly Example[],
      others: readonly UnlabelledExample[],
    ): Promise<number[]> {
      const { head } = await fit(examples);
      const scores = scoreLinear(head, await read(others));
      return scores.map((one) => Math.max(...softmax(one)));
    },
    close: () => embed.dispose(),
  };
}
