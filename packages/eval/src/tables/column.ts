import { dash, type Interval } from "@seedling/core/internal";
import {
  renderFixedPercent,
  renderInterval,
  renderPointsRange,
  roundDigits,
  roundPercent,
} from "./numbers.ts";

/** A column of a table, defined once and written as Markdown, CSV, LaTeX, terminal text and HTML. */
export interface TableColumn<Row> {
  /** Its name in CSV, unique in its table. */
  id: string;
  /** One or two words with the unit; null: the column stands in CSV alone. */
  head: string | null;
  align: "left" | "right";
  /** As CSV writes it and a page sorts by it. */
  value: (row: Row) => string | number | boolean | null | undefined;
  /** The value for people, not escaped. A column whose text is empty or a dash in every row is left out. */
  text: (row: Row) => string;
  /** Its texts are long and mostly the same: where room is short each stands once, under a number. */
  long?: true;
}

/** A table as data: what stands in a row is defined by the columns. */
export interface Table<Row> {
  title: string;
  columns: readonly TableColumn<Row>[];
  rows: readonly Row[];
  /** A row that heads those below it, or that belongs to the one above it; undefined: neither. */
  kind?: (row: Row) => "heading" | "under" | undefined;
  /** The sentence in place of rows where there are none. */
  empty: string;
  /** They stand under rows alone. */
  notes: readonly string[];
}

/** What all tables of a kind have in common. */
export type TableForm<Row> = Omit<Table<Row>, "rows">;

/** Defines a column. @param text if it differs from the value as a string */
type Define = <Row>(
  id: string,
  head: string,
  value: TableColumn<Row>["value"],
  text?: TableColumn<Row>["text"],
) => TableColumn<Row>;

export const left: Define = (id, head, value, text = (row) => String(value(row) ?? "")) => ({
  id,
  head,
  align: "left",
  value,
  text,
});

export const right: Define = (...column) => ({ ...left(...column), align: "right" });

/** A column of long texts that are mostly the same. */
export const long: Define = (...column) => ({ ...left(...column), long: true });

/** A column of CSV alone. */
export function field<Row>(id: string, value: TableColumn<Row>["value"]): TableColumn<Row> {
  return { ...left(id, "", value), head: null };
}

/**
 * A column of numbers that people read in another form than CSV has.
 * @param none stands where there is no number
 * @param scale of the number in CSV: 100 for fractions
 */
export function number<Row>(
  id: string,
  head: string,
  of: (row: Row) => number | null | undefined,
  render: (value: number, row: Row) => string,
  { none = "", scale = 1 } = {},
): TableColumn<Row> {
  return right(
    id,
    head,
    (row) => {
      const value = of(row);
      return value == null ? null : roundDigits(scale * value);
    },
    (row) => {
      const value = of(row);
      return value == null ? none : render(value, row);
    },
  );
}

/** A column of fractions in percent; empty where there is none. @param digits for people */
export function percent<Row>(
  id: string,
  head: string,
  of: (row: Row) => number | null | undefined,
  digits = 2,
): TableColumn<Row> {
  return number(id, head, of, (value) => renderFixedPercent(value, digits), { scale: 100 });
}

/**
 * An interval of fractions: one column for people, in CSV one of each end, `NAME_low_UNIT` and `NAME_high_UNIT`.
 * @param head null: in CSV alone
 */
export function interval<Row>(
  name: string,
  unit: "percent" | "points",
  head: string | null,
  of: (row: Row) => Interval | null | undefined,
): TableColumn<Row>[] {
  const render = unit === "percent" ? renderInterval : renderPointsRange;
  const createEnd = (end: "low" | "high") =>
    field<Row>(`${name}_${end}_${unit}`, (row) => roundPercent(of(row)?.[end]));
  const text = (row: Row) => {
    const ends = of(row);
    return ends ? render(ends) : "";
  };
  return [{ ...createEnd("low"), head, align: "right", text }, createEnd("high")];
}

/** The columns that say something in a row: a text other than a dash. */
export function pickFilled<Row>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
): TableColumn<Row>[] {
  const isFilled = (text: string) => text !== "" && text !== dash;
  return columns.filter(({ text }) => rows.some((row) => isFilled(text(row))));
}

/** @throws RangeError if no column has the id */
export function findColumn<Row>(columns: readonly TableColumn<Row>[], id: string) {
  const column = columns.find((one) => one.id === id);
  if (!column) throw new RangeError(`expected a column of the table, got ${id}`);
  return column;
}
