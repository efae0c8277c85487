import { dash, hashValue, sources } from "@seedling/core/internal";
import { interval, left, percent, right, type TableForm } from "./column.ts";
import type { GroupedCell } from "./groups.ts";
import { isSample } from "./labels.ts";
import { roundPercent } from "./numbers.ts";
import { labelColumns, renderBaseline, renderStarred } from "./row-texts.ts";
import { type CellRow, compareCells } from "./rows.ts";

type Control = ReturnType<typeof findControls>[number];

/**
 * The rows that control another row, each with what the controlled row is above it: where that is
 * little, the control's way to answer would do as well.
 * @param placed the cells of these rows, and of those that they control
 */
export function findControls(rows: readonly CellRow[], placed: readonly GroupedCell[]) {
  return rows.flatMap(({ cell, labels, control }) => {
    if (control === null) return [];
    const own = placed.find((one) => one.cell.id === cell.id);
    const controlled = placed.find(
      (one) =>
        own &&
        one.control === null &&
        sources[one.cell.source].trains &&
        hashUncontrolled(one) === hashUncontrolled(own),
    );
    return [
      {
        table: cell.test.kind === "in-domain" ? 3 : 4,
        cell: cell.id,
        /** `labels shuffled`, `random selection`, `20 rows repeated`, `options alone`, `no context`, `creator answers`. */
        control,
        task: cell.task,
        test: cell.test.task,
        labels,
        accuracy: cell.accuracy,
        interval: cell.interval,
        seeds: cell.seeds,
        sample: isSample(cell),
        baseline: cell.baseline,
        /** The controlled row minus the control; null where that row is not there. */
        difference:
          own && controlled ? compareCells(controlled, own, `${control}, same data`, null) : null,
      },
    ];
  });
}

/** What a control and the row that it controls have in common: all but the control's flags. */
function hashUncontrolled({ cell, group }: GroupedCell): string {
  const { source, completions, train, conditions } = cell;
  const { labels: _, input: __, humanRows: ___, ...others } = conditions;
  const { select: ____, selectEncoder: _____, ...flags } = others;
  return hashValue([group, source, completions, train, flags]);
}

export const controlTable: TableForm<Control> = {
  title: "Controls",
  columns: [
    ...labelColumns,
    left("control", "Control", ({ control }) => control),
    percent("accuracy_percent", "Accuracy %", ({ accuracy }) => accuracy),
    ...interval<Control>("interval", "percent", "95% interval", (control) => control.interval),
    right("seeds", "Seeds", ({ seeds }) => seeds),
    right(
      "baseline_percent",
      "Baseline %",
      ({ baseline }) => roundPercent(baseline.chance ?? baseline.bestConstant),
      ({ baseline }) => renderBaseline(baseline),
    ),
    right(
      "row_minus_control_points",
      "Row minus control",
      ({ difference }) => roundPercent(difference?.estimate.value),
      ({ difference }) => (difference ? renderStarred(difference) : dash),
    ),
  ],
  empty:
    "No controls yet: --setting direct, --labels shuffled, --select random, --input options or question.",
  notes: ["Row minus control: the same row without the control, on the same test items, minus it."],
};
