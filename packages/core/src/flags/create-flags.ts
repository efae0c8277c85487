import { isCreated, type Source, sources } from "../data/sources.ts";
import {
  choice,
  type Flag,
  file,
  flagsOf,
  list,
  model,
  numberBetween,
  orAlone,
  orOff,
  positive,
  price,
  text,
  whole,
  wholeOr,
} from "./flag.ts";

/** Checks of a created example that are off unless `--reject` names them. */
export const rejectable = [
  "truncated",
  "repeated-options",
  "near-duplicate",
  "contaminated",
] as const;

/** Checks that are on unless `--allow` names them. */
export const allowable = [
  "refusal",
  "wrong-number-of-options",
  "options-differ",
  "copy-of-the-formatting-example",
  "duplicate",
] as const;

export type Rejectable = (typeof rejectable)[number];

export type Allowable = (typeof allowable)[number];

/** Examples of a creation: what one holds in memory of each of them. */
export const mostExamples = 10_000_000;

const create = flagsOf("create");
const created = flagsOf("create", isCreated);
const chained = flagsOf("create", (source) => sources[source].isChained);
const checked = flagsOf("create", (_, flags) => flags.verify !== null || isRelabelling(flags));
/** Where the check decides the label, how often is asked stands there. */
const verified = flagsOf("create", (_, flags) => !isRelabelling(flags));
const none = flagsOf("none");

const compared = flagsOf(
  "create",
  (source, flags) =>
    sources[source].comparesQuestions ||
    flags.nearCosine !== null ||
    refits(source, flags) ||
    (sources[source].isPool && flags.poolLimit !== null),
);
const refitted = flagsOf("create", refits);
const overlapping = flagsOf(
  "create",
  (source, { reject }) =>
    sources[source].isPool ||
    ["near-duplicate", "contaminated"].some(
      (name) => Array.isArray(reject) && reject.includes(name),
    ),
);

/** Whether a classifier is fitted while examples are created. */
function refits(source: Source, { stopWhenFlat }: Readonly<Record<string, unknown>>): boolean {
  return sources[source].looksAtClassifier || stopWhenFlat === true;
}

/** Whether the most frequent blind answer becomes the label. */
function isRelabelling({ relabel }: Readonly<Record<string, unknown>>): boolean {
  return typeof relabel === "number";
}

