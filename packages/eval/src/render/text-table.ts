import { pickFilled, type Table, type TableColumn } from "../tables/column.ts";

/** A table as texts for people, not yet escaped for any form. */
export interface TextTable {
  title: string;
  columns: (Pick<TableColumn<never>, "align" | "long"> & { head: string })[];
  /** A text for each column; a heading of the rows below it has one, its first. */
  rows: { texts: string[]; kind?: ReturnType<NonNullable<Table<never>["kind"]>> }[];
  empty: string;
  notes: string[];
}

/** A table's texts; a column that says nothing in any row is left out. */
export function toTexts<Row>(table: Table<Row>): TextTable {
  const { title, rows, kind, empty, notes } = table;
  const named = table.columns.filter(({ head }) => head !== null);
  const cells = rows.filter((row) => kind?.(row) !== "heading");
  const columns = cells.length === 0 ? named : pickFilled(named, cells);
  return {
    title,
    columns: columns.map(({ head, align, long }) => ({
      head: head ?? "",
      align,
      ...(long && { long }),
    })),
    rows: rows.map((row) => ({ texts: columns.map(({ text }) => text(row)), kind: kind?.(row) })),
    empty,
    notes: rows.length > 0 ? [...notes] : [],
  };
}

/**
 * Replaces the long columns of tables by one: a number, under which a list has their texts, each once.
 * @returns the tables, and the numbered list for all of them
 */
export function numberLong(tables: readonly TextTable[]): {
  tables: TextTable[];
  legend: string[];
} {
  const legend: string[] = [];
  const numbered = tables.map((table): TextTable => {
    const { columns } = table;
    if (!columns.some(({ long }) => long)) return table;
    const pickShort = <T>(values: readonly T[]) => values.filter((_, i) => !columns[i]?.long);
    const rows = table.rows.map(({ texts, kind }) => {
      const described = columns
        .flatMap(({ head, long }, index) =>
          long && texts[index] ? `${head.toLowerCase()} ${texts[index]}` : [],
        )
        .join("; ");
      if (described && !legend.includes(described)) legend.push(described);
      const number = described && `(${legend.indexOf(described) + 1})`;
      return { texts: [...pickShort(texts), number], kind };
    });
    return { ...table, columns: [...pickShort(columns), { head: "", align: "left" }], rows };
  });
  return { tables: numbered, legend: legend.map((text, index) => `(${index + 1}) ${text}`) };
}
