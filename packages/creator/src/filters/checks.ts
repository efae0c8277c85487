import {
  type Allowable,
  type Example,
  normaliseQuestion,
  type Rejectable,
  rejectable,
} from "@seedling/core/internal";
import type { Shape } from "../prompt/prompt.ts";
import {
  type Candidate,
  type CloseTo,
  type Reason,
  type Rejection,
  reject,
  type Switches,
  toCandidate,
  toExample,
} from "../reply/candidate.ts";

/** What an example is too close to, and by which of its texts. */
export interface Close {
  closeTo: CloseTo;
  field: "question" | "context";
  /** Of the two texts, by overlap or by cosine, from 0 to 1. */
  similarity: number;
}

/** An index that finds the closest of what is too close to an example; of equally close ones the first. */
export interface CloseIndex {
  find: (example: Example) => Close | null | Promise<Close | null>;
}

/** An index of kept examples. */
export interface NearDuplicates extends CloseIndex {
  /** Adds the example of the next line of `created.jsonl`. */
  add: (example: Example) => void | Promise<void>;
}

/** What candidates are compared with. */
export interface CheckContext {
  shape: Shape;
  /** The questions that were kept, by their lines. */
  seen: { find: (question: string) => number | null };
  /** Indices of near duplicates, each looked into if those before it find none. */
  near: readonly CloseIndex[];
  /** The items that are evaluated on; null: contamination is not looked for. */
  evaluated: CloseIndex | null;
}

/** What a check found: evidence in its field, or what the candidate is too close to. */
type Found = string | (Pick<Close, "closeTo" | "field"> & Partial<Close>) | null;

/** A check of one property. */
export interface Check {
  reason: Reason;
  /** Of its switch; null: it cannot be switched, since what it rejects could not be used. */
  name: Rejectable | Allowable | null;
  field: keyof Candidate;
  /** Finds what is against a candidate; null: the property holds. */
  find: (candidate: Candidate, ctx: CheckContext) => Found | Promise<Found>;
}

/** Every check, in order. The first two that have a switch, and the label's, are the original's own. */
export const checks: readonly Check[] = [
  {
    // Fewer than two are no choice, and no file of examples may hold them.
    reason: "wrong number of options",
    name: null,
    field: "options",
    find: ({ options }) => (options.length >= 2 ? null : `${options.length}, expected 2 at least`),
  },
  {
    reason: "wrong number of options",
    name: "wrong-number-of-options",
    field: "options",
    find({ options }, { shape }) {
      const expected = shape.formatting.options.length;
      return options.length === expected ? null : `${options.length}, expected ${expected}`;
    },
  },
  {
    reason: "options differ",
    name: "options-differ",
    field: "options",
    find({ options }, { shape }) {
      const text = JSON.stringify(options);
      const same = text === JSON.stringify(shape.formatting.options);
      return shape.options === "varying" || same ? null : text;
    },
  },
  {
    reason: "label not among options",
    name: null,
    field: "answer",
    find: ({ options, answer }) =>
      options.includes(answer) ? null : `${answer} in ${JSON.stringify(options)}`,
  },
  {
    reason: "repeated options",
    name: "repeated-options",
    field: "options",
    find({ options }) {
      const texts = new Set(options.map((option) => option.trim().toLowerCase()));
      return texts.size === options.length ? null : JSON.stringify(options);
    },
  },
  {
    reason: "copy of the formatting example",
    name: "copy-of-the-formatting-example",
    field: "question",
    find({ question }, { shape }) {
      const copied = normaliseQuestion(shape.formatting.question);
      return normaliseQuestion(question) === copied ? question : null;
    },
  },
  {
    reason: "duplicate",
    name: "duplicate",
    field: "question",
    find({ question }, { seen }) {
      const created = seen.find(question);
      return created === null ? null : { field: "question", closeTo: { created } };
    },
  },
  {
    reason: "near duplicate",
    name: "near-duplicate",
    field: "question",
    async find(candidate, { near }) {
      for (const index of near) {
        const close = await index.find(toExample(candidate));
        if (close) return close;
      }
      return null;
    },
  },
  {
    reason: "contaminated",
    name: "contaminated",
    field: "question",
    find: (candidate, { evaluated }) => evaluated?.find(toExample(candidate)) ?? null,
  },
];

/** The reasons of candidates of the right form, and the step of the yield funnel that these do not reach. */
const missedSteps: Partial<Record<Reason, "new" | "kept">> = {
  "copy of the formatting example": "new",
  duplicate: "new",
  "near duplicate": "new",
  contaminated: "kept",
  "too little agreement": "kept",
};

/** Finds the step of the yield funnel that a rejected candidate does not reach. */
export function findMissedStep(reason: Reason): "valid" | "new" | "kept" {
  return missedSteps[reason] ?? "valid";
}

/** Chooses the checks that are on: those of `--reject`, and those without a switch or not allowed. */
export function chooseChecks({ reject, allow }: Switches): readonly Check[] {
  return checks.filter(({ name }) => {
    if (name === null) return true;
    return isRejectable(name) ? reject?.includes(name) : !allow?.includes(name);
  });
}

function isRejectable(name: Rejectable | Allowable): name is Rejectable {
  return rejectable.some((one) => one === name);
}

/** Returns the example that a candidate is, or the first check's rejection. */
export async function judgeCandidate(
  candidate: Candidate,
  chosen: readonly Check[],
  ctx: CheckContext,
): Promise<Example | Rejection> {
  for (const check of chosen) {
    const finding = check.find(candidate, ctx);
    const found = finding instanceof Promise ? await finding : finding;
    if (found === null) continue;
    if (typeof found === "string") return reject(check.reason, check.field, found, { candidate });
    const { field, ...close } = found;
    return reject(check.reason, field, candidate[field] ?? "", { ...close, candidate });
  }
  return toExample(candidate);
}

/** Compares an example that passed its own chain's checks with what other chains created. */
export async function judgeDuplicates(
  example: Example,
  chosen: readonly Check[],
  ctx: CheckContext,
): Promise<Rejection | null> {
  const ofDuplicates = chosen.filter(({ reason }) => findMissedStep(reason) === "new");
  const verdict = await judgeCandidate(toCandidate(example), ofDuplicates, ctx);
  return "reason" in verdict ? verdict : null;
}

/** Whether a candidate passes the checks that look at nothing else. */
export function isValid(candidate: Candidate, chosen: readonly Check[], shape: Shape): boolean {
  const ctx: CheckContext = { shape, seen: { find: () => null }, near: [], evaluated: null };
  return chosen.every(
    ({ reason, find }) => findMissedStep(reason) !== "valid" || find(candidate, ctx) === null,
  );
}