/** Flags that shape what is created; in the order of the help. A recording fixes them all. */
export const createFlags = {
  example: create.optional(
    file,
    "the formatting example: a JSON file, or several in a JSONL file; else one drawn from the train split",
  ),
  examples: create.optional(
    whole(1, mostExamples),
    "how many examples to create, or to draw with `human` (default: the train split's size)",
  ),
  tokens: created.optional(
    whole(1),
    "create until the replies took so many tokens, in the order of the requests: an equal target for every way of creating (docs/creation.md; with --examples: whichever comes first)",
  ),
  numExamples: create.flag(whole(1, 1000), "5", "examples asked for in one request"),
  model: create.optional(
    text,
    "the language model, or a GGUF file (default: the server's only one; OpenAI: see README)",
  ),
  temperature: create.flag(numberBetween(0, 2), "1", "sampling temperature"),
  topP: create.flag(numberBetween(0, 1), "1", "nucleus sampling"),
  maxTokens: create.flag(
    wholeOr(1, 10_000_000, "original"),
    "2048",
    "a reply's limit in tokens; original: 4,097 less the prompt, the room of the original's model",
  ),
  reply: create.flag(
    choice("text", "schema"),
    "text",
    "schema: ask for structured output (JSON schema, strict), where the server has it",
  ),
  balance: create.on("ask for each label in turn, and keep as many examples of each"),
  chains: chained.flag(
    whole(1, 10_000),
    "1",
    "independent chains from the formatting example, for random, diverse and similar",
  ),
  instruction: create.flag(
    text,
    "own",
    "own; original: the paper's, from its repository; or a file ({num_examples} stands for the number)",
  ),
  similarityEncoder: compared.flag(
    model,
    "Xenova/all-mpnet-base-v2",
    "encoder for diverse, similar, feedback, --stop-when-flat and --near-cosine: hub id, folder, or use-lite",
  ),
  stopWhenFlat: create.on(
    "end a creation whose accuracy on five folds of what is kept has not risen by more than its error for three chunks",
  ),
  chunk: refitted.flag(
    whole(1, mostExamples),
    "20",
    "examples asked for between two fits of feedback or --stop-when-flat",
  ),
  replies: create.flag(
    choice("salvage", "strict"),
    "salvage",
    "salvage: keep every valid example; strict: the original's parts, as many as asked for",
  ),
  reject: create.optional(
    list(choice(...rejectable)),
    `also reject: ${rejectable.join(", ")}, with commas (default: none)`,
  ),
  allow: create.optional(
    list(choice(...allowable)),
    `do not reject: ${allowable.join(", ")}, with commas (default: none)`,
  ),
  nearOverlap: overlapping.flag(
    positive(1),
    "0.7",
    "fraction of common letter 5-grams (Jaccard) from which two texts are too close",
  ),
  nearCosine: create.optional(
    positive(1),
    "too close also by the similarity encoder's cosine, from here on (default: not asked)",
  ),
  verify: verified.optional(
    whole(1, 1000),
    "answer each created question so often without its label, and store the agreement (default: not)",
  ),
  relabel: orAlone(
    create.byTask(
      orOff(wholeOr(1, 1000, "auto", "off")),
      "off",
      "make the most frequent of n blind answers of the model (as --verify) the label, before anything is kept; alone: one answer (auto: one for your own tasks where every example has the same labels, unless --verify is given; else off)",
    ),
    "1",
  ),
  answers: checked.flag(
    choice("text", "letters"),
    "text",
    "letters: instead of n such answers the probabilities of up to 20 lettered options, in two orders, where the server has logprobs",
  ),
  verifyModel: checked.optional(
    text,
    "the model that answers them (default: the one that creates)",
  ),
  minAgreement: checked.optional(
    numberBetween(0, 1),
    "reject what fewer of these answers agree with (default: none rejected)",
  ),
} satisfies Record<string, Flag<unknown>>;

/** Flags of asking the language model, in the order of the help. None changes a result. */
export const requestFlags = {
  patience: none.flag(whole(1), "20", "give up after so many replies in a row with nothing kept"),
  allowShort: none.on("go on with fewer examples than asked for where creation gave up"),
  concurrency: none.flag(whole(1, 10_000), "16", "requests in flight at once"),
  retries: none.flag(
    whole(0, 1000),
    "6",
    "tries after the first for a request that may succeed later",
  ),
  timeout: none.flag(positive(86_400), "600", "seconds to wait for one reply"),
  maxWait: none.flag(
    positive(1440),
    "10",
    "minutes that the server may ask to wait, or give no reply for its limits or a model still loading",
  ),
  joinInstruction: none.on(
    "put the instruction at the start of the user's message, for a model without a system role",
  ),
  maxCost: none.optional(
    positive(1e6),
    "never spend more USD on this command's creations, all its invocations together (default: no cap)",
  ),
  maxTotalTokens: none.optional(
    whole(1),
    "the same in tokens, those of requests in flight at worst (default: no cap)",
  ),
  prices: none.optional(
    price,
    "USD per million prompt and completion tokens (default: OpenAI's, from a dated list)",
  ),
  batch: none.on(
    "ask by OpenAI's Batch API at half the price: submits and leaves; the same command collects",
  ),
  preview: none.on(
    "create five examples, show them with the model's blind answers, and stop; the same command without it goes on",
  ),
  dryRun: none.on("print what would be asked, its tokens, USD and time, and do nothing"),
} satisfies Record<string, Flag<unknown>>;
