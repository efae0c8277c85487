import {
  alignColumns,
  type Example,
  escapeControls,
  optionAt,
  renderCount,
  toAnswer,
  wilsonInterval,
} from "@seedling/core/internal";
import type { Answers } from "./audit-file.ts";
import { hasFixedOptions } from "./blind-sample.ts";

/** Labels that a person agrees with. */
export interface RightLabels {
  n: number;
  right: number;
}

/** How good the labels of a creation are, as far as a person has answered. */
export interface LabelAccuracy extends RightLabels {
  /** Examples that the person could not tell; not among n. */
  skipped: number;
  /** By the created label, where all options are the same; null: they vary. */
  byLabel: Map<string, RightLabels> | null;
}

/**
 * Compares created labels with a person's answers, by their texts.
 * @param examples those answered, by their line
 */
export function toLabelAccuracy(
  examples: ReadonlyMap<number, Example>,
  answers: Answers,
): LabelAccuracy {
  const fixed = hasFixedOptions([...examples.values()]);
  const byLabel = new Map<string, RightLabels>();
  const accuracy = { n: 0, right: 0, skipped: 0 };
  for (const [line, example] of examples) {
    const answer = answers.get(line) ?? null;
    if (answer === null) {
      accuracy.skipped += 1;
      continue;
    }
    const label = toAnswer(example);
    const right = optionAt(example.options, answer) === label ? 1 : 0;
    const ofLabel = byLabel.get(label) ?? { n: 0, right: 0 };
    byLabel.set(label, ofLabel);
    for (const counts of [accuracy, ofLabel]) {
      counts.n += 1;
      counts.right += right;
    }
  }
  return { ...accuracy, byLabel: fixed ? byLabel : null };
}

/** What an audit came to, with Wilson's intervals. @param total examples that were created */
export function renderLabelAccuracy(
  accuracy: LabelAccuracy,
  total: number,
  folder: string,
): string {
  const { n, skipped, byLabel } = accuracy;
  const labels = [...(byLabel ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = labels.map(([label, counts]) => [
    `  labelled ${escapeControls(label)}`,
    ...toRow(counts),
  ]);
  const table =
    n === 0
      ? ["no example labelled yet"]
      : alignColumns([["right labels", ...toRow(accuracy)], ...rows]);
  return [
    "",
    ...table,
    ...(skipped > 0 ? [`${skipped} skipped (can't tell), counted nowhere above`] : []),
    `A sample of the ${renderCount(total, "example")} of this creation alone (${folder}): it says nothing about another`,
    "task, setting, seed or model. In brackets: Wilson's 95% interval.",
  ].join("\n");
}

function toRow(counts: RightLabels): string[] {
  const { n, right } = counts;
  const { low, high } = wilsonInterval(right / n, n);
  const [share, from, to] = [right / n, low, high].map((one) => (100 * one).toFixed(1));
  return [`${right} of ${n}`, `${share} %`, `(${from}–${to})`];
}
