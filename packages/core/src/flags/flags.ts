import { type Source, sources } from "../data/settings.ts";
import { allowable, rejectable } from "./check-names.ts";
import { choice, type FlagType, list, numberBetween, price, text, whole } from "./flag-values.ts";

/** The first stage whose result a flag changes; `none` changes no result. */
export type Changes = "create" | "train" | "evaluate" | "none";

/** A hyperparameter or other choice of the user, defined once for all stages. */
export interface Flag<T> {
  /** What stands for the value in the help, or null for a switch. */
  value: string | null;
  /** Reads the value's text. */
  type: FlagType<T>;
  /** The default, as a user would write it; null: none. */
  initial: string | null;
  changes: Changes;
  help: string;
  /** Whether a run of that source, with these flags, reads it; left out: every run does. */
  readBy?: (source: Source, flags: Readonly<Record<string, unknown>>) => boolean;
}

function flag<T>(
  value: string,
  type: FlagType<T>,
  initial: string,
  changes: Changes,
  help: string,
): Flag<T> {
  return { value, type, initial, changes, help };
}

function optional<T>(
  value: string,
  type: FlagType<T>,
  changes: Changes,
  help: string,
): Flag<T | null> {
  return { value, type, initial: null, changes, help };
}

function on(changes: Changes, help: string): Flag<boolean> {
  const type = choice("true", "false").transform((word) => word === "true");
  return { value: null, type: type as FlagType<boolean>, initial: "false", changes, help };
}

const seedList = list(whole(0));

const share = numberBetween(0, 1, { above: true });

/** Whether `--reject` names a check. */
function rejects(flags: Readonly<Record<string, unknown>>, name: string): boolean {
  return Array.isArray(flags.reject) && flags.reject.includes(name);
}

/** Whether the whole encoder is trained. */
function isFull(_: Source, { tune }: Readonly<Record<string, unknown>>): boolean {
  return tune === "full";
}

/** Whether training goes in steps: the linear head alone is trained to its optimum. */
function hasSteps(source: Source, flags: Readonly<Record<string, unknown>>): boolean {
  return isFull(source, flags) || flags.head === "mlp";
}

