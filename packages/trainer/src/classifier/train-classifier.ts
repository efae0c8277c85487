import { resolve } from "node:path";
import { type Example, ExpectedError, looksLikePath, openBackend } from "@seedling/core/internal";
import own from "../../package.json" with { type: "json" };
import { holdOut } from "../data/training-data.ts";
import { trainHead } from "./head-classifier.ts";
import {
  defaults,
  type TrainedClassifier,
  type TrainOptions,
  type TrainSetup,
} from "./train-options.ts";
import { trainTuned } from "./train-tuned.ts";

/**
 * Trains a classifier: a head on a frozen encoder, or, by `tune: "full"`, the whole encoder. The best
 * trial of a grid is chosen by its accuracy on dev.
 * @param examples questions, contexts and options with their labels, the index of the right option
 * @returns a classifier, which the caller disposes of; nothing is written but caches and the tuning's state
 * @throws ExpectedError if there are too few examples, options do not fit the classes, the encoder cannot
 *   be had, memory does not suffice, or the loss is not finite in every trial
 * @example
 * const classifier = await trainClassifier(examples, { encoder: "FacebookAI/roberta-base", tune: "full" });
 * await classifier.predict("Where is my card?"); // { label: "card_arrival", probabilities: { ... } }
 */
export async function trainClassifier(
  examples: readonly Example[],
  options: TrainOptions = {},
): Promise<TrainedClassifier> {
  const { seed = 1, dev, classes = findClasses(examples), folder = null } = options;
  const encoder = options.encoder ?? defaults.encoder;
  const split = dev ? { train: examples, dev } : holdOut(examples, seed);
  if (split.train.length === 0 || split.dev.length === 0)
    throw new ExpectedError(
      `expected examples to train on and to choose by, got ${split.train.length} and ${split.dev.length}`,
    );
  const setup: TrainSetup = {
    ...defaults,
    ...options,
    ...split,
    encoder: looksLikePath(encoder) ? resolve(encoder) : encoder,
    seed,
    classes: classes && [...classes],
    folder,
    log: options.log ?? (() => {}),
    backend: options.backend ?? (await openBackend()),
    createdBy: `seedling ${own.version}`,
  };
  return setup.tune === "full" ? trainTuned(setup) : trainHead(setup);
}

/** The options, where all examples have the same ones, each once, in any order; else null. */
function findClasses(examples: readonly Example[]): readonly string[] | null {
  const [first] = examples;
  if (!first || new Set(first.options).size !== first.options.length) return null;
  const key = ({ options }: Example) => JSON.stringify([...options].sort());
  const wanted = key(first);
  return examples.every((example) => key(example) === wanted) ? first.options : null;
}
