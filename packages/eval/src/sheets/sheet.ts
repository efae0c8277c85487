/** A table as texts, not yet escaped for any form. */
export interface Sheet {
  title: string;
  columns: SheetColumn[];
  /** A text for each column. */
  rows: string[][];
  /** What stands in place of rows where there are none. */
  empty: string;
  notes: string[];
}

/** A column's head and side. */
export interface SheetColumn {
  head: string;
  align: "left" | "right";
}

/** A column, and what a row says in it. */
export interface ColumnOf<Row> extends SheetColumn {
  text(row: Row): string;
}

/** Rows in columns; a column that says nothing in any row is left out. */
export function toSheet<Row>(
  { title, empty, notes }: Pick<Sheet, "title" | "empty" | "notes">,
  columns: readonly ColumnOf<Row>[],
  rows: readonly Row[],
): Sheet {
  const shown = columns.filter(({ text }) => rows.length === 0 || rows.some((row) => text(row)));
  return {
    title,
    columns: shown.map(({ head, align }) => ({ head, align })),
    rows: rows.map((row) => shown.map(({ text }) => text(row))),
    empty,
    notes,
  };
}

/** A column of texts. */
export function left<Row>(head: string, text: (row: Row) => string): ColumnOf<Row> {
  return { head, align: "left", text };
}

/** A column of figures. */
export function right<Row>(head: string, text: (row: Row) => string): ColumnOf<Row> {
  return { head, align: "right", text };
}
