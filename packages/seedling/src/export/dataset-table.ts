import { toJsonl } from "@seedling/core/internal";
import { stringify } from "csv-stringify/sync";
import type { SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";

/** What a cell holds: a text, a list of texts, a number, or nothing. */
type Cell = string | readonly string[] | number | null;

/** A column of a data set. It is defined once, and written as Parquet, CSV, JSONL and in the card. */
export interface DatasetColumn<Row> {
  name: string;
  type: "text" | "texts" | "whole" | "number" | "label";
  /** What it holds, for the card. */
  about: string;
  /** Of a label its text. */
  value: (row: Row) => Cell;
  /** The names of a label, in the order of their numbers. */
  names?: readonly string[];
}

/** A split of a data set. */
export interface DatasetTable<Row> {
  columns: readonly DatasetColumn<Row>[];
  rows: readonly Row[];
}

const optional = { repetition_type: "OPTIONAL" } as const;
const textElement = { type: "BYTE_ARRAY", converted_type: "UTF8", ...optional } as const;

/** Each type in Parquet. */
const schemas: Record<DatasetColumn<unknown>["type"], (name: string) => SchemaElement[]> = {
  text: (name) => [{ name, ...textElement }],
  texts: (name) => [
    { name, num_children: 1, converted_type: "LIST", ...optional },
    { name: "list", num_children: 1, repetition_type: "REPEATED" },
    { name: "element", ...textElement },
  ],
  whole: (name) => [{ name, type: "INT32", ...optional }],
  number: (name) => [{ name, type: "DOUBLE", ...optional }],
  label: (name) => [{ name, type: "INT64", ...optional }],
};

/** The forms of files, by the name that `--format` gives them. Equal tables give equal bytes. */
export const datasetForms = {
  parquet: { ending: "-00000-of-00001.parquet", isTyped: true, write: writeParquet },
  /** A list is a text in JSON there, and a reader guesses the types. */
  csv: { ending: ".csv", isTyped: false, write: writeCsv },
  jsonl: { ending: ".jsonl", isTyped: true, write: writeJsonl },
} as const;

export type DatasetFormat = keyof typeof datasetForms;

function writeParquet<Row>({ columns, rows }: DatasetTable<Row>): Uint8Array {
  const schema: SchemaElement[] = [
    { name: "root", num_children: columns.length },
    ...columns.flatMap(({ name, type }) => schemas[type](name)),
  ];
  const columnData = columns.map(({ name, type, value, names = [] }) => ({
    name,
    data: rows.map((row) => {
      const cell = value(row);
      return type === "label" ? BigInt(names.indexOf(String(cell))) : toCell(cell);
    }),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData, schema, createdBy: "seedling" }));
}

/** Text that a spreadsheet would take for a formula gets an apostrophe before it. */
function writeCsv<Row>({ columns, rows }: DatasetTable<Row>): string {
  const records = rows.map((row) =>
    columns.map(({ value }) => {
      const cell = toCell(value(row));
      return Array.isArray(cell) ? JSON.stringify(cell) : cell;
    }),
  );
  return stringify([columns.map(({ name }) => name), ...records], { escape_formulas: true });
}

function writeJsonl<Row>({ columns, rows }: DatasetTable<Row>): string {
  return toJsonl(
    rows.map((row) =>
      Object.fromEntries(columns.map(({ name, value }) => [name, toCell(value(row))])),
    ),
  );
}

/** A cell whose texts can be written as UTF-8: half a surrogate pair is none. */
function toCell(cell: Cell): Cell {
  const mend = (text: string) => text.replace(/\p{Cs}/gu, "\ufffd");
  if (typeof cell === "string") return mend(cell);
  return Array.isArray(cell) ? cell.map(mend) : cell;
}
