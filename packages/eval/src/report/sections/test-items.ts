import { mostBytes, parseRows, readFollowed, sha256 } from "@seedling/core/internal";
import { group } from "d3-array";
import type { EvaluationRun, ItemColumns } from "../../results/results.ts";
import { truncateText } from "../charts/charts.ts";

// What several sections show of test items.

/** Items listed of one comparison, or of one row. */
export const mostItems = 2000;

/** Characters shown of a question. */
const mostOfQuestion = 400;

/** @param question undefined: the test file is gone or has changed */
export function truncateQuestion(question: string | undefined): string {
  return truncateText(question ?? "test file not found", mostOfQuestion);
}

/** The questions of a run's test file; null where the file is gone or has changed. */
export function readQuestions({ manifest: { test, inputs } }: EvaluationRun): string[] | null {
  const { file = "" } = test;
  try {
    const content = readFollowed(file, mostBytes.examples);
    if (sha256(content) !== inputs.test) return null;
    const options = { required: ["question"], columns: test.columns } as const;
    const rows = parseRows(content.toString("utf8"), file, options);
    return Array.from(rows, ({ value }) => String((value as { question?: unknown }).question));
  } catch {
    return null;
  }
}

/** Whether more than half of the runs are right on an item. */
export function isMostlyRight(runs: readonly ItemColumns[], row: number): boolean {
  return 2 * runs.filter(({ right }) => right[row] === 1).length > runs.length;
}

/** The answers of runs to an item, with how many gave each, the most frequent first: `yes ×2, no ×1`. */
export function countVotes(runs: readonly ItemColumns[], row: number): string {
  const votes = group(runs, ({ predicted }) => predicted[row] ?? "");
  return [...votes]
    .sort(([a, { length: m }], [b, { length: n }]) => n - m || (a < b ? -1 : 1))
    .map(([answer, { length }]) => `${answer} ×${length}`)
    .join(", ");
}
