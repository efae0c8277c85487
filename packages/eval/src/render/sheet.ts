/** A table as texts, not yet escaped for any form. */
export interface TextTable {
  title: string;
  columns: SheetColumn[];
  /** A text for each column. Where the first begins with a space, the row belongs to the one before it. */
  rows: string[][];
  /** What stands in place of rows where there are none. */
  empty: string;
  notes: string[];
}

/** A column's head and side. */
export interface SheetColumn {
  head: string;
  align: "left" | "right";
  /** Its texts are long and mostly the same: on a page they stand once, under a number. */
  long?: true;
}

/** A column, and what a row says in it. */
export interface ColumnOf<Row> extends SheetColumn {
  text(row: Row): string;
}

/** Rows in columns; a column that says nothing in any row is left out. */
export function toSheet<Row>(
  { title, empty, notes }: Pick<TextTable, "title" | "empty" | "notes">,
  columns: readonly ColumnOf<Row>[],
  rows: readonly Row[],
): TextTable {
  const shown = columns.filter(({ text }) => rows.length === 0 || rows.some((row) => text(row)));
  return {
    title,
    columns: shown.map(({ text: _, ...column }) => column),
    rows: rows.map((row) => shown.map(({ text }) => text(row))),
    empty,
    notes,
  };
}

/** A column of texts. */
export function left<Row>(head: string, text: (row: Row) => string): ColumnOf<Row> {
  return { head, align: "left", text };
}

/** A column of long texts that are mostly the same. */
export function long<Row>(head: string, text: (row: Row) => string): ColumnOf<Row> {
  return { head, align: "left", long: true, text };
}

/** A column of figures. */
export function right<Row>(head: string, text: (row: Row) => string): ColumnOf<Row> {
  return { head, align: "right", text };
}
