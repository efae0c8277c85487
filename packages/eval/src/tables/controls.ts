import { hashValue, sources } from "@seedling/core/internal";
import type { AccuracyTable } from "./analysis.ts";
import { compareCells } from "./compare-cells.ts";
import { isSample } from "./labels.ts";
import type { PlacedCell } from "./placed.ts";
import type { Control } from "./view-beside.ts";

/**
 * The rows of a table that control another row, each with what the controlled row is above it: where
 * that is little, the control's way to answer would do as well.
 */
export function toControls(table: AccuracyTable, cells: readonly PlacedCell[]): Control[] {
  const placed = new Map(cells.map((one) => [one.cell.id, one]));
  return table.rows.flatMap((row): Control[] => {
    if (row.kind === "dash" || row.control === null) return [];
    const { cell, labels, control } = row;
    const own = placed.get(cell.id);
    const controlled = own && cells.find((one) => isControlled(one, own));
    return [
      {
        table: table.number,
        cell: cell.id,
        control,
        task: cell.task,
        test: cell.test.task,
        labels,
        accuracy: cell.accuracy,
        interval: cell.interval,
        seeds: cell.seeds,
        sample: isSample(cell),
        baseline: cell.baseline,
        difference:
          own && controlled ? compareCells(controlled, own, `${control}, same data`, null) : null,
      },
    ];
  });
}

/** The row without the control: the same but for the control's flags. */
function isControlled(one: PlacedCell, control: PlacedCell): boolean {
  return one.control === null && sources[one.cell.source].trains && toName(one) === toName(control);
}

function toName({ cell, group }: PlacedCell): string {
  const { source, completions, train, conditions } = cell;
  const { labels: _, input: __, ...flags } = conditions;
  return hashValue([group, source, completions, train, flags]);
}
