import { isCreated, sources } from "@seedling/core/internal";
import type { Cell } from "./cell.ts";
import { type Role, renderFlags } from "./groups.ts";
import { publishedSize } from "./published.ts";

/** Texts of a row, not escaped. */
export interface RowLabels {
  /** `tree`, `tree+10 human`, `human, same N`. */
  source: string;
  /** `all-MiniLM-L6-v2, head`. */
  student: string;
  /** `--replies strict`; empty where every flag is at its default. */
  flags: string;
  /** `live MODEL`, `replay of MODEL, DAY`, `SAMPLE data; ...`. */
  origin: string;
  /** live, replay, SAMPLE, file, benchmark or own. */
  originWord: string;
  /** The test set, with what must be known of it. */
  test: string;
}

type Origin = Cell["data"];
type CompletionKind = NonNullable<Cell["completions"]>["kind"];

const completionLabels: Record<CompletionKind, (model: string, days: string) => string> = {
  live: (model) => `live ${model}`,
  replay: (model, days) => `replay of ${model}, ${days}`,
  sample: (model, days) => `SAMPLE recording of ${model}, ${days}`,
};

const dataLabels: Record<Origin["kind"], (data: Origin) => string | null> = {
  benchmark: ({ verified }) => (verified ? null : "unverified benchmark files"),
  sample: () => "SAMPLE data",
  own: ({ mark }) => (mark ? `own data ${mark}` : "own data"),
};

/** The texts that describe a row. */
export function describeRow(cell: Cell, role: Role, control: string | null): RowLabels {
  return {
    source: renderSource(cell, role, control),
    student: renderClassifier(cell),
    flags: renderConditions(cell),
    origin: renderOrigin(cell),
    originWord: renderOriginWord(cell),
    test: renderTest(cell),
  };
}

/** What was trained on: `tree`, `tree+10 human` where human examples were mixed in, `tree, labels shuffled`. */
function renderSource({ source, train }: Cell, role: Role, control: string | null): string {
  const mixed = train.human > 0 ? `${role}+${train.human} human` : role;
  return !sources[source].trains || control === null ? mixed : `${mixed}, ${control}`;
}

/** Whether anything bundled with this repository went into a cell: it is then no benchmark result. */
export function isSample({ data, completions, test }: Cell): boolean {
  return [data.kind, completions?.kind, test.data.kind].includes("sample");
}

/** Where a cell's training data came from, in one word: live, replay, SAMPLE, file, benchmark or own. */
function renderOriginWord(cell: Cell): string {
  if (isSample(cell)) return "SAMPLE";
  return sources[cell.source].isFile ? "file" : (cell.completions?.kind ?? cell.data.kind);
}

/** Where a cell's data came from: `live MODEL`, `replay of MODEL, DAY`, `SAMPLE data; ...`, ... */
export function renderOrigin({ source, data, completions, completionDays, test }: Cell): string {
  const trained = dataLabels[data.kind](data);
  const tested = dataLabels[test.data.kind](test.data);
  const days = [...new Set(Object.values(completionDays ?? {}))].join(" to ");
  const answered = completions && completionLabels[completions.kind](completions.model, days);
  const filed = sources[source].isFile && "a file of examples";
  const origin = [trained, answered, filed].filter(Boolean).join("; ") || "benchmark";
  return tested && tested !== trained ? `${origin}; tested on ${tested}` : origin;
}

/** What was trained: `all-MiniLM-L6-v2, head`; of `direct`, where nothing was, `none: the creator itself`. */
function renderClassifier({ source, student }: Cell): string {
  if (!sources[source].trains) return "none: the creator itself";
  return `${student.encoder}, ${student.tune}`;
}

/** Flags that differ from their defaults: `--fraction 0.5 --replies strict`; empty if none does. */
export function renderConditions({ conditions }: Cell): string {
  return renderFlags(conditions);
}

/** A test set's name, with what must be known of it. */
function renderTest({ test }: Cell): string {
  return test.data.kind === "own" ? `${test.task} (own folder)` : test.task;
}

/**
 * In what the runs of a cell differ from the paper's: its creator, wording and rule for replies, its
 * student, recipe and train size. Information, no reason to leave the row out.
 */
export function listDeviations(cell: Cell): string[] {
  const { source, completions, student, train, dev, conditions, task } = cell;
  const size = publishedSize(task);
  const created = isCreated(source);
  const words = [
    created && !isPaperCreator(completions?.model) && `creator ${completions?.model}`,
    created && completions?.kind === "replay" && "a replay",
    created && conditions.instruction !== "original" && "own wording",
    created && conditions.replies !== "strict" && "replies salvaged",
    !isPaperEncoder(student.encoder) && `classifier ${student.encoder}`,
    student.tune === "head" && "encoder frozen",
    student.tune === "full" && conditions.recipe !== "paper" && "own recipe",
    size !== null && train.n !== size && sources[source].trains && `N ${train.n} (paper ${size})`,
    train.human > 0 && `${train.human} human examples mixed in`,
    dev.source === "created" && sources[source].trains && "dev split created",
  ];
  return words.filter((word) => typeof word === "string");
}

function isPaperCreator(model: string | undefined): boolean {
  return model?.startsWith("gpt-3.5-turbo") ?? false;
}

function isPaperEncoder(encoder: string): boolean {
  return /(^|\/)roberta-large$/i.test(encoder);
}
