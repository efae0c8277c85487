import { type EmbedProgress, ExpectedError } from "@seedling/core/internal";
import type { Input, UnlabelledExample } from "../data/examples.ts";
import { argMax, softmax } from "../data/metrics.ts";

/** What is to be labelled: a text, or an object where it has a context or options of its own. */
export type ClassifierInput =
  | string
  | { question: string; context?: string | null; options?: readonly string[] };

/** A label, by name. */
export interface Prediction {
  /** The name of the most probable option; of a yes/no task "True" or "False". */
  label: string;
  /** The probability of each option by its name, together 1. Options of one name are summed. */
  probabilities: Record<string, number>;
}

/** A label, by its index among an example's options. */
export interface OptionPrediction {
  /** The index of the most probable option, the first of equals. */
  label: number;
  /** One for each option, in the example's order; together 1. */
  probabilities: number[];
}

/** A trained classifier. It owns its weights: whoever loads or trains it disposes of it. */
export interface Classifier {
  /** The names of its classes, in its own order; null: each example brings its options. */
  classes: readonly string[] | null;
  /** What it reads of an example; it leaves out the rest by itself. */
  input: Input;
  /**
   * Labels one text or example.
   * @throws ExpectedError if its options are not the classes, or it needs options and has none
   */
  predict(example: ClassifierInput): Promise<Prediction>;
  /** Labels many, in their order. @param progress is called with texts read and texts in all */
  predict(examples: readonly ClassifierInput[], progress?: EmbedProgress): Promise<Prediction[]>;
  /** The same by index, one for each example. */
  predictOptions(
    examples: readonly UnlabelledExample[],
    progress?: EmbedProgress,
  ): Promise<OptionPrediction[]>;
  /** Writes it into a folder, which `loadClassifier` reads. */
  save(folder: string): Promise<void>;
  /** Frees its weights. */
  dispose(): Promise<void>;
}

/** Completes a classifier that predicts by index with prediction by name. */
export function createClassifier(
  parts: Omit<Classifier, "predict"> & { predict?: never },
): Classifier {
  async function predict(example: ClassifierInput): Promise<Prediction>;
  async function predict(
    examples: readonly ClassifierInput[],
    progress?: EmbedProgress,
  ): Promise<Prediction[]>;
  async function predict(
    given: ClassifierInput | readonly ClassifierInput[],
    progress?: EmbedProgress,
  ): Promise<Prediction | Prediction[]> {
    const isMany = (value: typeof given): value is readonly ClassifierInput[] =>
      Array.isArray(value);
    const examples = (isMany(given) ? given : [given]).map((one) => toExample(one, parts.classes));
    const predictions = await parts.predictOptions(examples, progress);
    const named = predictions.map((one, row) => nameOptions(one, examples[row]?.options ?? []));
    return isMany(given) ? named : (named[0] as Prediction);
  }
  return { ...parts, predict };
}

/** Scores of classes as predictions of options. @param classIndices of each option; null: scores are options' */
export function toOptionPrediction(
  scores: Float32Array,
  classIndices: readonly number[] | null,
): OptionPrediction {
  const whole = softmax(scores);
  const probabilities = classIndices?.map((index) => whole[index] ?? 0) ?? whole;
  return { label: argMax(probabilities), probabilities };
}

function toExample(given: ClassifierInput, classes: readonly string[] | null): UnlabelledExample {
  const { question, context, options } = typeof given === "string" ? { question: given } : given;
  const own = options ?? classes;
  if (own === null)
    throw new ExpectedError(
      `expected an object with the options to choose among, such as {"question": ..., "options": [...]}, got ${JSON.stringify(question)}: this classifier has no classes of its own`,
    );
  return { question, context: context ?? null, options: [...own] };
}

function nameOptions({ probabilities }: OptionPrediction, options: readonly string[]): Prediction {
  const sums = new Map<string, number>();
  for (const [index, name] of options.entries())
    sums.set(name, (sums.get(name) ?? 0) + (probabilities[index] ?? 0));
  let label = options[0] ?? "";
  for (const [name, sum] of sums) if (sum > (sums.get(label) ?? 0)) label = name;
  return { label, probabilities: Object.fromEntries(sums) };
}
