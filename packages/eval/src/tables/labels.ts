import { bagOfWords, isCreated, renderCount, sources } from "@seedling/core/internal";
import { renderOlder } from "@seedling/trainer/internal";
import type { Cell } from "./cells.ts";
import { type Role, renderFlags } from "./groups.ts";
import { publishedSize } from "./published.ts";

/** Texts of a row, not escaped. */
export type RowLabels = ReturnType<typeof describeRow>;

export function describeRow(cell: Cell, role: Role, control: string | null) {
  const { source, conditions, test, train } = cell;
  const { trains, asksModel, isFile } = sources[source];
  const named = conditions.pool === undefined || sources[source].isPool ? role : `${role}+pool`;
  const human = train.human > 0 ? `${named}+${train.human} human` : named;
  const { review, ...flags } = conditions;
  const mixed = review === undefined ? human : `${human}, reviewed (${renderReview(review)})`;
  const word = isFile ? "file" : (cell.completions?.kind ?? cell.data.kind);
  return {
    /** `tree`, `tree+pool` with labelled texts of `--pool`, `tree+10 human` where human examples were mixed in, `tree, reviewed (12 changed)` by a person, `tree, labels shuffled`, `human, same N`. */
    source: trains && control !== null ? `${mixed}, ${control}` : (plainNames[source] ?? mixed),
    student: asksModel && !trains ? "none: the creator itself" : describeStudent(cell),
    /** `--fraction 0.5 --replies strict`; empty where every flag is at its default. */
    flags: renderFlags(flags),
    /** `live MODEL`, `replay of MODEL, DAY`, `SAMPLE data; ...`. */
    origin: renderOrigin(cell),
    /** live, replay, SAMPLE, file, benchmark or own. */
    originWord: isSample(cell) ? "SAMPLE" : word,
    /** The test set, with what must be known of it. */
    test: test.data.kind === "own" ? `${test.task} (own folder)` : test.task,
  };
}

/** `12 changed (3fa9...)` -> `12 changed`. */
function renderReview(review: Cell["conditions"][string]): string {
  return String(review).replace(/ \(.*$/, "");
}

/** Sources whose name says too little in a table. */
const plainNames: Partial<Record<Cell["source"], string>> = { names: "names (zero-shot)" };

/**
 * `all-MiniLM-L6-v2, head`; `roberta-large, full, made by an older version`, whose steps were others; `bag of words,
 * logistic regression`; of the labels' names `all-MiniLM-L6-v2, untrained`.
 */
export function describeStudent({ student, data }: Pick<Cell, "student" | "data">): string {
  if (student.encoder === bagOfWords) return "bag of words, logistic regression";
  if (student.tune === "none") return `${student.encoder}, untrained`;
  return `${student.encoder}, ${student.tune}${renderOlder(student, data)}`;
}

/** Whether anything bundled with this repository went into a cell: it is then no benchmark result. */
export function isSample({ data, completions, test }: Cell): boolean {
  return [data.kind, completions?.kind, test.data.kind].includes("sample");
}

/** Whether a run is of a task of the user's own, for which the paper has no question and no number. */
export function isOwn({ data }: { data: { kind: string } }): boolean {
  return data.kind === "own";
}

/** Whether there are runs, and all of them are of own tasks. */
export function areOwn(runs: readonly { data: { kind: string } }[]): boolean {
  return runs.length > 0 && runs.every(isOwn);
}

/** Where a run's data come from: SAMPLE, else replay or live; empty for human data. */
export function nameOrigin({ data, completions }: Pick<Cell, "data" | "completions">): string {
  return [data.kind, completions?.kind].includes("sample") ? "SAMPLE" : (completions?.kind ?? "");
}

function renderOrigin({ source, data, completions, completionDays, test }: Cell): string {
  const trained = describeData(data);
  const tested = describeData(test.data);
  const days = [...new Set(Object.values(completionDays ?? {}))].join(" to ");
  const words = {
    live: `live ${completions?.model}`,
    replay: `replay of ${completions?.model}, ${days}`,
    sample: `SAMPLE recording of ${completions?.model}, ${days}`,
  };
  const filed = sources[source].isFile && "a file of examples";
  const answered = completions && words[completions.kind];
  const origin = [trained, answered, filed].filter(Boolean).join("; ") || "benchmark";
  return tested && tested !== trained ? `${origin}; tested on ${tested}` : origin;
}

/** Empty of the benchmark's own files. */
function describeData({ kind, verified, mark }: Cell["data"]): string {
  if (kind === "sample") return "SAMPLE data";
  if (kind === "own") return mark ? `own data ${mark}` : "own data";
  return verified ? "" : "unverified benchmark files";
}

/**
 * In what the runs of a cell differ from the paper's: its creator, wording and rule for replies, its
 * student, recipe and train size. Information, no reason to leave the row out.
 */
export function listDeviations(cell: Cell): string[] {
  const { source, completions, student, train, dev, conditions, task } = cell;
  const size = publishedSize(task);
  const { trains, isPool } = sources[source];
  const created = isCreated(source) && !isPool;
  const words = [
    created &&
      completions &&
      !completions.model.startsWith("gpt-3.5-turbo") &&
      `creator ${completions.model}`,
    created && completions?.kind === "replay" && "a replay",
    created && conditions.instruction !== "original" && "own wording",
    created && conditions.replies !== "strict" && "replies salvaged",
    created &&
      conditions.maxTokens !== "original" &&
      `replies of ${conditions.maxTokens ?? 2048} tokens at most`,
    !/(^|\/)roberta-large$/i.test(student.encoder) && `classifier ${student.encoder}`,
    student.tune === "head" && "encoder frozen",
    student.tune === "full" && conditions.recipe !== "paper" && "own recipe",
    size !== null && train.n !== size && trains && `N ${train.n} (paper ${size})`,
    train.human > 0 && `${renderCount(train.human, "human example")} mixed in`,
    conditions.review !== undefined && "reviewed by a person",
    dev.source === "created" && trains && "dev split created",
  ];
  return words.filter((word) => typeof word === "string");
}
