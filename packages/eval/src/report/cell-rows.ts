import type { AccuracyTable, CellRow, RowDifference } from "../tables/analysis.ts";

/** A table's rows that have an accuracy. */
export function pickCellRows({ rows }: AccuracyTable): CellRow[] {
  return rows.flatMap((row) => (row.kind === "cell" ? [row] : []));
}

/** The difference to the human row that is like it: at the same N where there is one. */
export function toHumanDifference({ toHuman }: CellRow): RowDifference | null {
  return toHuman.sameN ?? toHuman.largest;
}
