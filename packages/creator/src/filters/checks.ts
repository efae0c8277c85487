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
  type Reason,
  type Rejection,
  reject,
  type Switches,
  toCandidate,
  toExample,
} from "../reply/candidate.ts";

/** A text that can be too close to another. */
type ComparedField = "question" | "context";

/** A kept example that is too close. */
export interface CloseExample {
  /** Its line in `created.jsonl`, from 0. */
  line: number;
  /** Of the two texts, from 0 to 1. */
  similarity: number;
  field: ComparedField;
}

/** An item that is evaluated on and too close. */
export interface CloseItem {
  task: string;
  split: "dev" | "test";
  /** From 0. */
  row: number;
  field: ComparedField;
  /** Of the two texts of that field, by overlap or by cosine, from 0 to 1. */
  similarity: number;
}

/** What candidates are compared with. */
export interface CheckContext {
  shape: Shape;
  /** The questions that were kept, by their lines. */
  seen: { find: (question: string) => number | null };
  /** null: near duplicates are not looked for. */
  near: { find: (example: Example) => CloseExample | null | Promise<CloseExample | null> } | null;
  /** null: contamination is not looked for. */
  evaluated: { find: (example: Example) => CloseItem | null | Promise<CloseItem | null> } | null;
}

/** A check of one property: a rejection, or null if it holds. */
type Find = (
  candidate: Candidate,
  ctx: CheckContext,
) => Rejection | null | Promise<Rejection | null>;

/** A check in the list. */
export interface Check {
  reason: Reason;
  /** Of its switch; null: it cannot be switched, since what it rejects could not be used. */
  name: Rejectable | Allowable | null;
  find: Find;
}

/** Every check, in order. The first two that have a switch, and the label's, are the original's own. */
export const checks: readonly Check[] = [
  { reason: "wrong number of options", name: null, find: findTooFewOptions },
  { reason: "wrong number of options", name: "wrong-number-of-options", find: findOptionCount },
  { reason: "options differ", name: "options-differ", find: findOtherOptions },
  { reason: "label not among options", name: null, find: findUnusableLabel },
  { reason: "repeated options", name: "repeated-options", find: findRepeatedOptions },
  {
    reason: "copy of the formatting example",
    name: "copy-of-the-formatting-example",
    find: findCopy,
  },
  { reason: "duplicate", name: "duplicate", find: findDuplicate },
  { reason: "near duplicate", name: "near-duplicate", find: findNearDuplicate },
  { reason: "contaminated", name: "contaminated", find: findContamination },
];

/** Finds the step of the yield funnel that a rejected candidate does not reach. */
export function findMissedStep(reason: Reason): "valid" | "new" | "kept" {
  switch (reason) {
    case "copy of the formatting example":
    case "duplicate":
    case "near duplicate":
      return "new";
    case "contaminated":
    case "too little agreement":
      return "kept";
    default:
      return "valid";
  }
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
  for (const { find } of chosen) {
    const found = find(candidate, ctx);
    const rejection = found instanceof Promise ? await found : found;
    if (rejection) return { ...rejection, candidate };
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
  const ctx: CheckContext = { shape, seen: { find: () => null }, near: null, evaluated: null };
  return chosen.every(
    ({ reason, find }) => findMissedStep(reason) !== "valid" || find(candidate, ctx) === null,
  );
}

/** Rejects fewer than two options: they are no choice, and no file of examples may hold them. */
function findTooFewOptions({ options }: Candidate): Rejection | null {
  if (options.length >= 2) return null;
  return reject("wrong number of options", "options", `${options.length}, expected 2 at least`);
}

function findOptionCount({ options }: Candidate, { shape }: CheckContext): Rejection | null {
  const expected = shape.formatting.options.length;
  if (options.length === expected) return null;
  return reject("wrong number of options", "options", `${options.length}, expected ${expected}`);
}

function findOtherOptions({ options }: Candidate, { shape }: CheckContext): Rejection | null {
  const expected = shape.formatting.options;
  const same = options.length === expected.length && options.every((one, i) => one === expected[i]);
  if (shape.options === "varying" || same) return null;
  return reject("options differ", "options", JSON.stringify(options));
}

/** Rejects a label that cannot be trained on, whatever is allowed: fixed options are the classes, in any order. */
function findUnusableLabel(
  { options, answer }: Candidate,
  { shape }: CheckContext,
): Rejection | null {
  if (options.includes(answer)) {
    const classes = [...shape.formatting.options].sort().join("\n");
    if (shape.options === "varying" || [...options].sort().join("\n") === classes) return null;
    return reject("options differ", "options", JSON.stringify(options));
  }
  return reject("label not among options", "answer", `${answer} in ${JSON.stringify(options)}`);
}

function findRepeatedOptions({ options }: Candidate): Rejection | null {
  const texts = options.map((option) => option.trim().toLowerCase());
  if (new Set(texts).size === texts.length) return null;
  return reject("repeated options", "options", JSON.stringify(options));
}

function findCopy({ question }: Candidate, { shape }: CheckContext): Rejection | null {
  if (normaliseQuestion(question) !== normaliseQuestion(shape.formatting.question)) return null;
  return reject("copy of the formatting example", "question", question);
}

function findDuplicate({ question }: Candidate, { seen }: CheckContext): Rejection | null {
  const created = seen.find(question);
  return created === null
    ? null
    : reject("duplicate", "question", question, { closeTo: { created } });
}

async function findNearDuplicate(
  candidate: Candidate,
  { near }: CheckContext,
): Promise<Rejection | null> {
  const close = await near?.find(toExample(candidate));
  if (!close) return null;
  const { line, similarity, field } = close;
  const closeTo = { created: line };
  return reject("near duplicate", field, candidate[field] ?? "", { closeTo, similarity });
}

async function findContamination(
  candidate: Candidate,
  { evaluated }: CheckContext,
): Promise<Rejection | null> {
  const close = await evaluated?.find(toExample(candidate));
  if (!close) return null;
  const { task, split, row, similarity, field } = close;
  const closeTo = { task, split, row };
  return reject("contaminated", field, candidate[field] ?? "", { closeTo, similarity });
}
