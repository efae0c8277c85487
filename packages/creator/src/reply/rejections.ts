import type { Allowable, Rejectable } from "@seedling/core/internal";
import type { Candidate } from "./candidate.ts";

/** Why a reply or a candidate was not kept. Counted, never thrown. */
export const reasons = [
  "refusal",
  "truncated",
  "no JSON",
  "wrong count",
  "broken JSON",
  "wrong fields",
  "wrong number of options",
  "options differ",
  "label not among options",
  "repeated options",
  "copy of the formatting example",
  "duplicate",
  "near duplicate",
  "contaminated",
  "too little agreement",
] as const;

/** One of them. */
export type Reason = (typeof reasons)[number];

/** What the user switched on and off. */
export interface Switches {
  /** `--reject`: reasons that count only if named. */
  reject: readonly Rejectable[] | null;
  /** `--allow`: reasons that do not count. */
  allow: readonly Allowable[] | null;
}

/** Where evidence was seen. `reply`: the whole of it. */
export type Field = "reply" | "question" | "context" | "options" | "answer";

/** What a candidate is too close to. */
export type CloseTo =
  /** A line of `created.jsonl`, from 0. */
  | { created: number }
  /** A row of a dev or test split, from 0. */
  | { task: string; split: "dev" | "test"; row: number };

/** A candidate, or a whole reply, that was not kept. */
export interface Rejection {
  reason: Reason;
  field: Field;
  /** What it was seen from, cut short. */
  evidence: string;
  closeTo?: CloseTo;
  /** From 0 to 1: of the two texts, or of the answers that agree. */
  similarity?: number;
  /** What was rejected, or the text of what is no candidate, cut; absent for a whole reply. */
  candidate?: Candidate | string;
}

/** The longest text of a candidate that a rejection carries, in UTF-16 units. */
const longestCandidate = 2000;

/** A rejection with its evidence cut to a line's length. */
export function reject(
  reason: Reason,
  field: Field,
  evidence: string,
  more: Pick<Rejection, "closeTo" | "similarity" | "candidate"> = {},
): Rejection {
  const rejection = { reason, field, evidence: evidence.slice(0, 200), ...more };
  if (typeof rejection.candidate !== "string") return rejection;
  return { ...rejection, candidate: rejection.candidate.slice(0, longestCandidate) };
}

/** How many were rejected for each reason; reasons that did not occur are left out. */
export type RejectionCounts = Partial<Record<Reason, number>>;

/** Counts a rejection. */
export function count(counts: RejectionCounts, { reason }: Rejection): void {
  counts[reason] = (counts[reason] ?? 0) + 1;
}

/** Such as `12 duplicate, 3 wrong fields`, the commonest first. */
export function renderCounts(counts: RejectionCounts): string {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return sorted.map(([reason, n]) => `${n} ${reason}`).join(", ") || "none";
}
