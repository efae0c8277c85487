import { toPlainText } from "@seedling/core/internal";
import { stringify } from "csv-stringify/sync";
import type { Table } from "../tables/column.ts";

/**
 * A table as CSV, every column by its id. Text that a spreadsheet would take for a formula gets an
 * apostrophe before it.
 */
export function renderCsv<Row>({ columns, rows }: Table<Row>): string {
  const records = rows.map((row) =>
    Object.fromEntries(columns.map(({ id, value }) => [id, value(row)])),
  );
  return stringify(records, {
    header: true,
    columns: columns.map(({ id }) => id),
    escape_formulas: true,
    cast: { boolean: String, string: toPlainText },
  });
}
