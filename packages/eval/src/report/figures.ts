import { toShortName } from "@seedling/core/internal";

/** A number to three digits, without needless zeros: 0.98382 -> `0.984`. */
export function renderNumber(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A task's name without its format, but for closed BoolQ: the open one has the same name. */
export function renderTask(task: string): string {
  return task === "yesno_close/boolq" ? "boolq (closed)" : toShortName(task);
}

/** What was trained on, and what was tested on where that is another task: `creak → strategyqa`. */
export function renderTested(task: string, test: string): string {
  return test === task ? renderTask(task) : `${renderTask(task)} → ${renderTask(test)}`;
}
