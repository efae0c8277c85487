import type { Interval } from "@seedling/core/internal";
import {
  renderFixedPercent,
  renderInterval,
  renderPoints,
  renderPointsRange,
  roundPercent,
} from "./numbers.ts";

/** What a row has in a column, as CSV writes it and a page sorts by it; null or undefined where there is nothing. */
export type ColumnValue = string | number | boolean | null | undefined;

/** A column of a table, defined once and written as Markdown, CSV, LaTeX, terminal text and HTML. */
export interface TableColumn<Row> {
  /** Its name in CSV, unique in its table. */
  id: string;
  /** One or two words with the unit; null: the column stands in CSV alone. */
  head: string | null;
  align: "left" | "right";
  value: (row: Row) => ColumnValue;
  /** The value for people, not escaped. A column whose text is empty in every row is left out. */
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
  notes: readonly string[];
}

/** A column of texts. @param text if it differs from the value as a string */
export function left<Row>(
  id: string,
  head: string,
  value: (row: Row) => ColumnValue,
  text: (row: Row) => string = (row) => String(value(row) ?? ""),
): TableColumn<Row> {
  return { id, head, align: "left", value, text };
}

/** A column of numbers. @param text if it differs from the value as a string */
export function right<Row>(
  id: string,
  head: string,
  value: (row: Row) => ColumnValue,
  text?: (row: Row) => string,
): TableColumn<Row> {
  return { ...left(id, head, value, text), align: "right" };
}

/** A column of long texts that are mostly the same. @param text if it differs from the value as a string */
export function long<Row>(
  id: string,
  head: string,
  value: (row: Row) => ColumnValue,
  text?: (row: Row) => string,
): TableColumn<Row> {
  return { ...left(id, head, value, text), long: true };
}

/** A column of fractions in percent; empty where there is none. @param digits for people */
export function percent<Row>(
  id: string,
  head: string,
  toFraction: (row: Row) => number | null | undefined,
  digits = 2,
): TableColumn<Row> {
  return right(
    id,
    head,
    (row) => roundPercent(toFraction(row)),
    (row) => {
      const fraction = toFraction(row);
      return fraction == null ? "" : renderFixedPercent(fraction, digits);
    },
  );
}

/** A column of differences of fractions, in points with their sign; empty where there is none. */
export function points<Row>(
  id: string,
  head: string,
  toDifference: (row: Row) => number | null | undefined,
): TableColumn<Row> {
  return right(
    id,
    head,
    (row) => roundPercent(toDifference(row)),
    (row) => {
      const difference = toDifference(row);
      return difference == null ? "" : renderPoints(difference);
    },
  );
}

/**
 * An interval of fractions: one column for people, in CSV one of each end, `NAME_low_UNIT` and `NAME_high_UNIT`.
 * @param head null: in CSV alone
 */
export function interval<Row>(
  name: string,
  unit: "percent" | "points",
  head: string | null,
  toInterval: (row: Row) => Interval | null | undefined,
): TableColumn<Row>[] {
  const render = unit === "percent" ? renderInterval : renderPointsRange;
  const low: TableColumn<Row> = {
    ...field(`${name}_low_${unit}`, (row) => roundPercent(toInterval(row)?.low)),
    head,
    align: "right",
    text: (row) => {
      const ends = toInterval(row);
      return ends ? render(ends) : "";
    },
  };
  return [low, field(`${name}_high_${unit}`, (row) => roundPercent(toInterval(row)?.high))];
}

/** A column of CSV alone. */
export function field<Row>(id: string, value: (row: Row) => ColumnValue): TableColumn<Row> {
  return { ...left(id, "", value), head: null };
}

/** The same column for another type of row, such as one that holds a `Row`. */
export function mapColumn<Row, Outer>(
  { value, text, ...column }: TableColumn<Row>,
  toRow: (outer: Outer) => Row | null,
): TableColumn<Outer> {
  const of =
    <Result>(take: (row: Row) => Result, none: Result) =>
    (outer: Outer) => {
      const row = toRow(outer);
      return row === null ? none : take(row);
    };
  return { ...column, value: of(value, null), text: of(text, "") };
}
