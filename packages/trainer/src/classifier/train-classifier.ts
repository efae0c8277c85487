import type { Example } from "@seedling/core/internal";
import { trainHead } from "./head-classifier.ts";
import { completeOptions, type TrainedClassifier, type TrainOptions } from "./train-options.ts";
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
  const setup = await completeOptions(examples, options);
  return setup.tune === "full" ? trainTuned(setup) : trainHead(setup);
}
