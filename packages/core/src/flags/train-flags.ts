import {
  choice,
  type Flag,
  file,
  flagsOf,
  list,
  model,
  numberBetween,
  positive,
  whole,
} from "./flag.ts";

const train = flagsOf("train");
const full = flagsOf("train", (_, { tune }) => tune === "full");
const frozen = flagsOf("train", (_, { tune }) => tune === "head");
const foreign = flagsOf(
  "train",
  (_, { tune, encoder }) => tune === "head" && encoder !== "use-lite",
);
/** Of training in steps: the linear head alone is trained to its optimum. */
const steps = flagsOf("train", (_, { tune, head }) => tune === "full" || head === "mlp");
const none = flagsOf("none");

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
  features: frozen.optional(
    choice("text", "pair"),
    "what the head sees of a frozen encoder: one text, or two texts u, v as [u, v, |u-v|, u*v] (default: pair for multiple choice, else text)",
  ),
  runtime: foreign.flag(
    choice("onnx", "tfjs"),
    "onnx",
    "runs a frozen encoder: onnx (transformers.js), or tfjs (our own, on the backend)",
  ),
  dtype: foreign.optional(
    choice("fp32", "q8"),
    "number type of onnx weights (default: fp32, or what a folder has)",
  ),
  maxLength: train.flag(whole(8), "256", "tokens of a text; a context is truncated at its end"),
  dev: train.optional(
    choice("human", "created"),
    "dev split: human, or created: a tenth of the training set (default: human where the task has one)",
  ),
  recipe: full.flag(
    choice("default", "paper", "script"),
    "default",
    "full tuning's grid: default, the paper's, or that of the original's train.sh",
  ),
  learningRates: steps.optional(
    list(positive(10)),
    "grid of full tuning or an MLP head, chosen on dev (default: the recipe's; MLP 0.0003,0.001,0.003)",
  ),
  epochs: steps.optional(
    whole(1),
    "epochs at most; the best is chosen on dev (default: the recipe's; MLP 10)",
  ),
  batchSize: steps.optional(
    list(whole(1)),
    "examples a step; several: part of the grid (default: the recipe's; MLP 64)",
  ),
  accumulate: full.flag(
    whole(1),
    "1",
    "parts that a step's batch is computed in, to need less memory",
  ),
  warmUp: full.optional(
    numberBetween(0, 1e9),
    "warm-up of full tuning: a fraction of all steps below 1, else a number of steps (default: the recipe's)",
  ),
  weightDecay: steps.flag(numberBetween(0, 10), "0.01", "AdamW's, not on biases and norms"),
  clip: full.flag(positive(1e9), "1", "longest gradient of a step"),
  earlyStop: steps.optional(
    whole(1),
    "ends a trial after so many epochs with no better dev accuracy (default: never)",
  ),
  freeze: full.flag(
    whole(0),
    "0",
    "lower layers of the encoder, and its embeddings, left as they are",
  ),
  gridSeeds: full.optional(
    whole(1),
    "runs the grid on the first n train seeds; the others repeat the first's choice (default: on all)",
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
  fraction: train.flag(positive(1), "1", "fraction of the training set to use"),
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
