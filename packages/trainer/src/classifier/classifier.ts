import { type EmbedProgress, ExpectedError } from "@seedling/core/internal";
import { createClassFinder, type Input, type UnlabelledExample } from "../data/examples.ts";
import { argMax, softmax } from "../data/metrics.ts";
import type { Threshold } from "../data/threshold.ts";
import type { Truncated } from "../features/truncation.ts";

/** What is to be labelled: a text, or an object where it has a context or options of its own. */
export type ClassifierInput =
  | string
  | { question: string; context?: string | null; options?: readonly string[] };

/** A label, by name. */
export interface Prediction {
  /**
   * The name of the most probable option; of a yes/no task "True" or "False"; null: it is less probable than the
   * classifier's threshold, or its scores are no numbers.
   */
  label: string | null;
  /** The probability of each option by its name, together 1. Options of one name are summed. Empty where scores are no numbers. */
  probabilities: Record<string, number>;
}

/** A label, by its index among an example's options. */
export interface OptionPrediction {
  /** The index of the most probable option, the first of equals; null: its scores are no numbers. */
  label: number | null;
  /** One for each option, in the example's order; together 1. Empty without a label. */
  probabilities: number[];
  /** What truncation did to the example; left out: it was read whole. */
  truncated?: Truncated;
}

/** A trained classifier. It owns its weights: whoever loads or trains it disposes of it. */
export interface Classifier {
  /** The names of its classes, in its own order; null: each example brings its options. */
  classes: readonly string[] | null;
  /** What it reads of an example; it leaves out the rest by itself. */
  input: Input;
  /** The least probability of a label that is given; null: there is always one. */
  threshold: number | null;
  /**
   * Labels one text or example.
   * @throws ExpectedError if its options are not the classes, or it needs options and has none
   */
  predict(example: ClassifierInput): Promise<Prediction>;
  /** Labels many, in their order. @param progress is called with texts read and texts in all */
  predict(examples: readonly ClassifierInput[], progress?: EmbedProgress): Promise<Prediction[]>;
  /** The same by index, one for each example, whatever the threshold is. */
  predictOptions(
    examples: readonly UnlabelledExample[],
    progress?: EmbedProgress,
  ): Promise<OptionPrediction[]>;
  /** Writes it into a folder, which `loadClassifier` reads. */
  save(folder: string): Promise<void>;
  /** Frees its weights. */
  dispose(): Promise<void>;
}

/** Scores examples' classes, in their own order, or their options, and says which it truncated. */
export type ScoreExamples = (
  examples: readonly UnlabelledExample[],
  progress?: EmbedProgress,
) => Promise<{ scores: readonly Float32Array[]; truncated: readonly (Truncated | null)[] }>;

/**
 * Completes a classifier with predictions, by index and by name.
 * @param parts temperature: what scores are divided by, left out: 1; threshold: left out or null: none
 */
export function createClassifier(
  {
    temperature = 1,
    threshold,
    ...parts
  }: Pick<Classifier, "classes" | "input" | "save" | "dispose"> & {
    temperature?: number | undefined;
    threshold?: Pick<Threshold, "value"> | null | undefined;
  },
  score: ScoreExamples,
): Classifier {
  const { classes } = parts;
  const findIndices = classes && createClassFinder(classes);
  const predictOptions: Classifier["predictOptions"] = async (examples, progress) => {
    const indices = examples.map((example) => findIndices?.(example));
    const { scores, truncated } = await score(examples, progress);
    return scores.map((own, row) => {
      const cut = truncated[row] ? { truncated: truncated[row] } : {};
      if (!own.every(Number.isFinite)) return { label: null, probabilities: [], ...cut };
      const whole = softmax(Float64Array.from(own, (x) => x / temperature));
      const probabilities = indices[row]?.map((index) => whole[index] ?? 0) ?? whole;
      return { label: argMax(probabilities), probabilities, ...cut };
    });
  };
  return withThreshold({ ...parts, predictOptions }, threshold?.value ?? null);
}

/** Completes a classifier with predictions by name, of which those that are less probable than its threshold have no label. */
export function withThreshold(
  classifier: Omit<Classifier, "predict" | "threshold">,
  threshold: number | null,
): Classifier {
  const { classes } = classifier;
  const predict = async (
    given: ClassifierInput | readonly ClassifierInput[],
    progress?: EmbedProgress,
  ): Promise<Prediction | Prediction[]> => {
    const examples = [given].flat().map((one) => toExample(one, classes));
    const predictions = await classifier.predictOptions(examples, progress);
    const named = predictions.map((one, row) =>
      nameOptions(one, examples[row]?.options ?? [], threshold),
    );
    return Array.isArray(given) ? named : (named[0] as Prediction);
  };
  return { ...classifier, threshold, predict: predict as Classifier["predict"] };
}

function toExample(given: ClassifierInput, classes: readonly string[] | null): UnlabelledExample {
  const { question, context, options } = typeof given === "string" ? { question: given } : given;
  const own = options ?? classes;
  if (own === null)
    throw new ExpectedError(
      `expected an object with the options to choose among, such as {"question": ..., "options": [...]}, got ${JSON.stringify(question)}: this classifier has no classes of its own`,
    );
  return { question, context: context || null, options: [...own] };
}

/** Whether a label is less probable than a threshold. */
export function isBelow(
  { label, probabilities }: OptionPrediction,
  threshold: number | null,
): boolean {
  return threshold !== null && label !== null && (probabilities[label] ?? 0) < threshold;
}

/** Why a text has no label. */
export const noNumbers =
  "expected scores that are numbers, got NaN or infinite ones: the encoder or the weights give this text none";

function nameOptions(
  prediction: OptionPrediction,
  options: readonly string[],
  threshold: number | null,
): Prediction {
  const { probabilities } = prediction;
  if (prediction.label === null) return { label: null, probabilities: {} };
  const sums = new Map<string, number>();
  for (const [index, name] of options.entries())
    sums.set(name, (sums.get(name) ?? 0) + (probabilities[index] ?? 0));
  let label = options[0] ?? "";
  for (const [name, sum] of sums) if (sum > (sums.get(label) ?? 0)) label = name;
  const isUnsure = threshold !== null && (sums.get(label) ?? 0) < threshold;
  return { label: isUnsure ? null : label, probabilities: Object.fromEntries(sums) };
}
