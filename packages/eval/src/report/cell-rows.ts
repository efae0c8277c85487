import type { CellRow, Difference, Table } from "../tables/view.ts";

/** A table's rows that have an accuracy. */
export function pickCellRows({ rows }: Table): CellRow[] {
  return rows.flatMap((row) => (row.kind === "cell" ? [row] : []));
}

/** The difference to the human row that is like it: at the same N where there is one. */
export function toHumanDifference({ toHuman }: CellRow): Difference | null {
  return toHuman.sameN ?? toHuman.largest;
}
