import { resolve } from "node:path";
import {
  type Example,
  ExpectedError,
  type Flags,
  looksLikePath,
  openBackend,
} from "@seedling/core/internal";
import own from "../../package.json" with { type: "json" };
import { holdOut } from "../data/training-data.ts";
import type { TuningFlags } from "../tune/plan.ts";
import type { Classifier } from "./classifier.ts";
import type { ModelOptions } from "./load-classifier.ts";
import { trainHead } from "./train-head.ts";
import { trainTuned } from "./train-tuned.ts";
import type { TrainingManifest } from "./training-manifest.ts";

/** Hyperparameters, by the names of their flags (`npx turbo run experiment -- --help` explains each). */
type Hyperparameters = TuningFlags &
  Pick<
    Flags,
    | "tune"
    | "encoder"
    | "maxLength"
    | "input"
    | "head"
    | "features"
    | "runtime"
    | "dtype"
    | "recompute"
  >;

const defaults: Hyperparameters = {
  tune: "head",
  encoder: "use-lite",
  maxLength: 256,
  input: "full",
  head: null,
  features: null,
  runtime: "onnx",
  dtype: null,
  recipe: "default",
  learningRates: null,
  batchSize: null,
  epochs: null,
  warmUp: null,
  weightDecay: 0.01,
  clip: 1,
  freeze: 0,
  accumulate: 1,
  earlyStop: null,
  recompute: "auto",
};

/** How a classifier is trained; whatever is left out has the default of its flag. */
export interface TrainOptions extends Partial<Hyperparameters>, ModelOptions {
  /** Draws what is random: the same seed, examples, options and backend give the same bytes. */
  seed?: number;
  /** Examples to choose the best trial by; left out: a tenth of the examples, which is then not trained on. */
  dev?: readonly Example[];
  /** The class names, in the order of the outputs; null: a choice among each example's own options. Left
   * out: the options, where all examples have the same ones, else null. */
  classes?: readonly string[] | null;
  /** Folder of a full tuning's state between its epochs: it goes on from there after an interruption. Left
   * out: a temporary one, which `dispose` removes. */
  folder?: string;
}

/** All that a training needs, nothing left out. */
export interface TrainSetup
  extends Hyperparameters,
    Required<Omit<TrainOptions, keyof Hyperparameters | keyof ModelOptions | "folder" | "classes">>,
    ModelOptions {
  backend: NonNullable<ModelOptions["backend"]>;
  log: (line: string) => void;
  classes: string[] | null;
  folder: string | null;
  train: readonly Example[];
  createdBy: string;
}

/** What a training found. */
export interface TrainingSummary
  extends Pick<TrainingManifest, "best" | "cut">,
    Pick<TrainingManifest["dev"], "accuracy" | "loss" | "collapsed"> {
  /** JSON lines: every trial of a head, every step and epoch of a full tuning. */
  log: string;
}

/** A classifier with what its training found. */
export interface TrainedClassifier extends Classifier {
  training: TrainingSummary;
}

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
