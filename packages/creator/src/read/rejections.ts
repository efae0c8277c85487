/** Why a reply or a candidate was not kept. Counted, never thrown. */
export const reasons = [
  "refusal",
  "no JSON",
  "wrong count",
  "broken JSON",
  "wrong fields",
  "wrong number of options",
  "options differ",
  "label not among options",
  "copy of the formatting example",
  "duplicate",
] as const;

/** One of them. */
export type Reason = (typeof reasons)[number];

/** A candidate, or a whole reply, that was not kept. */
export interface Rejection {
  reason: Reason;
  /** What it was seen from, cut short. */
  evidence: string;
}

/** A rejection with its evidence cut to a line's length. */
export function reject(reason: Reason, evidence: string): Rejection {
  return { reason, evidence: evidence.slice(0, 200) };
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
