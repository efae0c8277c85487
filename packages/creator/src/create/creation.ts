import {
  type Example,
  ExpectedError,
  escapeControls,
  mostExamples,
  renderCount,
  renderWhole,
} from "@seedling/core/internal";
import type { CheckContext, Close, TextIndex } from "../filters/checks.ts";
import type { Agreement, AnswerForm } from "../filters/verify.ts";
import {
  addTokens,
  type Chat,
  type ChatRequest,
  type Completion,
  countBytes,
  type Parameters,
} from "../llm/chat.ts";
import { assumedBytes } from "../llm/estimate.ts";
import type { Shape } from "../prompt/prompt.ts";
import {
  type CloseTo,
  type Rejection,
  type RejectionCounts,
  renderCounts,
} from "../reply/candidate.ts";
import type { ReadingRule } from "../reply/match-option.ts";
import type { Attribute, Leaf } from "../settings/attributes.ts";
import type { ChoiceContext } from "../settings/settings.ts";
import { renderMissingLabels } from "./quotas.ts";

/** What a creation works with; changes nothing that is kept. */
export interface CreationDependencies
  extends Pick<CheckContext, "evaluated">,
    Pick<ChoiceContext, "similarities"> {
  chat: Chat;
  /** Indices that find near duplicates, to which the questions of kept examples are added. */
  near: readonly TextIndex[];
  /** Answers the label check; null: there is none. */
  answer: Chat | null;
  /** Fits a classifier between chunks; left out: none is. */
  refit?: Refit | null;
  /** Requests in flight at most. */
  concurrency: number;
  /** Writes a kept example as the next line. */
  keep: (example: Example, lineage: Lineage) => void;
  reject: (rejection: Rejection, provenance: Provenance) => void;
  /** Called after each processed reply. */
  progress: (state: CreationState) => void;
  /** Prints what a user should know. */
  log?: (line: string) => void;
  /** Stops the asking when it is aborted. */
  signal?: AbortSignal | undefined;
}

/** The request that an example or a rejection comes from. */
export interface Provenance {
  /** The request's index in the plan, from 0. */
  request: number;
  key: string;
  /**
   * The line of the shown example in `created.jsonl`, from 0; null: the formatting example, or one that was set
   * aside, over its label's quota, when chains were merged.
   */
  parent: number | null;
  /** Requests between the formatting example and this one. */
  depth: number;
  chain: number;
  /** The attributes that it asked for, where the setting has some. */
  leaf?: Leaf;
  /** The row of the text in the file of `--pool`, from 0, where it was labelled and not created. */
  pool?: number;
}

/** Where a kept example comes from, and what is known of it besides its text. */
export interface Lineage extends Provenance {
  /** How the label check went, if it was made. */
  agreement?: Agreement;
  /** The created label's text, where the label check decides the final one. */
  created?: string;
  /** The rules by which it was read, where it was not written as the formatting example is. */
  readBy?: readonly ReadingRule[];
  /** The item that it is too close to, if contamination is counted and not filtered. */
  closeTo?: CloseTo & Omit<Close, "closeTo">;
}

/** How the tree of attributes came about. */
export interface Naming {
  attributes: Attribute[];
  /** Replies, and those of them that named too few. */
  replies: number;
  unread: number;
}

/** What a classifier makes of examples, of each when it was fitted to others. */
export interface JudgedExamples {
  /** The probability of its answer. */
  confidence: readonly number[];
  /** Whether that is the example's label. */
  right: readonly boolean[];
}

/** Fits a classifier to examples, and answers each of them by a fit to others, such as on folds. */
export type Refit = (examples: readonly Example[]) => Promise<JudgedExamples>;

/** How often a classifier is right about kept examples that it was not fitted to. */
export interface CurvePoint {
  /** Kept examples. */
  n: number;
  /** A fraction, and its standard error. */
  accuracy: number;
  error: number;
}

/** Tokens of replies. */
export type TokenCount = ReturnType<typeof createTokenCount>;