/** Every flag, in the order of the help. */
export const flagTable = {
  data: optional(
    "<tasks>",
    list(text),
    "create",
    "tasks, short or full names with commas; all: the ten; ./folder: a task of your own",
  ),
  setting: flag(
    "<settings>",
    list(choice(...sources, "all")),
    "tree",
    "create",
    "naive, random, diverse, similar, tree, human, with commas; all: these six",
  ),
  seed: flag(
    "<n,...>",
    seedList,
    "1",
    "create",
    "sets the three seeds below; several: one run each",
  ),
  exampleSeed: optional("<n,...>", seedList, "create", "draws the formatting example"),
  creationSeed: optional(
    "<n,...>",
    seedList,
    "create",
    "creation, and the draw of --examples human ones",
  ),
  trainSeed: optional("<n,...>", seedList, "train", "initialisation and order of the training"),
  testOn: optional(
    "<tasks>",
    list(text),
    "evaluate",
    "further test sets: tasks, or folders with a test.jsonl",
  ),
  experiment: optional(
    "<name>",
    text,
    "none",
    "flags from experiments/<name>.json; those given here come first",
  ),
  results: flag("<dir>", text, "results", "none", "where everything produced goes"),
  dataDir: optional(
    "<dir>",
    text,
    "none",
    "benchmarks as <format>/<task>/<split>.jsonl; else $SEEDLING_DATA, else downloaded",
  ),
  sample: on("none", "the bundled sample data and its recording, even if a key is set"),
  replay: optional(
    "<dir>",
    text,
    "none",
    "replies from a recording: a creation's folder, or a folder of such",
  ),

  example: optional(
    "<file>",
    text,
    "create",
    "the formatting example: a JSON file; else one drawn from the train split",
  ),
  examples: optional(
    "<n>",
    whole(1),
    "create",
    "how many examples to create, or to draw with `human` (default: the train split's size)",
  ),
  numExamples: flag("<n>", whole(1), "5", "create", "examples asked for in one request"),
  model: optional(
    "<name>",
    text,
    "create",
    "the language model, or a GGUF file (default: the server's only one; OpenAI: see README)",
  ),
  temperature: flag("<t>", numberBetween(0, 2), "1", "create", "sampling temperature"),
  topP: flag("<p>", numberBetween(0, 1), "1", "create", "nucleus sampling"),
  maxTokens: flag("<n>", whole(1), "2048", "create", "a reply's limit in tokens"),
  reply: flag(
    "<form>",
    choice("text", "schema"),
    "text",
    "create",
    "schema: ask for structured output (JSON schema, strict), where the server has it",
  ),
  balance: on("create", "ask for each label in turn, by the request's place in the plan"),
  chains: {
    ...flag(
      "<k>",
      whole(1),
      "1",
      "create",
      "independent chains from the formatting example, for random, diverse and similar",
    ),
    readBy: (source) => ["random", "diverse", "similar"].includes(source),
  },
  instruction: flag(
    "<which>",
    text,
    "own",
    "create",
    "own; original: the paper's, from its repository; or a file ({num_examples} stands for the number)",
  ),
  similarityEncoder: {
    ...flag(
      "<model>",
      text,
      "Xenova/all-mpnet-base-v2",
      "create",
      "encoder for diverse, similar and --near-cosine: hub id, folder, or use-lite",
    ),
    readBy: (source, { nearCosine }) =>
      source === "diverse" || source === "similar" || nearCosine !== null,
  },
  replies: flag(
    "<rule>",
    choice("salvage", "strict"),
    "salvage",
    "create",
    "salvage: keep every valid example; strict: the original's all or nothing",
  ),
  reject: optional(
    "<checks>",
    list(choice(...rejectable)),
    "create",
    `also reject: ${rejectable.join(", ")}, with commas (default: none)`,
  ),
  allow: optional(
    "<checks>",
    list(choice(...allowable)),
    "create",
    `do not reject: ${allowable.join(", ")}, with commas (default: none)`,
  ),
  nearOverlap: {
    ...flag(
      "<j>",
      share,
      "0.7",
      "create",
      "share of common letter 5-grams (Jaccard) from which two texts are too close",
    ),
    readBy: (_, flags) => rejects(flags, "near-duplicate") || rejects(flags, "contaminated"),
  },
  nearCosine: optional(
    "<c>",
    share,
    "create",
    "too close also by the similarity encoder's cosine, from here on (default: not asked)",
  ),
  verify: optional(
    "<n>",
    whole(1),
    "create",
    "answer each created question so often without its label, and store the agreement (default: not)",
  ),
  verifyModel: {
    ...optional(
      "<name>",
      text,
      "create",
      "the model that answers them (default: the one that creates)",
    ),
    readBy: (_, { verify }) => verify !== null,
  },
  minAgreement: {
    ...optional(
      "<f>",
      numberBetween(0, 1),
      "create",
      "reject what fewer of these answers agree with (default: none rejected)",
    ),
    readBy: (_, { verify }) => verify !== null,
  },
  patience: flag(
    "<n>",
    whole(1),
    "20",
    "none",
    "give up after so many replies in a row with nothing kept",
  ),
  allowShort: on("none", "go on with fewer examples than asked for where creation gave up"),
  concurrency: flag("<n>", whole(1), "16", "none", "requests in flight at once"),
  retries: flag(
    "<n>",
    whole(0),
    "6",
    "none",
    "tries after the first for a request that fails in passing",
  ),
  timeout: flag(
    "<s>",
    numberBetween(0, 86_400, { above: true }),
    "600",
    "none",
    "seconds to wait for one reply",
  ),
  maxCost: optional(
    "<usd>",
    numberBetween(0, 1e6, { above: true }),
    "none",
    "never spend more USD on this command's creations, all its invocations together (default: no cap)",
  ),
  maxTotalTokens: optional(
    "<n>",
    whole(1),
    "none",
    "the same in tokens, those of requests in flight at worst (default: no cap)",
  ),
  prices: optional(
    "<in,out>",
    price,
    "none",
    "USD per million prompt and completion tokens (default: OpenAI's, from a dated list)",
  ),
  batch: on(
    "none",
    "ask by OpenAI's Batch API at half the price: submits and leaves; the same command collects",
  ),
  dryRun: on("none", "print what would be asked, its tokens, USD and time, and do nothing"),

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
} satisfies Record<string, Flag<unknown>>;

type FlagTable = typeof flagTable;

/** A flag's name in code and in experiment files. */
export type FlagName = keyof FlagTable;

/** The values of all flags. */
export type Flags = { [Name in FlagName]: FlagTable[Name] extends Flag<infer T> ? T : never };

/** All flags' names, in the order of the help. */
export const flagNames = Object.keys(flagTable) as FlagName[];

/** Whether a run of a source, with these flags, reads a flag. */
export function isReadBy(name: FlagName, source: Source, flags: Flags): boolean {
  const { readBy }: Flag<unknown> = flagTable[name];
  return !readBy || readBy(source, flags);
}

/** `numExamples` -> `--num-examples`. */
export function toOption(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
