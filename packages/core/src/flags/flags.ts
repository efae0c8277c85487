import { allSettings, namedSources, type Source, sources } from "../data/sources.ts";
import { isBuiltIn } from "../logs/paths.ts";
import { createFlags, mostExamples, requestFlags } from "./create-flags.ts";
import {
  choice,
  choiceOr,
  columns,
  type Flag,
  file,
  flagsOf,
  folder,
  list,
  model,
  namesOrFolders,
  numberBetween,
  positive,
  prompt,
  shard,
  text,
  whole,
} from "./flag.ts";

export type { Changes, Flag } from "./flag.ts";

const create = flagsOf("create");
const train = flagsOf("train");
const pooled = flagsOf("train", (source) => sources[source].isCreated);
const human = flagsOf("train", (source) => sources[source].isHuman);
const given = flagsOf("train", (source) => sources[source].isFile);
const full = flagsOf("train", (_, { tune }) => tune === "full");
const frozen = flagsOf("train", (_, { tune }) => tune === "head");
const foreign = flagsOf(
  "train",
  (_, { tune, encoder }) => tune === "head" && !isBuiltIn(String(encoder)),
);
const selected = flagsOf("train", (_, { select }) => select !== null);
const covered = flagsOf("train", (_, { select }) => select === "coverage");
const linear = flagsOf("train", (_, flags) => hasLinearHead(flags));
/** Of training in steps: the linear head alone is trained to its optimum. */
const steps = flagsOf("train", (_, { tune, head }) => tune === "full" || head === "mlp");
const evaluate = flagsOf("evaluate");
const none = flagsOf("none");
const seedList = list(whole(0));

