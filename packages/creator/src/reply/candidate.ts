import { type Allowable, type Example, type Rejectable, toAnswer } from "@seedling/core/internal";
import type { ReadingRule } from "./match-option.ts";

/** What a reply offers as an example: complete, but not checked. */
export interface Candidate {
  question: string;
  context: string | null;
  options: string[];
  /** As the model wrote it: it need not be one of the options. */
  answer: string;
  /** The rules by which it was read, where it was not written as the formatting example is. */
  readBy?: readonly ReadingRule[];
}

/** Converts a candidate whose answer is one of its options. */
export function toExample({ question, context, options, answer }: Candidate): Example {
  return { question, context, options, label: options.indexOf(answer) };
}

/** Converts an example into what a model would have written to offer it. */
export function toCandidate(example: Example): Candidate {
  const { question, context, options } = example;
  return { question, context, options, answer: toAnswer(example) };
}

/** Why a reply or a candidate is not kept. Counted, never thrown. */
export const reasons = [
  "refusal",
  "refused",
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
  "over quota",
] as const;

/** One of these reasons. */
export type Reason = (typeof reasons)[number];

/** The checks that a user switched on and off. */
export interface Switches {
  /** `--reject`: reasons that count only if named. */
  reject: readonly Rejectable[] | null;
  /** `--allow`: reasons that do not count. */
  allow: readonly Allowable[] | null;
}

/** Where evidence was seen. `reply`: the whole of it. */
export type CandidateField = "reply" | "question" | "context" | "options" | "answer";

/** What a candidate is too close to. */
export type CloseTo =
  /** A line of `created.jsonl`, from 0. */
  | { created: number }
  /** A row of a dev or test split, from 0. */
  | { task: string; split: "dev" | "test"; row: number };

/** A candidate, or a whole reply, that was not kept. */
export interface Rejection {
  reason: Reason;
  field: CandidateField;
  /** The text that shows it, truncated. */
  evidence: string;
  closeTo?: CloseTo;
  /** From 0 to 1: of the two texts, or the fraction of answers that agree with the created label. */
  similarity?: number;
  /** What was rejected, or the text of what is no candidate, truncated; absent for a whole reply. */
  candidate?: Candidate | string;
}

/** The longest text of a candidate that a rejection carries, in UTF-16 units. */
const longestCandidate = 2000;

/** Whether something was rejected. */
export function isRejection(one: object): one is Rejection {
  return "reason" in one;
}

/** Whether a rejection is of a whole reply, in which no candidate was seen. */
export function isWholeReply({ candidate }: Rejection): boolean {
  return candidate === undefined;
}

/** Creates a rejection, its evidence truncated to a line's length. */
export function reject(
  reason: Reason,
  field: CandidateField,
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
export function countRejection(counts: RejectionCounts, { reason }: Rejection): void {
  counts[reason] = (counts[reason] ?? 0) + 1;
}

/** Formats counts as `12 duplicate, 3 wrong fields`, the commonest first. */
export function renderCounts(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return sorted.map(([reason, n]) => `${n} ${reason}`).join(", ") || "none";
}
