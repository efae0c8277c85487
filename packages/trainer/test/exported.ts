import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import {
  AutoModelForSequenceClassification,
  AutoTokenizer,
  env,
  type PreTrainedModel,
  type PreTrainedTokenizer,
  type Tensor,
} from "@xenova/transformers";
import { exportOnnx } from "../src/classifier/export-onnx.ts";
import { type LoadOptions, loadClassifier } from "../src/classifier/load-classifier.ts";
import type { UnlabelledExample } from "../src/data/examples.ts";

env.allowRemoteModels = false;

/** Exports a classifier into a folder of its own. */
export async function exported(folder: string, options: LoadOptions = {}): Promise<string> {
  const to = join(tempFolder(), "exported");
  await exportOnnx(folder, to, options);
  return to;
}

export type Dtype = "fp32" | "q8";

/** Opens an exported classifier in transformers.js. */
export async function openExported(folder: string, dtype: Dtype) {
  const tokenizer = await AutoTokenizer.from_pretrained(folder);
  const model = await AutoModelForSequenceClassification.from_pretrained(folder, {
    dtype,
    session_options: { intraOpNumThreads: 1 },
  });
  return { tokenizer, model };
}

/** How examples are read, as docs/export.md shows. */
export interface ReadAs {
  /** Whether two texts are encoded apart. */
  isPair: boolean;
  isChoice: boolean;
  /** Whether it was fully tuned. */
  isTuned: boolean;
}

/** The scores of examples by an exported classifier: those of classes at once, of a choice one by one. */
export async function scoreExported(
  { tokenizer, model }: { tokenizer: PreTrainedTokenizer; model: PreTrainedModel },
  examples: readonly UnlabelledExample[],
  form: ReadAs,
): Promise<number[][]> {
  const { isChoice } = form;
  const batches = isChoice ? examples.map((one) => [one]) : [examples];
  const scores: number[][] = [];
  for (const batch of batches) {
    const inputs = tokenizeLike(tokenizer, batch, form);
    if (isChoice)
      for (const [name, tensor] of Object.entries(inputs)) inputs[name] = tensor.unsqueeze(0);
    const { logits } = await model(inputs);
    scores.push(...logits.tolist());
  }
  return scores;
}

/** Examples as the inputs of an exported classifier, by its own tokenizer. */
export function tokenizeLike(
  tokenizer: PreTrainedTokenizer,
  examples: readonly UnlabelledExample[],
  { isPair, isChoice, isTuned }: ReadAs,
): Record<string, Tensor> {
  const rows = examples.flatMap(({ question, context, options }) => {
    const after = context ? ` ${context}` : "";
    if (!isChoice)
      return [
        isTuned || isPair
          ? [question, context ?? (isPair ? question : null)]
          : [question + after, null],
      ];
    return options.map((option) => {
      if (isPair) return [question + after, option];
      return isTuned ? [question, option + after] : [`${question} ${option}${after}`, null];
    });
  }) as [string, string | null][];
  const [first, second] = [rows.map(([text]) => text), rows.map(([, text]) => text)];
  const settings = { padding: true, truncation: true };
  if (!isPair) {
    const pairs = second.every((text) => text !== null) ? { text_pair: second as string[] } : {};
    return { ...tokenizer(first, { ...settings, ...pairs }) };
  }
  const apart = Object.entries(tokenizer(second as string[], settings));
  return {
    ...tokenizer(first, settings),
    ...Object.fromEntries(apart.map(([name, tensor]) => [`${name}_2`, tensor as Tensor])),
  };
}

/** The log-probabilities that a classifier gives examples itself. */
export async function scoreOwn(
  folder: string,
  examples: readonly UnlabelledExample[],
  options: LoadOptions = {},
): Promise<number[][]> {
  const classifier = await loadClassifier(folder, options);
  try {
    const predictions = await classifier.predictOptions(examples);
    return predictions.map(({ probabilities }) => probabilities.map(Math.log));
  } finally {
    await classifier.dispose();
  }
}

/** The largest difference of two rows of scores each, wherever their zero is. */
export function measureDifference(a: readonly number[][], b: readonly number[][]): number {
  const centre = (row: readonly number[]) => {
    const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
    return row.map((x) => x - mean);
  };
  const differences = a.flatMap((row, at) => {
    const other = centre(b[at] ?? []);
    return centre(row).map((x, i) => Math.abs(x - (other[i] ?? Number.NaN)));
  });
  return Math.max(...differences);
}