/** Every flag, in the order of the help. */
export const flagTable = {
  data: create.optional(
    namesOrFolders,
    "tasks, short or full names with commas; all: the ten; ./folder: a task of your own",
  ),
  setting: create.flag(
    list(choice(...namedSources, "all")),
    "tree",
    `${allSettings.join(", ")}, with commas; all: these; attributes: the model first names in what examples differ, and each request asks for some of that; feedback: shows what a classifier, fitted again every --chunk examples, is least sure of; pool: nothing is created, the texts of --pool are labelled; direct: the language model itself answers the test items; names: the label whose name is nearest to the text by the encoder, nothing is trained`,
  ),
  seed: create.flag(
    seedList,
    "1",
    "sets --example-seed, --creation-seed and --train-seed; several: one run each",
  ),
  exampleSeed: create.optional(seedList, "draws the formatting example"),
  creationSeed: create.optional(seedList, "creation, and the draw of --examples human ones"),
  trainSeed: train.optional(seedList, "initialisation and order of the training"),
  testOn: evaluate.optional(
    namesOrFolders,
    "further test sets: tasks, or folders with a test split",
  ),
  columns: none.optional(
    columns,
    "columns of your own task's files: of the text and its label, or context=A,text=B,label=C (default: text or question, context, label)",
  ),
  experiment: none.optional(
    text,
    "flags from experiments/<name>.json; those given here come first",
  ),
  shard: none.optional(
    shard,
    "do part i of n of the runs, for machines that share the results folder; caps count for each part (default: all)",
  ),
  results: none.flag(folder, "results", "where everything produced goes"),
  dataDir: none.optional(
    folder,
    "benchmarks as <format>/<task>/<split>.jsonl; else $SEEDLING_DATA, else downloaded",
  ),
  sample: none.on("the bundled sample data and its recording, even if a key is set"),
  replay: none.optional(
    folder,
    "replies from a recording: a creation's folder, or a folder of such",
  ),
  followLinks: none.on(
    "also read and write what links in the results, a recording or a classifier lead to",
  ),

  ...createFlags,
  ...requestFlags,

  created: train.optional(
    file,
    "train on examples (CSV, TSV, JSON, JSONL): a path, or a name in each --data folder",
  ),
  distinct: given.on(
    "leave out what repeats an earlier text of --created, case and white space aside; --examples then draws with the train seed",
  ),
  pool: pooled.optional(
    file,
    "texts of your own without labels (CSV, TSV, JSON or JSONL), which the language model labels blind: trained on alone with --setting pool, else beside what is created",
  ),
  poolLimit: pooled.optional(
    whole(1, mostExamples),
    "label so many texts of --pool at most, those first that a classifier, fitted on what is labelled so far, is least sure of (default: all)",
  ),
  addHuman: train.optional(
    whole(1, mostExamples),
    "mix so many labelled examples of the train split into created ones (default: none)",
  ),
  humanRows: human.optional(
    whole(1, mostExamples),
    "a control, for human: draw so many rows of the train split, and repeat them to as many as --examples says",
  ),
  encoder: train.flag(
    model,
    "use-lite",
    "the classifier's encoder: use-lite (embedded, frozen only), hub id, or folder; bag-of-words: the words of what is trained on",
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
    "number type of onnx weights (default: fp32, or what a folder has; q8 is written where safetensors alone are there)",
  ),
  maxLength: train.flag(
    whole(8, 100_000),
    "256",
    "tokens of a text; a context is truncated at its end",
  ),
  prompt: foreign.optional(
    prompt,
    "put before each text that a frozen encoder reads, such as 'query: ' (default: what its files declare)",
  ),
  dev: train.optional(
    choice("human", "created", "stratified", "folds"),
    "chosen on: human dev split; created: a tenth of the training set; stratified: a tenth of each label; folds: five of the training set, all of which is then fitted (default: human where the task has one, else created; for your own task folds, or stratified with an MLP or full tuning)",
  ),
  names: linear.byTask(
    choice("auto", "on", "off", "choose"),
    "off",
    "a linear head starts from how near a text is to the labels' names; choose: with or without, whichever is better on dev (auto: for your own task on, or choose where people labelled what it is chosen on)",
  ),
  penalty: linear.byTask(
    choiceOr(positive(1000), "a number above 0", "auto", "loss", "accuracy", "agreement"),
    "accuracy",
    "a linear head's L2 penalty: a number; loss or accuracy: of nine the best on dev; agreement: 0.003, or 0.03 where blind answers agree with less than 80 % of the created labels (auto: accuracy; for your own task loss where people labelled what it is chosen on, else agreement)",
  ),
  classWeights: train.byTask(
    choice("auto", "balanced", "none"),
    "none",
    "balanced: each label counts the same, however many examples it has (auto: balanced for your own tasks)",
  ),
  shares: train.optional(
    text,
    "label shares that the probabilities are to hold for: train, dev, or billing=0.5,refund=0.2 (default: those it was trained for, equal ones with --class-weights balanced)",
  ),
  calibration: train.byTask(
    choice("auto", "temperature", "none"),
    "none",
    "temperature: scores are divided by a number, fitted on dev or the folds, so that probabilities are as often right as they say; it changes no label (auto: temperature for your own tasks)",
  ),
  maxError: train.optional(
    positive(0.5),
    "give no label where more than this share of them might be wrong: the least probability is found on dev or the folds, with 95 % confidence; 0.05 takes 59 held-out answers at least (npm run threshold finds it later; default: a label always)",
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
    whole(1, 100_000),
    "epochs at most; the best is chosen on dev (default: the recipe's; MLP 10)",
  ),
  batchSize: steps.optional(
    list(whole(1, 1_000_000)),
    "examples a step; several: part of the grid (default: the recipe's; MLP 64)",
  ),
  accumulate: full.flag(
    whole(1, 1_000_000),
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
  select: train.optional(
    choice("coverage", "random"),
    "train on a part of the examples only, as large as --keep says: those that cover the encoder's vectors of all best (k-center), or, as its control, as many drawn with the train seed",
  ),
  keep: selected.optional(
    positive(1),
    "the fraction that --select keeps; each label keeps one example at least",
  ),
  selectEncoder: covered.optional(
    model,
    "whose vectors --select coverage reads: use-lite, hub id or folder (default: --encoder as it is before training; for a bag of words use-lite)",
  ),
  labels: train.flag(
    choice("true", "shuffled", "soft", "answered"),
    "true",
    "answered: each created example's most frequent blind answer by --verify, exchanged after the creation; soft: their probabilities by --relabel 3 (or more) or --answers letters; shuffled: a control, labels permuted with the train seed",
  ),
  baselines: none.flag(
    choice("auto", "on", "off"),
    "auto",
    "rows beside those asked for: a bag of words trained on the same examples, and the labels' names alone (auto: on for your own tasks with the same labels for every example)",
  ),
  input: train.flag(
    choice("full", "options", "question"),
    "full",
    "a control, in train, dev and test: options alone (multiple choice), or the question without its context",
  ),
} satisfies Record<string, Flag<unknown>>;

type FlagTable = typeof flagTable;

/** A flag's name in code and in experiment files. */
export type FlagName = keyof FlagTable;

export type Flags = { [Name in FlagName]: FlagTable[Name] extends Flag<infer T> ? T : never };

/** All flags' names, in the order of the help. */
export const flagNames = Object.keys(flagTable) as FlagName[];

/** Flags that stand in a run itself, and in its name, rather than among its conditions. */
export const axes: readonly FlagName[] = [
  "data",
  "setting",
  "seed",
  "exampleSeed",
  "creationSeed",
  "trainSeed",
];

/** Flags that are read where the language model itself answers test items. */
const readByDirect: readonly FlagName[] = ["model", "temperature", "topP", "maxTokens"];

/** Flags of creation that are read where texts of `--pool` are labelled. */
const readByPool: readonly FlagName[] = [
  ...(["model", "temperature", "topP", "maxTokens", "nearOverlap", "similarityEncoder"] as const),
  ...(["verify", "relabel", "answers", "verifyModel", "minAgreement"] as const),
];

/** Flags that are read where the nearest label's name is the answer: of the encoder, and what of an example it reads. */
const readByNames: readonly FlagName[] = [
  "encoder",
  "runtime",
  "dtype",
  "maxLength",
  "prompt",
  "input",
];

/** Whether what is trained is a linear head on a frozen encoder. */
export function hasLinearHead({ tune, head }: { tune?: unknown; head?: unknown }): boolean {
  return tune === "head" && head !== "mlp";
}

/** Whether a run of a source, with these flags, reads a flag. */
export function isReadBy(name: FlagName, source: Source, flags: Flags): boolean {
  const { readBy, changes }: Flag<unknown> = flagTable[name];
  const { trains, asksModel, isPool } = sources[source];
  if (isPool && changes === "create" && !readByPool.includes(name)) return false;
  if (!trains && (changes === "create" || changes === "train")) {
    if (asksModel) return readByDirect.includes(name);
    if (!readByNames.includes(name)) return false;
  }
  return !readBy || readBy(source, flags);
}

/** `numExamples` -> `--num-examples`. */
export function toOption(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The default of a flag, before `auto` is resolved. */
export function findInitial(name: FlagName): unknown {
  return parseOwn(name, flagTable[name].initial);
}

/** The value of a flag that names no result: what every earlier version did. */
export function findUsual(name: FlagName): unknown {
  const { initial, usual }: Flag<unknown> = flagTable[name];
  return parseOwn(name, usual ?? initial);
}

function parseOwn(name: FlagName, text: string | null): unknown {
  const { type }: Flag<unknown> = flagTable[name];
  return text === null ? null : type.parse(text);
}
