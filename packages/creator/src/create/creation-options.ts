import {
  type Allowable,
  type CreatedSetting,
  type Example,
  mostExamples,
  mostLetters,
  type Rejectable,
  sources,
} from "@seedling/core/internal";
import { chooseChecks, isValid } from "../filters/checks.ts";
import type { ComparedSplit } from "../filters/contamination.ts";
import { type AnswerForm, letterOrders } from "../filters/verify.ts";
import type { Chat, Parameters } from "../llm/chat.ts";
import type { OpenChatOptions } from "../llm/open-chat.ts";
import { renderOwnInstruction } from "../prompt/instruction.ts";
import { createReplySchema, isListing, type Shape } from "../prompt/prompt.ts";
import { createReplyReader } from "../reply/read-reply.ts";
import { settings } from "../settings/settings.ts";
import type { CreationState, Refit } from "./creation.ts";

/** What examples are created, and how. Everything but `concurrency`, `signal`, `log` and the folders decides what is created. */
export interface CreateExamplesOptions {
  /** The formatting example: created examples have its form, and a context where it has one. */
  example: Example;
  /** Further examples of that form: requests show them in turn with the first. Default: none. */
  furtherExamples?: readonly Example[] | undefined;
  /** fixed: every example has the same options (yes/no, topics); varying: its own (multiple choice). Default: fixed. */
  options?: Shape["options"] | undefined;
  /** What each request shows, and with attributes asks for. Default: tree. */
  setting?: CreatedSetting | undefined;
  /** How many examples to create. Default: with `tokens` as many as these bring. */
  target?: number | undefined;
  /**
   * Ends with the reply by which all so far, in the order of the requests, took so many tokens: those that name attributes
   * and answers that decide labels or what is kept among them. Default: not counted.
   */
  tokens?: number | null | undefined;
  /** The language model: a server that speaks the OpenAI protocol, or any `Chat`. */
  chat: Chat | ChatServer;
  /**
   * Sampling, and a reply's limit in tokens; part of each request's key. A `Chat` sends what it likes.
   * Default: the server's model, temperature 1, topP 1, maxTokens 2048.
   */
  parameters?: Partial<Parameters> | undefined;
  /** Default: 1. */
  seed?: number | undefined;
  /** Requests in flight at most. Default: 16. */
  concurrency?: number | undefined;
  /** Stops the asking; replies that are out are waited for, since they are paid for. */
  signal?: AbortSignal | undefined;
  /** Where created.jsonl, lineage.jsonl, rejected.jsonl and journal.jsonl are written; without it nothing is written. */
  folder?: string | undefined;
  /**
   * Whether replies are kept in the folder's journal.jsonl and answered from there first, so that the
   * same call goes on where it was stopped. Default: true with a folder. False for a `chat` with a journal of its own.
   */
  journal?: boolean | undefined;
  /** The folder of downloaded encoders. Default: the checkout's or the user's cache. */
  cache?: string | undefined;
  /** The folder that keeps the vectors of diverse, similar and nearCosine, so that going on encodes nothing twice. Default: none is kept. */
  vectorCache?: string | null | undefined;
  /** How many examples one request asks for. Default: 5. */
  perRequest?: number | undefined;
  /** The system instruction. Default: our own wording. */
  instruction?: string | undefined;
  /** What the task is, in words: stands before our own instruction and before each label check. */
  about?: string | null | undefined;
  /** What each label means, where there are more than 20: a request, which then asks for one of them, says so. */
  descriptions?: Readonly<Record<string, string>> | null | undefined;
  /** schema: asks for structured output. Default: text. */
  reply?: "text" | "schema" | undefined;
  /** Whether each request asks for one label, in turn, and as many of each are kept. Default: false. */
  balance?: boolean | undefined;
  /** Fits a classifier for feedback and stopWhenFlat, such as what openRefit of @seedling/trainer gives. */
  refit?: Refit | null | undefined;
  /** Examples asked for between two fits. Default: 20. */
  chunk?: number | undefined;
  /** Ends once the classifier's accuracy on what is kept has not risen by more than its error for three chunks. Default: false. */
  stopWhenFlat?: boolean | undefined;
  /** Independent chains of random, diverse and similar. Default: 1. */
  chains?: number | undefined;
  /** salvage: keeps every valid example of a reply; strict: the original's parts between blank lines, exactly as many as asked for. Default: salvage. */
  replies?: "salvage" | "strict" | undefined;
  /** Reasons to reject for that are off by default. */
  reject?: readonly Rejectable[] | null | undefined;
  /** Reasons to reject for that are on by default, switched off. */
  allow?: readonly Allowable[] | null | undefined;
  /** The fraction of common letter 5-grams from which two texts are too close. Default: 0.7. */
  nearOverlap?: number | undefined;
  /** The cosine from which two questions are too close; null: not compared. Default: null. */
  nearCosine?: number | null | undefined;
  /** The encoder of diverse, similar and nearCosine: a hub id, an absolute folder, or use-lite. */
  similarityEncoder?: string | undefined;
  /** What is evaluated on: examples too close to it are counted, or rejected with reject: ["contaminated"]. */
  evaluated?: readonly ComparedSplit[] | null | undefined;
  /** Answers each created question so many times without its label; the fraction of agreeing answers is its agreement. */
  verify?: LabelCheckOptions | null | undefined;
  /** Replies in a row with nothing kept, after which creation gives up. Default: 20. */
  patience?: number | undefined;
  /** Ends quietly, instead of throwing, where creation gives up. Default: false. */
  allowShort?: boolean | undefined;
  /** Called after each processed reply. */
  progress?: ((state: CreationState) => void) | undefined;
  /** Prints what a user should know, such as a download. */
  log?: ((line: string) => void) | undefined;
  /** For an encoder's download from the hub. */
  fetch?: typeof fetch | undefined;
  /** HF_ENDPOINT names another hub, HF_TOKEN opens closed models; left out: neither. */
  env?: Record<string, string | undefined> | undefined;
}

