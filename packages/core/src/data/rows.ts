import { extname } from "node:path";
import { decodeUtf8, sha256 } from "../logs/files.ts";
import { parseJson } from "../logs/json.ts";
import { decodeLines, hashLines, splitLines, type TextLine } from "../logs/lines.ts";
import { mostBytes, openFollowed, readFollowed } from "../logs/open-inside.ts";
import { ExpectedError, toMessage } from "../messages/errors.ts";
import { renderCount } from "../messages/render-numbers.ts";
import {
  type Columns,
  type Field,
  type FoundColumns,
  fieldNames,
  findColumns,
  usualNames,
} from "./columns.ts";
import { createCsvReader, findDelimiter } from "./csv.ts";
import { parseObjectLine } from "./example.ts";
import { quote } from "./label-forms.ts";

/** The forms of files of examples, by their ending in any case; any other is JSONL. */
const forms = { ".csv": "table", ".tsv": "table", ".json": "json" } as const;

export type FileForm = "table" | "json" | "lines";

export function findForm(path: string): FileForm {
  const ending = extname(path).toLowerCase();
  return Object.hasOwn(forms, ending) ? forms[ending as keyof typeof forms] : "lines";
}

/** An example as a file has it, under our names, unchecked. */
export interface Row {
  value: unknown;
  /** File and line, or the item of an array, for errors. */
  where: string;
  /** From 1. */
  number: number;
  /** The cells of a table's columns that hold no part of an example, by their names. */
  others?: Record<string, string>;
}

/** How a file of examples is read. */
export interface RowsOptions {
  /** The columns that hold the parts of an example; null: those with the usual names. */
  columns?: Columns | null | undefined;
  /** The parts without which a file cannot be read. */
  required?: readonly Field[];
  /** Is called with the file's columns, once they are known. */
  onColumns?: (columns: FoundColumns) => void;
}

/** Creates what takes the parts of an example out of objects, by the keys of the first one. */
export function createObjectReader({
  columns = null,
  required = [],
  onColumns = () => {},
}: RowsOptions = {}) {
  let found: FoundColumns | null = null;
  return (value: unknown, where: string): unknown => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    if (found === null) {
      found = findColumns(Object.keys(value), columns, required, where);
      onColumns(found);
    }
    const take = (field: Field) => {
      // Objects need not have the keys of the first.
      const names = [found?.[field] ?? field, ...(columns?.[field] ? [] : usualNames[field])];
      const name = names.find((one) => Object.hasOwn(value, one));
      return name === undefined ? undefined : (value as Record<string, unknown>)[name];
    };
    return Object.fromEntries(fieldNames.map((field) => [field, take(field)]));
  };
}

/** Creates what reads the rows of a table, line by line; the first one names its columns. */
export function createTableReader(
  name: string,
  { columns = null, required = [], onColumns = () => {} }: RowsOptions = {},
) {
  let reader: ReturnType<typeof createCsvReader> | null = null;
  let head: { names: string[]; found: FoundColumns } | null = null;
  return {
    /** @returns the row that ends with this line; null: none does; "head": it names the columns */
    read({ line, number }: TextLine): Row | "head" | null {
      // Excel may begin with the delimiter, and end with rows of empty cells.
      if (reader === null && /^sep=.\r?$/i.test(line)) return null;
      reader ??= createCsvReader(name, findDelimiter(line));
      const row = reader.read(line, number);
      if (row === null || row.cells.every((cell) => cell.trim() === "")) return null;
      const where = `${name}:${row.number}`;
      if (head === null) {
        const names = row.cells.map((cell) => cell.trim());
        checkNames(names, where);
        head = { names, found: findColumns(names, columns, required, where) };
        onColumns(head.found);
        return "head";
      }
      const { names, found } = head;
      if (row.cells.length !== names.length)
        throw new ExpectedError(
          `${where}: expected ${renderCount(names.length, "cell")}, as the first line has, got ${row.cells.length}; a text that holds a delimiter stands in quotes`,
        );
      const others: Record<string, string> = Object.create(null);
      for (const name of found.unused) others[name] = row.cells[names.indexOf(name)] ?? "";
      const value = readCells(names, row.cells, found, where);
      return { value, where, number: row.number, others };
    },
    /** @throws ExpectedError where the file ends inside of quotes */
    end: () => reader?.end(),
  };
}

