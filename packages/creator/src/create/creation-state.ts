import { escapeControls } from "@seedling/core/internal";
import { addTokens, type Completion, type Spending } from "../llm/chat.ts";
import { type Rejection, type RejectionCounts, renderCounts } from "../reply/candidate.ts";
import type { ReadingRule } from "../reply/match-option.ts";

/** The yield funnel: how many are left after each step. */
export interface Funnel {
  /** Processed replies. */
  completions: number;
  /** Candidates in them, valid or not; a reply with nothing to read holds none. */
  candidates: number;
  /** Complete candidates of the formatting example's form. */
  valid: number;
  /** Neither kept before nor a copy of the formatting example. */
  new: number;
  /** What passed everything. */
  kept: number;
}

/** Tokens of replies. */
export interface TokenCount extends Spending {
  /** Replies whose server did not count. */
  uncounted: number;
}

/** How far a creation is. Everything but what is in flight is the same for any concurrency. */
export interface CreationState {
  funnel: Funnel;
  /** Creation requests whose reply has not come. */
  inFlight: number;
  rejections: RejectionCounts;
  /** The latest rejection, to show a user who wonders why nothing is kept. */
  lastRejection: Rejection | null;
  /** How often each label was kept: its text, or where options vary its option's number, from 1. */
  labels: Record<string, number>;
  /** Kept examples by each rule that read what is not written as the formatting example is. */
  readings: Partial<Record<ReadingRule, number>>;
  /** Kept examples that are too close to an item that is evaluated on; null: not looked for. */
  contaminated: number | null;
  /** Of the creation's replies, processed or not. */
  tokens: TokenCount;
  /** Of the label check's replies. */
  checking: TokenCount & { replies: number };
  /** Examples whose labels were checked, and the sum of their fractions of agreeing answers. */
  agreement: { examples: number; shares: number };
  adapted: Set<string>;
  /** Whether its patience is over. */
  gaveUp: boolean;
}

/** Creates the state of a creation of which nothing is processed. @param looks whether contamination is looked for */
export function createState(looks = false): CreationState {
  return {
    funnel: { completions: 0, candidates: 0, valid: 0, new: 0, kept: 0 },
    inFlight: 0,
    rejections: {},
    lastRejection: null,
    labels: Object.create(null) as Record<string, number>,
    readings: {},
    contaminated: looks ? 0 : null,
    tokens: createTokenCount(),
    checking: { ...createTokenCount(), replies: 0 },
    agreement: { examples: 0, shares: 0 },
    adapted: new Set(),
    gaveUp: false,
  };
}

/** Whether a creation has what it wants, or gave up. */
export function isFinished({ target }: { target: number }, state: CreationState): boolean {
  return state.funnel.kept === target || state.gaveUp;
}

/** Creates the token count of no reply. */
export function createTokenCount(): TokenCount {
  const batched = { promptTokens: 0, completionTokens: 0 };
  return { promptTokens: 0, completionTokens: 0, uncounted: 0, batched };
}

/** Counts a reply's tokens as it comes: they are paid for, whether the reply is needed or not. */
export function addReply(tokens: TokenCount, { usage, ms }: Completion): void {
  if (usage === null) tokens.uncounted += 1;
  else {
    addTokens(tokens, usage);
    // Replies of a batch have no latency.
    if (ms === 0) addTokens(tokens.batched, usage);
  }
}

/** Counts all tokens of a creation's replies and of its label check's. */
export function countTokens({ tokens, checking }: CreationState): number {
  return [tokens, checking].reduce((sum, one) => sum + one.promptTokens + one.completionTokens, 0);
}

/** Explains why a creation gave up, with what was rejected last: a model's text, so its control characters are escaped. */
export function renderGivenUp(
  { patience, target }: { patience: number; target: number },
  { funnel, rejections, lastRejection }: CreationState,
): string {
  const { reason, evidence } = lastRejection ?? { reason: "none", evidence: "" };
  const last = escapeControls(JSON.stringify(evidence));
  return `${patience} replies in a row with nothing kept, ${funnel.kept} of ${target} examples so far (rejected: ${renderCounts(rejections)}; the last, ${reason}: ${last})`;
}
