import type { Source } from "../data/sources.ts";
import { type Flag, flag, optional } from "./flag.ts";
import { choice, list, numberBetween, text, whole } from "./flag-values.ts";

/** Whether the whole encoder is trained. */
function isFull(_: Source, { tune }: Readonly<Record<string, unknown>>): boolean {
  return tune === "full";
}

/** Whether training goes in steps: the linear head alone is trained to its optimum. */
function hasSteps(source: Source, flags: Readonly<Record<string, unknown>>): boolean {
  return isFull(source, flags) || flags.head === "mlp";
}

/** What is trained on what, and how; in the order of the help. */
export const trainFlags = {
  created: optional(
    "<file>",
    text,
    "train",
    "train on these examples (JSONL in the original's form) instead of creating any",
  ),
  addHuman: optional(
    "<k>",
    whole(1),
    "train",
    "mix so many labelled examples of the train split into created ones (default: none)",
  ),
  encoder: flag(
    "<model>",
    text,
    "use-lite",
    "train",
    "the student's encoder: use-lite (embedded, frozen only), hub id, or folder",
  ),
  tune: flag(
    "<what>",
    choice("head", "full"),
    "head",
    "train",
    "head: a head on the frozen encoder; full: the whole encoder is fine-tuned",
  ),
  head: optional(
    "<which>",
    choice("linear", "mlp", "own", "mean"),
    "train",
    "on a frozen encoder linear (default) or mlp; in full tuning own (default: the model family's) or mean",
  ),
  features: {
    ...optional(
      "<which>",
      choice("text", "pair"),
      "train",
      "what the head sees of a frozen encoder: one text, or two texts u, v as [u, v, |u-v|, u*v] (default: pair for multiple choice, else text)",
    ),
    readBy: (_, { tune }) => tune === "head",
  },
  runtime: {
    ...flag(
      "<which>",
      choice("onnx", "tfjs"),
      "onnx",
      "train",
      "runs a frozen encoder: onnx (transformers.js), or tfjs (our own, on the backend)",
    ),
    readBy: (_, { tune, encoder }) => tune === "head" && encoder !== "use-lite",
  },
  dtype: {
    ...optional(
      "<type>",
      choice("fp32", "q8"),
      "train",
      "number type of onnx weights (default: fp32, or what a folder has)",
    ),
    readBy: (_, { tune, encoder }) => tune === "head" && encoder !== "use-lite",
  },
  maxLength: flag("<n>", whole(8), "256", "train", "tokens of a text; a context is cut at its end"),
  dev: optional(
    "<which>",
    choice("human", "created"),
    "train",
    "dev split: human, or created: a tenth of the training set (default: human where the task has one)",
  ),
  recipe: {
    ...flag(
      "<which>",
      choice("default", "paper", "script"),
      "default",
      "train",
      "full tuning's grid: default, the paper's, or that of the original's train.sh",
    ),
    readBy: isFull,
  },
  learningRates: {
    ...optional(
      "<r,...>",
      list(numberBetween(0, 10, { above: true })),
      "train",
      "grid of full tuning or an MLP head, chosen on dev (default: the recipe's; MLP 0.0003,0.001,0.003)",
    ),
    readBy: hasSteps,
  },
  epochs: {
    ...optional(
      "<n>",
      whole(1),
      "train",
      "epochs at most; the best is chosen on dev (default: the recipe's; MLP 10)",
    ),
    readBy: hasSteps,
  },
  batchSize: {
    ...optional(
      "<n,...>",
      list(whole(1)),
      "train",
      "examples a step; several: part of the grid (default: the recipe's; MLP 64)",
    ),
    readBy: hasSteps,
  },
  accumulate: {
    ...flag(
      "<n>",
      whole(1),
      "1",
      "train",
      "parts that a step's batch is computed in, to need less memory",
    ),
    readBy: isFull,
  },
  warmUp: {
    ...optional(
      "<n>",
      numberBetween(0, 1e9),
      "train",
      "warm-up of full tuning: a share of all steps below 1, else a number of steps (default: the recipe's)",
    ),
    readBy: isFull,
  },
  weightDecay: {
    ...flag("<w>", numberBetween(0, 10), "0.01", "train", "AdamW's, not on biases and norms"),
    readBy: hasSteps,
  },
  clip: {
    ...flag(
      "<c>",
      numberBetween(0, 1e9, { above: true }),
      "1",
      "train",
      "longest gradient of a step",
    ),
    readBy: isFull,
  },
  earlyStop: {
    ...optional(
      "<n>",
      whole(1),
      "train",
      "ends a grid point after so many epochs with no better dev accuracy (default: never)",
    ),
    readBy: hasSteps,
  },
  freeze: {
    ...flag(
      "<n>",
      whole(0),
      "0",
      "train",
      "lower layers of the encoder, and its embeddings, left as they are",
    ),
    readBy: isFull,
  },
  gridSeeds: {
    ...optional(
      "<n>",
      whole(1),
      "train",
      "runs the grid on the first n train seeds; the others repeat the first's choice (default: on all)",
    ),
    readBy: isFull,
  },
  recompute: flag(
    "<when>",
    choice("auto", "on", "off"),
    "auto",
    "none",
    "full tuning: compute each layer twice, to need less memory (auto: where it would not fit)",
  ),
  backend: optional(
    "<name>",
    choice("tfjs-node-gpu", "tfjs-node", "webgpu", "wasm"),
    "train",
    "what tensors are computed on (default: the first of these that loads, webgpu aside)",
  ),
  fraction: flag(
    "<f>",
    numberBetween(0, 1, { above: true }),
    "1",
    "train",
    "share of the training set to use",
  ),
  fractionBy: flag(
    "<way>",
    choice("prefix", "random"),
    "prefix",
    "train",
    "the first ones, or drawn with the train seed",
  ),
  labels: flag(
    "<which>",
    choice("true", "shuffled"),
    "true",
    "train",
    "a control: shuffled permutes the labels of what is trained on, with the train seed",
  ),
  input: flag(
    "<what>",
    choice("full", "options", "question"),
    "full",
    "train",
    "a control, in train, dev and test: options alone (multiple choice), or the question without its context",
  ),
} satisfies Record<string, Flag<unknown>>;
