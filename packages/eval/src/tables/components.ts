import { dash } from "@seedling/core/internal";
import { type SeededRun, varianceComponents } from "../statistics/variance-components.ts";
import type { AccuracyTable } from "./accuracy-table.ts";
import { left, percent, right, type Table, type TableColumn } from "./column.ts";
import { isSample, type RowLabels } from "./labels.ts";
import { renderFixedPercent, roundPercent } from "./numbers.ts";
import type { CellRow } from "./row.ts";
import { labelColumns } from "./row-texts.ts";
import { isCreatedRow } from "./rows.ts";

/** Variance components of one cell's flags. */
export interface Components {
  task: string;
  test: string;
  labels: RowLabels;
  cell: string;
  runs: number;
  sample: boolean;
  sources: {
    source: "formatting example" | "creation sampling" | "training seed";
    /** Standard deviation of accuracy, a fraction; null: not estimable. */
    sd: number | null;
    /** Of the whole variance. */
    share: number | null;
    levels: number;
    df: number;
    /** Why it is null, such as `not estimable: one level`; null: it is not. */
    why: string | null;
    /** Sources that these runs do not separate from it: their variance is in its own. */
    includes: string[];
  }[];
}

/**
 * Where the variance between the runs of a created row comes from: its formatting example, the sampling
 * of its creation, the training seed. Rows whose seeds are crossed, in-domain if there are such; where there
 * are none the created row of the most runs, so that what could be estimated is seen.
 */
export function computeComponents(tables: readonly AccuracyTable[]): Components[] {
  const created = tables.map(({ rows }) =>
    rows.filter((row) => row.kind === "cell").filter(isCreatedRow),
  );
  const crossed = created.map((rows) => rows.filter(isCrossed)).find(({ length }) => length > 0);
  return (crossed ?? mostRuns(created.flat())).map(describeComponents);
}

/** The first of the rows with the most runs; none if there is no row. */
function mostRuns(rows: readonly CellRow[]): CellRow[] {
  return rows.toSorted((a, b) => b.cell.seeds - a.cell.seeds).slice(0, 1);
}

/** Whether two runs share a formatting example or a creation, and not all are the same run. */
function isCrossed({ cell: { runs } }: CellRow): boolean {
  return new Set(runs.map(({ seeds }) => seeds.example)).size < runs.length;
}

function describeComponents({ cell, labels }: CellRow): Components {
  const runs = cell.runs.map(({ seeds, accuracy }): SeededRun => ({ ...seeds, accuracy }));
  const components = varianceComponents(runs);
  return {
    task: cell.task,
    test: cell.test.task,
    labels,
    cell: cell.id,
    runs: runs.length,
    sample: isSample(cell),
    sources: components.map(({ source, sd, share, levels, df, includes }) => ({
      source,
      sd,
      share,
      levels,
      df,
      why: sd === null ? explainMissing(levels) : null,
      includes,
    })),
  };
}

/** Why a source has no variance of its own. */
function explainMissing(levels: number): string {
  return `not estimable: ${levels === 1 ? "one level" : "in the one above it"}`;
}

/** The variance components as a table, a row for each cell and source of variance. */
export function createComponentTable(components: readonly Components[]): Table<ComponentPart> {
  const rows = components.flatMap((one) =>
    one.sources.map((part): ComponentPart => ({ ...one, part })),
  );
  return {
    title: "Where the variance between runs comes from",
    columns: componentColumns,
    rows,
    empty: "No created row yet.",
    notes:
      rows.length > 0
        ? [
            "Nested random effects: creations within formatting examples, trainings within creations. Sources that these runs do not tell apart, one level of the inner for each of the outer, stand together; a negative estimate is 0.",
          ]
        : [],
  };
}

type ComponentPart = Components & { part: Components["sources"][number] };

const componentColumns: readonly TableColumn<ComponentPart>[] = [
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
    ({ part }) => (part.sd === null ? (part.why ?? dash) : renderFixedPercent(part.sd, 1)),
  ),
  percent("share_percent", "Fraction of variance %", ({ part }) => part.share, 0),
];
