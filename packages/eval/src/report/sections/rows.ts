import { toShortName } from "@seedling/core/internal";
import type { AccuracyTable, CellRow } from "../../tables/analysis.ts";

/** The rows of tables that have an accuracy. */
export function listCellRows(...tables: readonly AccuracyTable[]): CellRow[] {
  return tables.flatMap(({ rows }) => rows).filter((row) => row.kind === "cell");
}

/** A number to three digits, without needless zeros: 0.98382 -> `0.984`. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A task's name without its format, except for closed BoolQ, whose open form has the same name. */
export function formatTask(task: string): string {
  return task === "yesno_close/boolq" ? "boolq (closed)" : toShortName(task);
}

/** What was trained on, and what was tested on where that is another task: `creak → strategyqa`. */
export function formatTasks(task: string, test: string): string {
  return test === task ? formatTask(task) : `${formatTask(task)} → ${formatTask(test)}`;
}
