import {
  type CloseText,
  type Example,
  hasLongRun,
  normaliseQuestion,
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
  toExample,
} from "../reply/candidate.ts";

/** What an example is too close to, and by which of its texts. */
export interface Close {
  closeTo: CloseTo;
  field: "question" | "context";
  /** Of the two texts, by overlap or by cosine, from 0 to 1. */
  similarity: number;
}

/** An index of texts, each known by its order. */
export interface TextIndex {
  /** Finds the closest text that is too close; of equally close ones the first. */
  find: (text: string) => CloseText | null | Promise<CloseText | null>;
  add: (text: string) => void | Promise<void>;
}

/** What candidates are compared with. */
export interface CheckContext {
  shape: Shape;
  /** The questions that were kept, by their lines. */
  seen: { find: (question: string) => number | null };
  /** Indices of these that find near duplicates, each looked into if those before it find none. */
  near: readonly Pick<TextIndex, "find">[];
  /** The items that are evaluated on; null: contamination is not looked for. */
  evaluated: { find: (example: Example) => Close | null | Promise<Close | null> } | null;
}

/** What is against a candidate: a field, what shows it (by default that field's text), and what it is too close to. */
type Finding = Pick<Rejection, "closeTo" | "similarity"> & {
  field: Exclude<keyof Candidate, "readBy">;
  evidence?: string;
};

/** A check of one property. */
export interface Check {
  /** Also its switch's name, with hyphens. */
  reason: Reason;
  /** Whether it cannot be switched off, since what it rejects could not be used. */
  isRequired?: boolean;
  /** Finds what is against a candidate; null: the property holds. */
  find: (candidate: Candidate, ctx: CheckContext) => Finding | null | Promise<Finding | null>;
}

const options = (evidence: string): Finding => ({ field: "options", evidence });

/** Finds fixed options that are not the formatting example's, compared in a form. */
const findOther =
  (toForm: (options: readonly string[]) => readonly string[]): Check["find"] =>
  (candidate, { shape }) => {
    const [own, expected] = [candidate.options, shape.formatting.options];
    const same =
      shape.options === "varying" ||
      areEqual(own, expected) ||
      areEqual(toForm(own), toForm(expected));
    return same ? null : options(JSON.stringify(own));
  };

function areEqual(own: readonly string[], others: readonly string[]): boolean {
  return own.length === others.length && own.every((option, i) => option === others[i]);
}

/** Every check, in order. The first two that have a switch, and the label's, are the original's own. */
export const checks: readonly Check[] = [
  {
    reason: "wrong fields",
    isRequired: true,
    find(candidate) {
      const fields = ["question", "context", "options", "answer"] as const;
      const field = fields.find((one) => [candidate[one] ?? ""].flat().some(hasLongRun));
      return field ? { field, evidence: "more than 30 combining marks in a row" } : null;
    },
  },
  {
    // Fewer than two are no choice, and no file of examples may hold them.
    reason: "wrong number of options",
    isRequired: true,
    find: ({ options: { length } }) =>
      length < 2 ? options(`${length}, expected 2 at least`) : null,
  },
  {
    reason: "wrong number of options",
    find({ options: { length } }, { shape }) {
      const expected = shape.formatting.options.length;
      return length === expected ? null : options(`${length}, expected ${expected}`);
    },
  },
  { reason: "options differ", find: findOther((options) => options) },
  {
    reason: "label not among options",
    isRequired: true,
    find({ options, answer }) {
      if (options.includes(answer)) return null;
      return { field: "answer", evidence: `${answer} in ${JSON.stringify(options)}` };
    },
  },
  {
    // Whatever is allowed, fixed options are the classes that are trained on, in any order.
    reason: "options differ",
    isRequired: true,
    find: findOther((options) => options.toSorted()),
  },
  {
    reason: "repeated options",
    find(candidate) {
      const texts = candidate.options.map((option) => option.trim().toLowerCase());
      const repeats = new Set(texts).size < texts.length;
      return repeats ? options(JSON.stringify(candidate.options)) : null;
    },
  },
  {
    reason: "copy of the formatting example",
    find({ question }, { shape }) {
      const copied = normaliseQuestion(question);
      const isOf = (shown: Example) => normaliseQuestion(shown.question) === copied;
      const isCopy = isOf(shape.formatting) || shape.further?.some(isOf);
      return isCopy ? { field: "question" } : null;
    },
  },
  {
    reason: "duplicate",
    find({ question }, { seen }) {
      const created = seen.find(question);
      return created === null ? null : { field: "question", closeTo: { created } };
    },
  },
  {
    reason: "near duplicate",
    async find({ question }, { near }) {
      for (const index of near) {
        const close = await index.find(question);
        if (!close) continue;
        const { index: created, similarity } = close;
        return { field: "question", closeTo: { created }, similarity };
      }
      return null;
    },
  },
  {
    reason: "contaminated",
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
  "over quota": "kept",
};

/** Finds the step of the yield funnel that a rejected candidate does not reach. */
export function findMissedStep(reason: Reason): "valid" | "new" | "kept" {
  return missedSteps[reason] ?? "valid";
}

/** Chooses the checks that are on: those of `--reject`, and those without a switch or not allowed. */
export function chooseChecks({ reject, allow }: Switches): readonly Check[] {
  return checks.filter(({ reason, isRequired }) => {
    const name = reason.replaceAll(" ", "-");
    const has = (names: readonly string[] | null) => names?.includes(name) ?? false;
    return isRequired || (has(rejectable) ? has(reject) : !has(allow));
  });
}

/** Returns the example that a candidate is, or the first check's rejection. */
export async function judgeCandidate(
  candidate: Candidate,
  chosen: readonly Check[],
  ctx: CheckContext,
): Promise<Example | Rejection> {
  for (const { reason, find } of chosen) {
    const finding = find(candidate, ctx);
    const found = finding instanceof Promise ? await finding : finding;
    if (!found) continue;
    const { field, evidence = `${candidate[field] ?? ""}`, ...close } = found;
    return reject(reason, field, evidence, { ...close, candidate });
  }
  const { formatting } = ctx.shape;
  const example = toExample(candidate);
  // Kept examples of fixed options share one list of them.
  return areEqual(example.options, formatting.options)
    ? { ...example, options: formatting.options }
    : example;
}

/** Whether a candidate passes the checks that look at nothing else. */
export function isValid(candidate: Candidate, chosen: readonly Check[], shape: Shape): boolean {
  const ctx: CheckContext = { shape, seen: { find: () => null }, near: [], evaluated: null };
  return chosen.every(
    ({ reason, find }) => findMissedStep(reason) !== "valid" || find(candidate, ctx) === null,
  );
}
