import { join } from "node:path";
import { z } from "zod";
import { type Example, parseExample, toRecord } from "../data/example.ts";
import { hashValue, identifyFile, sha256 } from "../logs/files.ts";
import { openLog, readLog } from "../logs/log.ts";
import { lookUp } from "../logs/paths.ts";

// A review is what a person made of a creation's examples: `review.jsonl` beside them, an append-only log in which the
// last line about an example counts. Examples are known by their content, never by their place alone.

/** The log of a review, in the folder of its creation. */
export const reviewFile = "review.jsonl";

/** What a person says of an example; appended as a line, where it takes the place of what was said of it before. */
const verdictSchema = z.object({
  /** Which one: `created:` or `rejected:` and the hash of its content, and from the second equal one on its number. */
  example: z.string(),
  /** accepted: right as it stands. open: not decided, or taken back. */
  state: z.enum(["open", "accepted", "changed", "deleted"]),
  /** The example that is trained on in its place; of a rejected one: beside the created ones. */
  now: z.unknown().optional(),
  /** The label that the person gave without a sight of the created one; null: could not tell. */
  answer: z.string().nullable().optional(),
  /** ISO 8601. */
  at: z.string(),
});

export type Verdict = z.infer<typeof verdictSchema>;

/** What was said last of each example, by its id. */
export type Review = ReadonlyMap<string, Verdict>;

const holds = "what a person says of an example: example, state and at";

/** Opens a creation's review to add to it. @param log is told of a last line that was cut while being written */
export function openReview(folder: string, log: (line: string) => void) {
  return openLog(join(folder, reviewFile), verdictSchema, { holds, log });
}

/** The reviews that were read, the last one of each path: a run's folders are named after it again and again. */
const known = new Map<string, { key: string; review: Review }>();

/** Reads the review of a creation's folder; empty where there is none. @throws ExpectedError naming a damaged line */
export function readReview(folder: string): Review {
  const path = join(folder, reviewFile);
  if (!lookUp(path)) return new Map();
  const key = identifyFile(path);
  const before = known.get(path);
  if (before?.key === key) return before.review;
  const review = new Map<string, Verdict>();
  for (const verdict of readLog(path, verdictSchema, holds)) review.set(verdict.example, verdict);
  known.set(path, { key, review });
  return review;
}

/** Creates what names the examples of a file in their order. */
export function createReviewIds(from: "created" | "rejected"): (record: unknown) => string {
  const counts = new Map<string, number>();
  return (record) => {
    const hash = sha256(JSON.stringify(record)).slice(0, 16);
    const copy = (counts.get(hash) ?? 0) + 1;
    counts.set(hash, copy);
    return `${from}:${hash}${copy > 1 ? `-${copy}` : ""}`;
  };
}

/** What of a review changes the examples that are trained on, by id: an order that says nothing of when it was done. */
function listChanges(review: Review): Verdict[] {
  return [...review.values()]
    .filter(({ state, example, now }) =>
      example.startsWith("rejected:")
        ? now !== undefined && (state === "accepted" || state === "changed")
        : state === "changed" || state === "deleted",
    )
    .sort((one, other) => (one.example < other.example ? -1 : 1));
}

/** Names what a review changes, in twelve hex digits; null: nothing. */
export function hashReview(review: Review): string | null {
  const changes = listChanges(review).map(({ example, state, now }) => ({ example, state, now }));
  return changes.length === 0 ? null : hashValue(changes).slice(0, 12);
}

/** What became of created examples by a review. */
export type Reviewed = ReturnType<typeof applyReview>;

/**
 * Applies a review to created examples: changed ones in their place, deleted ones left out, rejected ones that the
 * person took in at the end. What is said of an example that is not there any more is applied to none.
 * @param examples all of `created.jsonl`, in its order
 * @param where the review's file, for errors
 * @throws ExpectedError where what an example is now is none
 */
export function applyReview(examples: readonly Example[], review: Review, where: string) {
  const changes = new Map(listChanges(review).map((verdict) => [verdict.example, verdict]));
  const read = ({ now, example }: Verdict) => parseExample(now, `${where}, ${example}`);
  const toId = createReviewIds("created");
  const counts = { changed: 0, deleted: 0, added: 0 };
  const kept = examples.flatMap((example) => {
    const id = toId(toRecord(example));
    const verdict = changes.get(id);
    if (!verdict) return example;
    changes.delete(id);
    const isDeleted = verdict.state === "deleted";
    counts[isDeleted ? "deleted" : "changed"] += 1;
    return isDeleted ? [] : read(verdict);
  });
  const rest = [...changes.values()];
  const added = rest.filter(({ example }) => example.startsWith("rejected:")).map(read);
  counts.added = added.length;
  return {
    examples: [...kept, ...added],
    ...counts,
    /** Changes of examples that are not among the created ones any more. */
    unknown: rest.length - added.length,
  };
}
