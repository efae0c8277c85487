import {
  type Allowable,
  type Example,
  normaliseQuestion,
  type Rejectable,
  rejectable,
} from "@seedling/core/internal";
import type { Shape } from "../prompt/prompt.ts";
import { type Candidate, toCandidate, toExample } from "../reply/candidate.ts";
import { type Reason, type Rejection, reject, type Switches } from "../reply/rejections.ts";

/** A text that can be too close to another. */
type Compared = "question" | "context";

/** A kept example that is too close. */
export interface Close {
  /** Its line in `created.jsonl`, from 0. */
  line: number;
  similarity: number;
  field: Compared;
}

/** An item that is evaluated on and too close. */
export interface CloseItem {
  task: string;
  split: "dev" | "test";
  /** From 0. */
  row: number;
  field: Compared;
  similarity: number;
}

/** What candidates are held against. */
export interface At {
  shape: Shape;
  /** The questions that were kept, by their lines. */
  seen: { find: (question: string) => number | null };
  /** null: near duplicates are not looked for. */
  near: { find: (example: Example) => Close | null | Promise<Close | null> } | null;
  /** null: contamination is not looked for. */
  evaluated: { find: (example: Example) => CloseItem | null | Promise<CloseItem | null> } | null;
}

/** Which step of the yield funnel a rejection falls out at: not valid, not new, not kept. */
export type Stage = "form" | "memory" | "judge";

/** A check of one property: a rejection, or null if it holds. */
type Find = (candidate: Candidate, at: At) => Rejection | null | Promise<Rejection | null>;

/** A check in the list. */
export interface Check {
  reason: Reason;
  /** Of its switch; null: it cannot be switched, since what it rejects could not be used. */
  name: Rejectable | Allowable | null;
  stage: Stage;
  find: Find;
}

const stages: Record<Reason, Stage> = {
  refusal: "form",
  truncated: "form",
  "no JSON": "form",
  "wrong count": "form",
  "broken JSON": "form",
  "wrong fields": "form",
  "wrong number of options": "form",
  "options differ": "form",
  "label not among options": "form",
  "repeated options": "form",
  "copy of the formatting example": "memory",
  duplicate: "memory",
  "near duplicate": "memory",
  contaminated: "judge",
  "too little agreement": "judge",
};

/** Where in the funnel a reason belongs. */
export function stageOf(reason: Reason): Stage {
  return stages[reason];
}

/** Every check, in order. The first two that have a switch, and the label's, are the original's own. */
export const checks: readonly Check[] = [
  toCheck("wrong number of options", null, findTooFewOptions),
  toCheck("wrong number of options", "wrong-number-of-options", findOptionCount),
  toCheck("options differ", "options-differ", findOtherOptions),
  toCheck("label not among options", null, findStrangeLabel),
  toCheck("repeated options", "repeated-options", findRepeatedOptions),
  toCheck("copy of the formatting example", "copy-of-the-formatting-example", findCopy),
  toCheck("duplicate", "duplicate", findDuplicate),
  toCheck("near duplicate", "near-duplicate", findNearDuplicate),
  toCheck("contaminated", "contaminated", findContamination),
];

function toCheck(reason: Reason, name: Check["name"], find: Find): Check {
  return { reason, name, stage: stages[reason], find };
}

/** The checks that are on: those of `--reject`, and those that have no switch or are not allowed. */
export function chooseChecks({ reject, allow }: Switches): readonly Check[] {
  return checks.filter(({ name }) => {
    if (name === null) return true;
    return isRejectable(name) ? reject?.includes(name) : !allow?.includes(name);
  });
}

function isRejectable(name: Rejectable | Allowable): name is Rejectable {
  return rejectable.some((one) => one === name);
}

/** The example that a candidate is, or the first check's rejection. */
export async function judge(
  candidate: Candidate,
  chosen: readonly Check[],
  at: At,
): Promise<Example | Rejection> {
  for (const check of chosen) {
    const found = check.find(candidate, at);
    const rejection = found instanceof Promise ? await found : found;
    if (rejection) return { ...rejection, candidate };
  }
  return toExample(candidate);
}

/** Holds an example that passed its own chain's checks against what other chains created. */
export async function judgeMemory(
  example: Example,
  chosen: readonly Check[],
  at: At,
): Promise<Rejection | null> {
  const memory = chosen.filter(({ stage }) => stage === "memory");
  const verdict = await judge(toCandidate(example), memory, at);
  return "reason" in verdict ? verdict : null;
}

/** Whether a candidate passes those checks that look at nothing else. */
export function isValid(candidate: Candidate, chosen: readonly Check[], shape: Shape): boolean {
  const at: At = { shape, seen: { find: () => null }, near: null, evaluated: null };
  return chosen.every(({ stage, find }) => stage !== "form" || find(candidate, at) === null);
}

/** Fewer are no choice, and no file of examples may hold them. */
function findTooFewOptions({ options }: Candidate): Rejection | null {
  if (options.length >= 2) return null;
  return reject("wrong number of options", "options", `${options.length}, expected 2 at least`);
}

function findOptionCount({ options }: Candidate, { shape }: At): Rejection | null {
  const expected = shape.formatting.options.length;
  if (options.length === expected) return null;
  return reject("wrong number of options", "options", `${options.length}, expected ${expected}`);
}

function findOtherOptions({ options }: Candidate, { shape }: At): Rejection | null {
  const expected = shape.formatting.options;
  const same = options.length === expected.length && options.every((one, i) => one === expected[i]);
  if (shape.options === "varying" || same) return null;
  return reject("options differ", "options", JSON.stringify(options));
}

function findStrangeLabel({ options, answer }: Candidate): Rejection | null {
  if (options.includes(answer)) return null;
  return reject("label not among options", "answer", `${answer} in ${JSON.stringify(options)}`);
}

function findRepeatedOptions({ options }: Candidate): Rejection | null {
  const texts = options.map((option) => option.trim().toLowerCase());
  if (new Set(texts).size === texts.length) return null;
  return reject("repeated options", "options", JSON.stringify(options));
}

function findCopy({ question }: Candidate, { shape }: At): Rejection | null {
  if (normaliseQuestion(question) !== normaliseQuestion(shape.formatting.question)) return null;
  return reject("copy of the formatting example", "question", question);
}

function findDuplicate({ question }: Candidate, { seen }: At): Rejection | null {
  const created = seen.find(question);
  return created === null
    ? null
    : reject("duplicate", "question", question, { closeTo: { created } });
}

async function findNearDuplicate(candidate: Candidate, { near }: At): Promise<Rejection | null> {
  const close = await near?.find(toExample(candidate));
  if (!close) return null;
  const { line, similarity, field } = close;
  const closeTo = { created: line };
  return reject("near duplicate", field, candidate[field] ?? "", { closeTo, similarity });
}

async function findContamination(
  candidate: Candidate,
  { evaluated }: At,
): Promise<Rejection | null> {
  const close = await evaluated?.find(toExample(candidate));
  if (!close) return null;
  const { task, split, row, similarity, field } = close;
  const closeTo = { task, split, row };
  return reject("contaminated", field, candidate[field] ?? "", { closeTo, similarity });
}
