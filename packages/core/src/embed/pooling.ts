import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ExpectedError } from "../messages/errors.ts";
import { denseFiles, type PoolingName, parsePooling } from "./declaration.ts";
import { toUnit } from "./encoder.ts";
import { readJson } from "./model-file.ts";
import { openSafetensors } from "./read-safetensors.ts";

/** How hidden states become a vector: plain data, which threads can be given. */
export interface Recipe {
  /** As `parsePooling` reads it. */
  pooling: string;
  /** Tokens at the beginning that are not pooled, because they are the prompt's. */
  skipped: number;
  dense: DenseLayer[];
  /** Whether the model declares it. If not, a graph that gives no hidden states of that name pools itself. */
  isDeclared: boolean;
}

/** y = activation(weight x + bias). */
export interface DenseLayer {
  /** [outputs, inputs], row by row. */
  weight: Float32Array;
  /** [outputs]; null: none. */
  bias: Float32Array | null;
  inputs: number;
  outputs: number;
  activation: string;
}

/** What an encoder without a declaration does: the mean of its last hidden states. */
export const meanRecipe: Recipe = { pooling: "mean", skipped: 0, dense: [], isDeclared: false };

/** Activations of Dense layers, by their classes in PyTorch. */
const activations: Record<string, (x: number) => number> = {
  Identity: (x) => x,
  Tanh: Math.tanh,
  ReLU: (x) => Math.max(0, x),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  SiLU: (x) => x / (1 + Math.exp(-x)),
};

const denseSchema = z.object({
  in_features: z.number().int().positive(),
  out_features: z.number().int().positive(),
  bias: z.boolean().default(true),
  activation_function: z.string().default("torch.nn.modules.activation.Tanh"),
  module_input_name: z.literal("sentence_embedding").optional(),
  module_output_name: z.literal("sentence_embedding").nullish(),
});

/**
 * Reads a Dense layer.
 * @param folder with config.json and model.safetensors, the tensors linear.weight and linear.bias
 * @throws ExpectedError naming the file, what was expected and what came
 */
export async function readDense(folder: string): Promise<DenseLayer> {
  const [configName, weightsName] = denseFiles;
  const path = join(folder, configName);
  const config = readJson(path, denseSchema, "a Dense layer");
  const activation = config.activation_function.split(".").at(-1) ?? "";
  if (!Object.hasOwn(activations, activation))
    throw new ExpectedError(
      `${path}: activation_function: expected ${Object.keys(activations).join(", ")}, got ${activation}`,
    );
  const { in_features: inputs, out_features: outputs } = config;
  const weightsPath = join(folder, weightsName);
  const mend = "save the model in Python by SentenceTransformer(...).save(folder)";
  if (!existsSync(weightsPath))
    throw new ExpectedError(
      `${folder}: expected ${weightsName} (pytorch_model.bin can hold any code and is not read): ${mend}`,
    );
  const file = await openSafetensors(weightsPath, mend);
  try {
    const weight = await file.readWeights("linear.weight", [outputs, inputs]);
    const bias = config.bias ? await file.readWeights("linear.bias", [outputs]) : null;
    return { weight, bias, inputs, outputs, activation };
  } finally {
    await file.close();
  }
}

/**
 * Pools the hidden states of one text, applies the Dense layers and scales to length 1.
 * @param hidden [tokens, columns], row by row, without padding
 * @throws ExpectedError if the layers do not fit
 */
export function toVector(hidden: Float32Array, columns: number, recipe: Recipe): Float32Array {
  const names = parsePooling(recipe.pooling) ?? [];
  const parts = names.map((name) => poolTokens(hidden, columns, name, recipe.skipped));
  return toUnit(recipe.dense.reduce(applyDense, joinParts(parts)));
}

/** Counts the numbers of a vector. @param columns of the hidden states */
export function countDimensions({ pooling, dense }: Recipe, columns: number): number {
  return dense.at(-1)?.outputs ?? (parsePooling(pooling)?.length ?? 0) * columns;
}

function joinParts(parts: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0)] = parts;
  if (parts.length === 1) return first;
  const whole = new Float32Array(parts.length * first.length);
  for (const [i, part] of parts.entries()) whole.set(part, i * first.length);
  return whole;
}

function poolTokens(
  hidden: Float32Array,
  columns: number,
  name: PoolingName,
  skipped: number,
): Float32Array {
  const tokens = hidden.length / columns;
  // A text that was truncated within its prompt is its last token.
  const first = Math.min(skipped, tokens - 1);
  const row = (token: number) => hidden.subarray(token * columns, (token + 1) * columns);
  if (name === "cls") return row(first);
  if (name === "lasttoken") return row(tokens - 1);
  if (name === "max") {
    const most = row(first).slice();
    for (let token = first + 1; token < tokens; token++)
      for (const [i, value] of row(token).entries()) most[i] = Math.max(most[i] ?? 0, value);
    return most;
  }
  const sums = new Float64Array(columns);
  let weights = 0;
  for (let token = first; token < tokens; token++) {
    const weight = name === "weightedmean" ? token + 1 : 1;
    weights += weight;
    const from = token * columns;
    for (let i = 0; i < columns; i++) sums[i] = (sums[i] ?? 0) + weight * (hidden[from + i] ?? 0);
  }
  const divisor = name === "mean_sqrt_len_tokens" ? Math.sqrt(weights) : weights;
  return Float32Array.from(sums, (sum) => sum / divisor);
}

function applyDense(x: Float32Array, layer: DenseLayer): Float32Array {
  const { weight, bias, inputs, outputs, activation } = layer;
  if (x.length !== inputs)
    throw new ExpectedError(`expected a Dense layer of ${x.length} inputs, got one of ${inputs}`);
  const activate = activations[activation] ?? ((x) => x);
  return Float32Array.from({ length: outputs }, (_, row) => {
    let sum = bias?.[row] ?? 0;
    for (let i = 0; i < inputs; i++) sum += (weight[row * inputs + i] ?? 0) * (x[i] ?? 0);
    return activate(sum);
  });
}
