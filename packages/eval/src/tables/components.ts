import { type SeededRun, varianceComponents } from "../statistics/variance-components.ts";
import { isSample } from "./labels.ts";
import { isCreatedRow } from "./to-rows.ts";
import type { CellRow, Components, Table } from "./view.ts";

/**
 * Where the variance between the runs of a created row comes from: its formatting example, the sampling
 * of its creation, the training seed. Rows whose seeds are crossed, in-domain if there are such; where there
 * are none the first created row, so that what could be estimated is seen.
 */
export function toComponents(tables: readonly Table[]): Components[] {
  const created = tables.map(({ rows }) =>
    rows.filter((row) => row.kind === "cell").filter(isCreatedRow),
  );
  const crossed = created.map((rows) => rows.filter(isCrossed)).find(({ length }) => length > 0);
  return (crossed ?? created.flat().slice(0, 1)).map(toEntry);
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
    sources: components.map(({ source, sd, share, levels, df }) => ({
      source,
      sd,
      share,
      levels,
      df,
      why: sd === null ? "not estimable: one level" : null,
    })),
  };
}