/** How far a creation is. Everything but what is in flight, and what came, is the same for any concurrency. */
export type CreationState = ReturnType<typeof createState>;

/** Creates the state of a creation of which nothing is processed. @param looks whether contamination is looked for */
export function createState(looks = false) {
  return {
    /**
     * The yield funnel: processed replies; candidates in them, valid or not (a reply with nothing to read
     * holds none); those complete and of the formatting example's form; those neither kept before nor
     * a copy of the formatting example; and those that passed everything.
     */
    funnel: { completions: 0, candidates: 0, valid: 0, new: 0, kept: 0 },
    /** Creation requests whose reply has not come. */
    inFlight: 0,
    rejections: {} as RejectionCounts,
    /** The latest rejection, to show a user who wonders why nothing is kept. */
    lastRejection: null as Rejection | null,
    /** How often each label was kept: its text, or where options vary its option's number, from 1. */
    labels: Object.create(null) as Record<string, number>,
    /** Kept examples by each rule that read what is not written as the formatting example is. */
    readings: {} as Partial<Record<ReadingRule, number>>,
    /** Kept examples that are too close to an item that is evaluated on; null: not looked for. */
    contaminated: looks ? 0 : (null as number | null),
    /** Tokens of what its example requests took up to the last one processed, in their order: what `tokens` is compared with. */
    counted: 0,
    /** Of the creation's replies, processed or not, and of the label check's. */
    tokens: createTokenCount(),
    checking: { ...createTokenCount(), replies: 0 },
    /** Examples whose labels were checked, and the sum of their fractions of answers that agree with the created label. */
    agreement: { examples: 0, shares: 0 },
    /** Kept examples whose final label is not the created one; null: the label check decides none. */
    relabelled: null as number | null,
    /** What the model named to ask for, with the replies that this took; null: nothing is named, or not yet. */
    naming: null as Naming | null,
    /** How a classifier that is fitted as it goes does, a point for each chunk; and whether it stopped for that. */
    curve: [] as CurvePoint[],
    isFlat: false,
    adapted: new Set<string>(),
    /** When the latest reply came, ISO 8601; empty: none has. */
    date: "",
    /** Whether its patience is over. */
    gaveUp: false,
  };
}

/** What a creation is to come to: so many examples, or so many tokens (null: however many). */
export interface CreationTarget {
  target: number;
  tokens: number | null;
}

/** Whether a creation has what it wants, gave up, or gets no better. */
export function isFinished(plan: CreationTarget, state: CreationState): boolean {
  return state.funnel.kept === plan.target || hasTaken(plan, state) || state.gaveUp || state.isFlat;
}

/** Whether a creation took the tokens that it was to take. */
export function hasTaken({ tokens }: CreationTarget, { counted }: CreationState): boolean {
  return tokens !== null && counted >= tokens;
}

/** Counts the tokens of a request with its reply; where the server did not, by the bytes of both. */
export function countReplyTokens(
  request: ChatRequest,
  { usage, text }: Pick<Completion, "usage" | "text">,
): number {
  if (usage !== null) return usage.promptTokens + usage.completionTokens;
  return Math.ceil((countBytes(request) + Buffer.byteLength(text)) / assumedBytes);
}

/** Renders what is kept of what is wanted: `12 of 60 kept`, or `12 kept, 8,120 of 20,000 tokens`. */
export function renderKept(
  { target, tokens }: CreationTarget,
  state: CreationState,
  word = "kept",
): string {
  const { kept } = state.funnel;
  const of = target === mostExamples ? `${kept} ${word}` : `${kept} of ${target} ${word}`;
  if (tokens === null) return of;
  return `${of}, ${renderWhole(state.counted)} of ${renderWhole(tokens)} tokens`;
}

/** Creates the token count of no reply: also how many the server did not count, and were cut at their limit. */
export function createTokenCount() {
  const batched = { promptTokens: 0, completionTokens: 0 };
  return { promptTokens: 0, completionTokens: 0, uncounted: 0, cut: 0, batched };
}

