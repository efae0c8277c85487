import type { Cell } from "./cells.ts";
import type { TableNumber } from "./published.ts";

/** A cell beside the paper's figure. */
export interface CellRow {
  kind: "cell";
  cell: Cell;
  /** Percent, as printed; null where the paper has none. */
  paper: number | null;
  sample: boolean;
}

/** A classifier that was not tested cross-domain, said so that nobody looks for the row. */
export interface DashRow {
  kind: "dash";
  trainedOn: string;
  testedOn: string | null;
  why: string;
}

/** A row of a table. */
export type Row = CellRow | DashRow;

/** A table before it is rendered. */
export interface Table {
  number: TableNumber;
  title: string;
  rows: Row[];
  notes: string[];
}