function checkNames(names: readonly string[], where: string): void {
  if (names.some((name) => name.includes("\r")))
    throw new ExpectedError(`${where}: expected lines that end with a line feed`);
  const repeated = names.find((name, i) => name !== "" && names.indexOf(name) !== i);
  if (repeated !== undefined)
    throw new ExpectedError(`${where}: expected each column once, got ${quote(repeated)} twice`);
}

function readCells(
  names: readonly string[],
  cells: readonly string[],
  { question, context, options, label }: FoundColumns,
  where: string,
) {
  const take = (name: string | undefined) =>
    name === undefined ? undefined : cells[names.indexOf(name)];
  const list = take(options)?.trim();
  return {
    question: take(question),
    context: take(context),
    options: list ? readList(list, where) : undefined,
    label: take(label)?.trim(),
  };
}

function readList(cell: string, where: string): unknown {
  try {
    return parseJson(cell);
  } catch {
    throw new ExpectedError(`${where}: expected options as a JSON list, such as ["a", "b"]`);
  }
}

/** Reads the rows of lines, blank ones among them. @param name the file, by whose ending their form is known */
function* parseLines(
  lines: Iterable<TextLine>,
  name: string,
  options: RowsOptions,
): Generator<Row> {
  if (findForm(name) === "table") {
    const table = createTableReader(name, options);
    for (const line of lines) {
      const row = table.read(line);
      if (row !== null && row !== "head") yield row;
    }
    table.end();
    return;
  }
  const read = createObjectReader(options);
  for (const { line, number } of lines) {
    if (line.trim() === "") continue;
    const where = `${name}:${number}`;
    yield { value: read(parseObjectLine(line, where), where), where, number };
  }
}

/** Reads the rows of a text. @param name the file, for errors, and by whose ending the form is known */
export function* parseRows(text: string, name: string, options: RowsOptions = {}): Generator<Row> {
  const whole = text.replace(/^\uFEFF/, "");
  // A file of lines is often called .json, too.
  if (findForm(name) !== "json" || !whole.trimStart().startsWith("["))
    return yield* parseLines(splitLines(whole), name, options);
  let list: unknown[];
  try {
    list = parseJson(whole) as unknown[];
  } catch (error) {
    throw new ExpectedError(`${name}: expected a JSON array of objects (${toMessage(error)})`);
  }
  const read = createObjectReader(options);
  for (const [i, item] of list.entries()) {
    const where = `${name}, item ${i + 1}`;
    yield { value: read(item, where), where, number: i + 1 };
  }
}

/** How the rows of a file are read. */
export interface ReadRowsOptions extends RowsOptions {
  /** Is called with all bytes, piece by piece, such as to hash them. */
  see?: ((piece: Uint8Array) => void) | undefined;
  /** `openInside` where it is below a root, such as a results folder; by default links are followed. */
  open?: (path: string) => number;
}

/** Reads the rows of a file: of CSV, TSV and JSONL of any size. @throws ExpectedError with file and line */
export function* readRows(
  path: string,
  { see, open = openFollowed, ...options }: ReadRowsOptions = {},
): Generator<Row> {
  if (findForm(path) !== "json")
    return yield* parseLines(decodeLines(path, see, open), path, options);
  const bytes = readFollowed(path, mostBytes.examples);
  see?.(bytes);
  yield* parseRows(decodeUtf8(bytes, path), path, options);
}

/** SHA-256 of a file of examples, as 64 hex digits. @throws ExpectedError for a line, or JSON, that is too long */
export function hashRows(path: string): string {
  if (findForm(path) === "json") return sha256(readFollowed(path, mostBytes.examples));
  return hashLines(path, openFollowed);
}
