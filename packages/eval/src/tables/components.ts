import { type SeededRun, varianceComponents } from "../statistics/variance-components.ts";
import type { AccuracyTable, CellRow } from "./analysis.ts";
import { isSample } from "./labels.ts";
import { isCreatedRow } from "./to-rows.ts";
import type { Components } from "./view-beside.ts";

/**
 * Where the variance between the runs of a created row comes from: its formatting example, the sampling
 * of its creation, the training seed. Rows whose seeds are crossed, in-domain if there are such; where there
 * are none the created row of the most runs, so that what could be estimated is seen.
 */
export function toComponents(tables: readonly AccuracyTable[]): Components[] {
  const created = tables.map(({ rows }) =>
    rows.filter((row) => row.kind === "cell").filter(isCreatedRow),
  );
  const crossed = created.map((rows) => rows.filter(isCrossed)).find(({ length }) => length > 0);
  return (crossed ?? mostRuns(created.flat())).map(toEntry);
}

/** The first of the rows with the most runs; none if there is no row. */
function mostRuns(rows: readonly CellRow[]): CellRow[] {
  return rows.toSorted((a, b) => b.cell.seeds - a.cell.seeds).slice(0, 1);
}

/** Whether two runs share a formatting example or a creation, and not all are the same run. */
function isCrossed({ cell: { runs } }: CellRow): boolean {
  return new Set(runs.map(({ seeds }) => seeds.example)).size < runs.length;
}

function toEntry({ cell, labels }: CellRow): Components {
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
      why: sd === null ? toReason(levels) : null,
      includes,
    })),
  };
}

/** Why a source has no variance of its own. */
function toReason(levels: number): string {
  return `not estimable: ${levels === 1 ? "one level" : "in the one above it"}`;
}
