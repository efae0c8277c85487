import { dash } from "@seedling/core/internal";
import { varianceComponents } from "../statistics/variance-components.ts";
import { left, percent, right, type TableForm } from "./column.ts";
import { isSample } from "./labels.ts";
import { renderFixedPercent, roundPercent } from "./numbers.ts";
import { labelColumns } from "./row-texts.ts";
import { type CellRow, isCreatedRow } from "./rows.ts";

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
