import { join } from "node:path";
import { ExpectedError, parseExample, type Review, reviewFile } from "@seedling/core/internal";
import type { Content, ReviewRow } from "../review/read-rows.ts";

/** An example of a data set: a created one as a review left it. */
export interface KeptRow {
  id: string;
  content: Content;
  /** The label that the language model gave it when it wrote it; null: not known, as it was rejected as it stood. */
  created: string | null;
  depth: number | null;
  /** The fraction of blind answers of the model that agree with the label it was created with; null: none were asked. */
  agreement: number | null;
  /** What a person said of it; `taken in`: it was rejected, and the person took it in. */
  review: "open" | "accepted" | "changed" | "taken in";
}

/** A candidate that is not among the kept ones, with the reason. */
export interface RejectedRow {
  id: string;
  reason: string;
  /** null: only a part of it is known, which is the evidence. */
  content: Content | null;
  evidence: string;
  depth: number | null;
}

/** The reason of a created example that a person deleted. */
const deleted = "deleted in review";

/**
 * Divides what a creation kept and rejected as its review left it: in the order of what is trained on, the rejected
 * ones that a person took in at the end.
 * @throws ExpectedError where what an example is now is none
 */
export function applyVerdicts(
  folder: string,
  { created, rejected }: { created: readonly ReviewRow[]; rejected: readonly ReviewRow[] },
  review: Review,
): { kept: KeptRow[]; rejected: RejectedRow[] } {
  const readNow = (id: string, now: unknown): Content => {
    const example = parseExample(now, `${join(folder, reviewFile)}, ${id}`);
    return { ...example, label: example.options[example.label] ?? "" };
  };
  const toRejected = ({ id, reason, content, evidence, depth }: ReviewRow, why = reason ?? "") => ({
    ...{ id, reason: why, content, evidence, depth },
  });
  const kept: KeptRow[] = [];
  const left: RejectedRow[] = [];
  for (const row of created) {
    const { id, content, depth, agreement, firstLabel } = row;
    const { state = "open", now } = review.get(id) ?? {};
    if (!content) throw new ExpectedError(`${folder}: expected a whole example, ${id}`);
    if (state === "deleted") left.push(toRejected(row, deleted));
    else
      kept.push({
        ...{ id, depth, review: state },
        content: state === "changed" ? readNow(id, now) : content,
        created: firstLabel ?? content.label,
        agreement: agreement && agreement.asked > 0 ? agreement.agreed / agreement.asked : null,
      });
  }
  const added: KeptRow[] = [];
  for (const row of rejected) {
    const { id, depth } = row;
    const { state, now } = review.get(id) ?? {};
    const isTaken = now !== undefined && (state === "accepted" || state === "changed");
    if (!isTaken) left.push(toRejected(row));
    else
      added.push({
        ...{ id, depth, created: null, agreement: null, review: "taken in" },
        content: readNow(id, now),
      });
  }
  added.sort((one, other) => (one.id < other.id ? -1 : 1));
  return { kept: [...kept, ...added], rejected: left };
}
