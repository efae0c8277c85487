import { addTokens, type Completion, type Spending } from "../llm/chat.ts";
import type { Rejection, RejectionCounts } from "../reply/rejections.ts";

/** The yield funnel: how many are left after each step. */
export interface Funnel {
  /** Replies that were settled. */
  completions: number;
  /** What they held, valid or not; a reply with nothing to read holds none. */
  candidates: number;
  /** Whole, and of the formatting example's form. */
  valid: number;
  /** Neither kept before nor the formatting example's copy. */
  new: number;
  /** What passed everything. */
  kept: number;
}

/** Tokens that replies took. */
export interface Tokens extends Spending {
  /** Replies whose server did not count. */
  uncounted: number;
}

/** How far a creation is. All but what is in flight is the same for any concurrency. */
export interface Progress {
  funnel: Funnel;
  /** Creation requests whose reply has not come. */
  inFlight: number;
  rejections: RejectionCounts;
  /** The latest one, to show a user who wonders why. */
  lastRejection: Rejection | null;
  /** How often each label was kept: its text, or with options of their own its place from 1. */
  labels: Record<string, number>;
  /** Kept examples that are too close to an item that is evaluated on; null: not looked for. */
  contaminated: number | null;
  /** Of the creation's replies, settled or not. */
  tokens: Tokens;
  /** Of the label check's replies. */
  checking: Tokens & { replies: number };
  /** Examples whose labels were checked, and the sum of the shares of answers that agreed. */
  agreement: { examples: number; shares: number };
  adapted: Set<string>;
  /** Whether it gave up, its patience over. */
  gaveUp: boolean;
}

/** Nothing settled yet. @param looks whether contamination is looked for */
export function toStart(looks = false): Progress {
  return {
    funnel: { completions: 0, candidates: 0, valid: 0, new: 0, kept: 0 },
    inFlight: 0,
    rejections: {},
    lastRejection: null,
    labels: Object.create(null) as Record<string, number>,
    contaminated: looks ? 0 : null,
    tokens: countNoTokens(),
    checking: { ...countNoTokens(), replies: 0 },
    agreement: { examples: 0, shares: 0 },
    adapted: new Set(),
    gaveUp: false,
  };
}

/** Tokens of no reply. */
export function countNoTokens(): Tokens {
  const batched = { promptTokens: 0, completionTokens: 0 };
  return { promptTokens: 0, completionTokens: 0, uncounted: 0, batched };
}

/** Counts a reply's tokens as it comes: what is paid for, whether it is needed or not. */
export function countTokens(tokens: Tokens, { usage, ms }: Completion): void {
  if (usage === null) tokens.uncounted += 1;
  else {
    addTokens(tokens, usage);
    // Replies of a batch have no latency.
    if (ms === 0) addTokens(tokens.batched, usage);
  }
}
