import type { Source } from "../data/sources.ts";
import { choice, type Flag, file, flagsOf, list, model, numberBetween, whole } from "./flag.ts";

const train = flagsOf("train");
const none = flagsOf("none");

function isFull(_: Source, { tune }: Readonly<Record<string, unknown>>): boolean {
  return tune === "full";
}

/** Whether training goes in steps: the linear head alone is trained to its optimum. */
function hasSteps(source: Source, flags: Readonly<Record<string, unknown>>): boolean {
  return isFull(source, flags) || flags.head === "mlp";
}

/** Flags of the training, in the order of the help. */
export const trainFlags = {
  created: train.optional(
    file,
    "train on these examples (JSONL in the original's form) instead of creating any",
  ),
  addHuman: train.optional(
    whole(1),
    "mix so many labelled examples of the train split into created ones (default: none)",
  ),
  encoder: train.flag(
    model,
    "use-lite",
    "the classifier's encoder: use-lite (embedded, frozen only), hub id, or folder",
  ),
  tune: train.flag(
    choice("head", "full"),
    "head",
    "head: a head on the frozen encoder; full: the whole encoder is fine-tuned",
  ),
  head: train.optional(
    choice("linear", "mlp", "own", "mean"),
    "on a frozen encoder linear (default) or mlp; in full tuning own (default: the model family's) or mean",
  ),
  features: train.optional(
    choice("text", "pair"),
    "what the head sees of a frozen encoder: one text, or two texts u, v as [u, v, |u-v|, u*v] (default: pair for multiple choice, else text)",
    (_, { tune }) => tune === "head",
  ),
  runtime: train.flag(
    choice("onnx", "tfjs"),
    "onnx",
    "runs a frozen encoder: onnx (transformers.js), or tfjs (our own, on the backend)",
    (_, { tune, encoder }) => tune === "head" && encoder !== "use-lite",
  ),
  dtype: train.optional(
    choice("fp32", "q8"),
    "number type of onnx weights (default: fp32, or what a folder has)",
    (_, { tune, encoder }) => tune === "head" && encoder !== "use-lite",
  ),
  maxLength: train.flag(whole(8), "256", "tokens of a text; a context is truncated at its end"),
  dev: train.optional(
    choice("human", "created"),
    "dev split: human, or created: a tenth of the training set (default: human where the task has one)",
  ),
  recipe: train.flag(
    choice("default", "paper", "script"),
    "default",
    "full tuning's grid: default, the paper's, or that of the original's train.sh",
    isFull,
  ),
  learningRates: train.optional(
    list(numberBetween(0, 10, { above: true })),
    "grid of full tuning or an MLP head, chosen on dev (default: the recipe's; MLP 0.0003,0.001,0.003)",
    hasSteps,
  ),
  epochs: train.optional(
    whole(1),
    "epochs at most; the best is chosen on dev (default: the recipe's; MLP 10)",
    hasSteps,
  ),
  batchSize: train.optional(
    list(whole(1)),
    "examples a step; several: part of the grid (default: the recipe's; MLP 64)",
    hasSteps,
  ),
  accumulate: train.flag(
    whole(1),
    "1",
    "parts that a step's batch is computed in, to need less memory",
    isFull,
  ),
  warmUp: train.optional(
    numberBetween(0, 1e9),
    "warm-up of full tuning: a fraction of all steps below 1, else a number of steps (default: the recipe's)",
    isFull,
  ),
  weightDecay: train.flag(
    numberBetween(0, 10),
    "0.01",
    "AdamW's, not on biases and norms",
    hasSteps,
  ),
  clip: train.flag(
    numberBetween(0, 1e9, { above: true }),
    "1",
    "longest gradient of a step",
    isFull,
  ),
  earlyStop: train.optional(
    whole(1),
    "ends a trial after so many epochs with no better dev accuracy (default: never)",
    hasSteps,
  ),
  freeze: train.flag(
    whole(0),
    "0",
    "lower layers of the encoder, and its embeddings, left as they are",
    isFull,
  ),
  gridSeeds: train.optional(
    whole(1),
    "runs the grid on the first n train seeds; the others repeat the first's choice (default: on all)",
    isFull,
  ),
  recompute: none.flag(
    choice("auto", "on", "off"),
    "auto",
    "full tuning: compute each layer twice, to need less memory (auto: where it would not fit)",
  ),
  backend: train.optional(
    choice("tfjs-node-gpu", "tfjs-node", "webgpu", "wasm"),
    "what tensors are computed on (default: the first of these that loads, webgpu aside)",
  ),
  fraction: train.flag(
    numberBetween(0, 1, { above: true }),
    "1",
    "fraction of the training set to use",
  ),
  fractionBy: train.flag(
    choice("prefix", "random"),
    "prefix",
    "the first ones, or drawn with the train seed",
  ),
  labels: train.flag(
    choice("true", "shuffled"),
    "true",
    "a control: shuffled permutes the labels of what is trained on, with the train seed",
  ),
  input: train.flag(
    choice("full", "options", "question"),
    "full",
    "a control, in train, dev and test: options alone (multiple choice), or the question without its context",
  ),
} satisfies Record<string, Flag<unknown>>;
