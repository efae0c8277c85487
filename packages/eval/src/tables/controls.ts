import { dash, hashValue, sources } from "@seedling/core/internal";
import { varianceComponents } from "../statistics/variance-components.ts";
import { interval, left, percent, right, type TableForm } from "./column.ts";
import type { GroupedCell } from "./groups.ts";
import { isSample } from "./labels.ts";
import { renderFixedPercent, roundPercent } from "./numbers.ts";
import { labelColumns, renderBaseline, renderStarred } from "./row-texts.ts";
import { type CellRow, compareCells, isCreatedRow } from "./rows.ts";

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
        /** `labels shuffled`, `options only`, `question only`, `creator answers`. */
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
  const { labels: _, input: __, ...flags } = conditions;
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
  empty: "No controls yet: --setting direct, --labels shuffled, --input options or question.",
  notes: ["Row minus control: the same row without the control, on the same test items, minus it."],
};

type Components = ReturnType<typeof describeComponents>;

/**
 * Where the variance between the runs of a created row comes from: its formatting example, the sampling
 * of its creation, the training seed. Rows whose seeds are crossed, in-domain if there are such; where there
 * are none the created row of the most runs, so that what could be estimated is seen.
 */
export function computeComponents(rows: readonly CellRow[]): Components[] {
  const created = rows.filter(isCreatedRow);
  const crossed = created.filter(isCrossed);
  const inDomain = crossed.filter(({ cell }) => cell.test.kind === "in-domain");
  const most = created.toSorted((a, b) => b.cell.seeds - a.cell.seeds).slice(0, 1);
  const shown = [inDomain, crossed, most].find(({ length }) => length > 0) ?? [];
  return shown.map(describeComponents);
}

/** Whether two runs share a formatting example or a creation, and not all are the same run. */
function isCrossed({ cell: { runs } }: CellRow): boolean {
  return new Set(runs.map(({ seeds }) => seeds.example)).size < runs.length;
}

function describeComponents({ cell, labels }: CellRow) {
  return {
    task: cell.task,
    test: cell.test.task,
    labels,
    cell: cell.id,
    runs: cell.runs.length,
    sample: isSample(cell),
    sources: varianceComponents(cell.runs.map(({ seeds, accuracy }) => ({ ...seeds, accuracy }))),
  };
}

/** A row for each cell and source of variance. */
export function listComponents(components: readonly Components[]) {
  return components.flatMap((one) => one.sources.map((part) => ({ ...one, part })));
}

export const componentTable: TableForm<ReturnType<typeof listComponents>[number]> = {
  title: "Where the variance between runs comes from",
  columns: [
    ...labelColumns,
    right("runs", "Runs", ({ runs }) => runs),
    left("variance_from", "Variance from", ({ part: { source, includes } }) =>
      [source, ...includes].join(" + "),
    ),
    right("levels", "Levels", ({ part }) => part.levels),
    right("df", "df", ({ part }) => part.df),
    right(
      "sd_points",
      "SD, points",
      ({ part }) => roundPercent(part.sd),
      ({ part: { sd, why } }) => (sd === null ? (why ?? dash) : renderFixedPercent(sd, 1)),
    ),
    percent("share_percent", "Fraction of variance %", ({ part }) => part.share, 0),
  ],
  empty: "No created row yet.",
  notes: [
    "Nested random effects: creations within formatting examples, trainings within creations. Sources that these runs do not tell apart, one level of the inner for each of the outer, stand together; a negative estimate is 0.",
  ],
};
