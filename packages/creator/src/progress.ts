import type { Completion } from "./ask/chat.ts";
import type { Rejection, RejectionCounts } from "./read/rejections.ts";

/** How far a creation is. What is kept, replied and rejected is the same for any concurrency. */
export interface Progress {
  kept: number;
  /** Requests whose reply is settled. */
  replies: number;
  inFlight: number;
  rejections: RejectionCounts;
  /** The latest one, to show a user who wonders why. */
  lastRejection: Rejection | null;
  promptTokens: number;
  completionTokens: number;
  /** Replies that came, settled or not, whose server did not count their tokens. */
  uncounted: number;
  adapted: Set<string>;
  /** Whether it gave up, its patience over. */
  gaveUp: boolean;
}

/** Nothing settled yet. */
export function toStart(): Progress {
  return {
    kept: 0,
    replies: 0,
    inFlight: 0,
    rejections: {},
    lastRejection: null,
    promptTokens: 0,
    completionTokens: 0,
    uncounted: 0,
    adapted: new Set(),
    gaveUp: false,
  };
}

/** Counts a reply's tokens as it comes: what is paid for, whether it is needed or not. */
export function addUsage(state: Progress, { usage, adapted }: Completion): void {
  state.promptTokens += usage?.promptTokens ?? 0;
  state.completionTokens += usage?.completionTokens ?? 0;
  if (usage === null) state.uncounted += 1;
  for (const one of adapted) state.adapted.add(one);
}
