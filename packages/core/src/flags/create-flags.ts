import { allowable, rejectable } from "./check-names.ts";
import { type Flag, flag, on, optional } from "./flag.ts";
import { choice, list, numberBetween, price, text, whole } from "./flag-values.ts";

const share = numberBetween(0, 1, { above: true });

/** Whether `--reject` names a check. */
function rejects(flags: Readonly<Record<string, unknown>>, name: string): boolean {
  return Array.isArray(flags.reject) && flags.reject.includes(name);
}

/** Flags that shape what is created; in the order of the help. A recording fixes them all. */
export const createFlags = {
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
} satisfies Record<string, Flag<unknown>>;

/** How the language model is asked, whatever it is asked for; in the order of the help. */
export const requestFlags = {
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
} satisfies Record<string, Flag<unknown>>;
