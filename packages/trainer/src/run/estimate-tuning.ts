import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import {
  findTransformerFolder,
  type Run,
  renderCount,
  type Tf,
  toText,
} from "@seedling/core/internal";
import { checkpointFiles, readHubConfig } from "../checkpoint/checkpoint.ts";
import { toLocalFolder } from "../checkpoint/encoder-hash.ts";
import { listTextPairs } from "../data/example-texts.ts";
import { type EncoderConfig, parseEncoderConfig } from "../encoder/encoder-config.ts";
import { checkFreeze, countEpochs, countPasses, countSteps, planTuning } from "../tune/plan.ts";
import { charactersPerToken } from "./estimate-encoding.ts";
import type { ExampleSet } from "./example-sets.ts";

/** What the matrix products of an encoder depend on. */
type EncoderSizes = Pick<EncoderConfig, "layers" | "hidden" | "inner" | "up">;

/**
 * The sizes, by their config.json on the hub, of encoders that the experiments name, so that their time
 * is known before any of it is on this machine. Liu et al. 2019 have RoBERTa's, too.
 */
export const knownEncoders: Readonly<Record<string, EncoderSizes>> = {
  "FacebookAI/roberta-large": { layers: 24, hidden: 1024, inner: 4096, up: 4096 },
  "FacebookAI/roberta-base": { layers: 12, hidden: 768, inner: 3072, up: 3072 },
  "distilbert/distilbert-base-uncased": { layers: 6, hidden: 768, inner: 3072, up: 3072 },
  "sentence-transformers/all-MiniLM-L6-v2": { layers: 6, hidden: 384, inner: 1536, up: 1536 },
};

/** Floating-point operations for a token, forward: two for each number of a layer's six matrices. */
export function countOperations({ layers, hidden, inner, up }: EncoderSizes): number {
  return 2 * layers * hidden * (4 * hidden + inner + up);
}

/**
 * Speed of training and scoring as a fraction of that of matrix products alone. Measured with small
 * encoders on two cores: 0.5 to 0.7.
 */
const relativeSpeed = 0.5;

/**
 * Estimates a full tuning.
 * @param sets what it trains on, which lengths are measured by, and chooses by
 * @param repeats whether it repeats the choice of another seed: one trial
 * @returns examples, trials and steps in words, and the operations of as long matrix products, at most, if no
 *   trial ends early; null: not known before the encoder is on this machine
 * @throws ExpectedError if the encoder's configuration cannot be read, is none of ours, or does not fit a flag
 */
export async function estimateTuning(
  { task, flags }: Run,
  { train, dev }: Readonly<Record<"train" | "dev", ExampleSet>>,
  repeats: boolean,
): Promise<{ text: string; operations: number | null }> {
  const { freeze, recompute, encoder, maxLength, input } = flags;
  const whole = planTuning(flags);
  const plan = repeats ? { ...whole, grid: whole.grid.slice(0, 1) } : whole;
  const epochs = countEpochs(plan, train.n);
  const text = [
    renderCount(train.n, "example"),
    `${renderCount(plan.grid.length, "trial")} of ${renderCount(Math.max(...epochs), "epoch")}`,
    renderCount(countSteps(plan, train.n), "step"),
  ].join(", ");
  const sizes = findSizes(encoder);
  if (!sizes) return { text, operations: null };
  checkFreeze(freeze, sizes.layers, encoder);
  // Whether memory asks for layers to be computed twice shows when the training begins: `auto` counts as once.
  const counts = { train: train.n, dev: dev.n, layers: sizes.layers };
  const work = { epochs, freeze, ...counts, recompute: recompute === "on" };
  const reading = { classes: task.labels, input };
  let tokens = 0;
  for (const example of train.sample)
    for (const [first, second] of listTextPairs(example, reading)) {
      const characters = first.length + (second === null ? 0 : toText(second).length);
      tokens += Math.min(maxLength, 3 + characters / charactersPerToken);
    }
  const meanTokens = tokens / train.sample.length;
  return {
    text,
    operations: (countPasses(work) * meanTokens * countOperations(sizes)) / relativeSpeed,
  };
}

/**
 * Finds an encoder's sizes, from its config.json where that is here; null: not known. A known one is found by its
 * hub id, or by the last part of that, as the hub's oldest models are also named.
 */
function findSizes(encoder: string): EncoderSizes | null {
  const folder = findTransformerFolder(toLocalFolder(encoder));
  const path = join(folder, checkpointFiles.config);
  if (isAbsolute(encoder) || existsSync(path))
    return parseEncoderConfig(readHubConfig(folder), path);
  const ids = Object.keys(knownEncoders);
  const known = ids.find((id) => id === encoder || id.endsWith(`/${encoder}`));
  return knownEncoders[known ?? ""] ?? null;
}

/** Measures floating-point operations a second of matrix products of an encoder's size, in under a second. */
export async function measureSpeed(tf: Tf): Promise<number> {
  const size = 768;
  const [a, b] = [tf.ones([512, size]), tf.ones([size, size])];
  const multiply = async () => {
    const product = tf.matMul(a, b);
    await product.data();
    product.dispose();
  };
  await multiply();
  const began = performance.now();
  let products = 0;
  while (performance.now() - began < 300) {
    await multiply();
    products += 1;
  }
  const seconds = (performance.now() - began) / 1000;
  tf.dispose([a, b]);
  return (products * 2 * 512 * size * size) / seconds;
}