/** Counts a reply of a creation, or of its label check. */
export function countReply(state: CreationState, tokens: TokenCount, reply: Completion): void {
  addReply(tokens, reply);
  if (reply.at > state.date) state.date = reply.at;
}

/** Counts a reply's tokens as it comes: they are paid for, whether the reply is needed or not. */
export function addReply(tokens: TokenCount, { usage, ms, finishReason }: Completion): void {
  if (finishReason === "length") tokens.cut += 1;
  if (usage === null) tokens.uncounted += 1;
  else {
    addTokens(tokens, usage);
    // Replies of a batch have no latency.
    if (ms === 0) addTokens(tokens.batched, usage);
  }
}

/** Answers after which it is known whether most of them are cut. */
const enoughAnswers = 20;

/**
 * Ends a label check, or a test, that most answers are too short for: nothing would be measured.
 * @param answers so far; all: that are asked for
 * @param otherwise what else may be done
 * @throws ExpectedError
 */
export function throwIfMostlyCut(
  { cut }: TokenCount,
  { answers, all, maxTokens }: { answers: number; all: number } & Pick<Parameters, "maxTokens">,
  otherwise = "",
): void {
  if (answers < Math.min(all, enoughAnswers) || cut <= answers / 2) return;
  const limit = maxTokens === "original" ? "--max-tokens original" : `${maxTokens} tokens`;
  throw new ExpectedError(
    `${cut} of ${answers} answers were cut at ${limit}, before they chose an option: raise --max-tokens${otherwise}`,
  );
}

/**
 * Counts an answer of a label check.
 * @param all answers that are expected at least
 * @param otherwise what else may be done where most are cut
 * @throws ExpectedError if most of them are cut
 */
export function countAnswer(
  state: CreationState,
  reply: Completion,
  check: { answers: AnswerForm; parameters: Pick<Parameters, "maxTokens"> },
  all: number,
  otherwise = "",
): void {
  const { checking } = state;
  countReply(state, checking, reply);
  checking.replies += 1;
  // A letter is one token.
  if (check.answers === "letters") return;
  const { maxTokens } = check.parameters;
  throwIfMostlyCut(checking, { answers: checking.replies, all, maxTokens }, otherwise);
}

/** Counts all tokens of a creation's replies and of its label check's. */
export function countTokens({ tokens, checking }: CreationState): number {
  return [tokens, checking].reduce((sum, one) => sum + one.promptTokens + one.completionTokens, 0);
}

/** Computes the mean fraction of answers that agree with a created label; null: none was checked. */
export function computeAgreement({ agreement }: Pick<CreationState, "agreement">): number | null {
  const { examples, shares } = agreement;
  return examples === 0 ? null : shares / examples;
}

/** Explains why a creation gave up, with what was rejected last: a model's text, so its control characters are escaped. */
export function renderGivenUp(
  plan: CreationTarget & { patience: number; balance: boolean; shape: Shape },
  state: CreationState,
): string {
  const { rejections, lastRejection, labels } = state;
  const { patience, balance } = plan;
  const { reason, evidence } = lastRejection ?? { reason: "none", evidence: "" };
  const last = escapeControls(JSON.stringify(evidence));
  const missing = balance ? `; labels still wanted: ${renderMissingLabels(plan, labels)}` : "";
  return `${patience} replies in a row with nothing kept, ${renderKept(plan, state, "examples")} so far${missing} (rejected: ${renderCounts(rejections)}; the last, ${reason}: ${last})`;
}

/** Renders what replies came to of which nothing was kept. */
export function renderNothing({ counted, funnel, naming, rejections }: CreationState): string {
  const named = naming ? `${renderCount(naming.replies, "reply")} named attributes, ` : "";
  return `${named}${renderCount(funnel.completions, "reply")} to requests for examples, ${renderWhole(counted)} tokens, nothing kept (rejected: ${renderCounts(rejections)})`;
}