/** A server that speaks the OpenAI protocol, and its model. */
export type ChatServer = Pick<
  OpenChatOptions,
  "baseURL" | "apiKey" | "model" | "timeout" | "retries" | "maxWait" | "joinInstruction" | "fetch"
>;

/** How labels are checked. */
export interface LabelCheckOptions {
  /** Answers to each question. */
  times: number;
  /** Whether the most frequent answer becomes the label; tied or unreadable ones leave the created label. Default: false. */
  relabel?: boolean | undefined;
  /**
   * letters: asks for the probabilities of the options by one letter each, in two orders, instead of `times` texts;
   * at most 20 options, and a server that gives logprobs. Default: text.
   */
  answers?: AnswerForm | undefined;
  /** Rejects what a smaller fraction of the answers agrees with, as it was created; null: nothing. Default: null. */
  minAgreement?: number | null | undefined;
  /** Who answers. Default: the creation's chat or server. */
  chat?: Chat | undefined;
  /** The answering model's name. Default: the creation's. */
  model?: string | null | undefined;
}

/** Everything that decides what a creation asks and keeps. */
export type CreationPlan = ReturnType<typeof planExamples>;

/** Turns options into a creation's plan. @throws RangeError for options without a meaning */
export function planExamples(
  options: Omit<CreateExamplesOptions, "chat"> & Partial<Pick<CreateExamplesOptions, "chat">>,
) {
  const { example, setting = "tree", perRequest = 5, chains = 1, about = null } = options;
  const { tokens = null, target = tokens === null ? Number.NaN : mostExamples } = options;
  const { reject = null, allow = null, patience = 20, replies = "salvage", seed = 1 } = options;
  const { verify, concurrency = 16, chunk = 20 } = options;
  const counts = {
    target,
    tokens: tokens ?? 1,
    perRequest,
    chains,
    chunk,
    patience,
    "verify.times": verify?.times ?? 1,
  };
  for (const [name, value] of Object.entries(counts))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name}: expected a whole number from 1, got ${value}`);
  if (!(concurrency >= 1))
    throw new RangeError(`concurrency: expected a number from 1, got ${concurrency}`);
  if (example.options[example.label] === undefined)
    throw new RangeError(
      `example.label: expected an index into its ${example.options.length} options, got ${example.label}`,
    );
  const byLetters = verify?.answers === "letters";
  if (byLetters && (verify.times !== 1 || example.options.length > mostLetters))
    throw new RangeError(
      `verify.answers: expected text, or letters with verify.times 1 and ${mostLetters} options at most, got letters with ${verify.times} and ${example.options.length}`,
    );
  const model = typeof options.chat === "object" ? options.chat.model : "model";
  // JavaScript may leave it out.
  const [formatting = example, ...further] = [example, ...(options.furtherExamples ?? [])].map(
    (one) => ({ ...one, context: one.context || null }),
  );
  const shape: Shape = { formatting, further, options: options.options ?? "fixed" };
  const { balance = false } = options;
  if (balance && options.target === undefined)
    throw new RangeError(
      "target: expected a number with balance, which shares it out among labels",
    );
  const labels = example.options.length;
  const isListed = isListing(shape.options, labels);
  const { asksForLeaf = false } = settings[setting];
  const parameters: Parameters = {
    model,
    temperature: 1,
    topP: 1,
    maxTokens: 2048,
    ...options.parameters,
  };
  /** What candidates must pass, in order. */
  const checks = chooseChecks({ reject, allow });
  return {
    setting,
    shape,
    instruction:
      options.instruction ??
      renderOwnInstruction(shape.options, perRequest, { about, labels, asksForLeaf }),
    about,
    parameters,
    seed,
    target,
    tokens,
    perRequest,
    schema: options.reply === "schema" ? createReplySchema(shape, perRequest) : null,
    balance,
    /** Requests between two fits. */
    chunk: Math.ceil(chunk / perRequest),
    stopWhenFlat: options.stopWhenFlat ?? false,
    /** Whether a request asks for one label, in turn, and what it says of that. */
    asksForOne: balance || !isListed || (asksForLeaf && shape.options === "fixed"),
    descriptions: isListed ? null : (options.descriptions ?? null),
    chains: sources[setting].isChained ? chains : 1,
    readReply: createReplyReader(replies, { reject, allow }, (candidate) =>
      isValid(candidate, checks, shape),
    ),
    checks,
    /** How labels are checked; null: they are not. */
    check: verify
      ? {
          times: byLetters ? letterOrders : verify.times,
          relabel: verify.relabel ?? false,
          answers: verify.answers ?? "text",
          minAgreement: verify.minAgreement ?? null,
          parameters: {
            ...parameters,
            model: verify.model ?? parameters.model,
            ...(byLetters && { maxTokens: 1 }),
          },
          seed,
          about,
        }
      : null,
    patience,
    allowShort: options.allowShort ?? false,
  };
}
