import { mostBytes } from "../logs/open-inside.ts";
import { ExpectedError } from "../messages/errors.ts";
import { quote } from "./label-forms.ts";

// RFC 4180, and what Excel writes. Why not csv-parse: docs/decisions.md.

/** A row of cells, and the line that it begins on, from 1. */
export interface CsvRow {
  cells: string[];
  number: number;
}

/** The sign between cells: of commas, semicolons and tabs the most frequent one in the first line. */
export function findDelimiter(head: string): string {
  const plain = head.replace(/"[^"]*"/g, "");
  const count = (sign: string) => plain.split(sign).length;
  return [",", ";", "\t"].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}

/**
 * Creates what reads the rows of a file, line by line. A cell in quotes may hold delimiters, line breaks, and a quote
 * that is written twice; quotes in other cells are letters. Between tabs, a cell that only begins with a quotation is
 * taken as it stands.
 * @param name the file, for errors such as `train.csv:17`
 */
export function createCsvReader(name: string, delimiter: string) {
  let cells: string[] = [];
  /** The cell in quotes that is being read; null: there is none. */
  let quoted: string | null = null;
  /** The lines that the row and its last quotes begin on. */
  let [first, opened] = [0, 0];
  let length = 0;

  return {
    /** Reads a line without its line feed. @returns the row that ends with it; null: it is blank, or the row goes on */
    read(given: string, number: number): CsvRow | null {
      const line = given.endsWith("\r") ? given.slice(0, -1) : given;
      if (quoted === null) {
        if (line.trim() === "") return null;
        if (!line.includes('"')) return { cells: line.split(delimiter), number };
        [first, length, cells] = [number, 0, []];
      }
      length += line.length;
      if (length > mostBytes.line)
        throw new ExpectedError(
          `${name}:${first}: expected a row of at most ${mostBytes.line / 2 ** 20} MB, got a longer one; are the quotes that open on line ${opened} closed?`,
        );
      let start = 0;
      for (let at = 0; ; ) {
        if (quoted !== null) {
          const end = line.indexOf('"', at);
          quoted += end < 0 ? `${line.slice(at)}\n` : line.slice(at, end);
          if (end < 0) return null;
          at = end + 1;
          if (line[at] === '"') {
            quoted += '"';
            at += 1;
            continue;
          }
          if (at === line.length || line[at] === delimiter) cells.push(quoted);
          else if (delimiter === "\t" && opened === number) {
            at = findEnd(line, at);
            cells.push(line.slice(start, at));
          } else
            throw new ExpectedError(
              `${name}:${number}: expected ${JSON.stringify(delimiter)} or the line's end behind a cell in quotes, got ${quote(line.slice(at, at + 20))}; a quote inside of quotes is written twice`,
            );
          quoted = null;
        } else if (line[at] === '"') {
          [quoted, opened, start] = ["", number, at];
          at += 1;
          continue;
        } else {
          start = at;
          at = findEnd(line, at);
          cells.push(line.slice(start, at));
        }
        if (at === line.length) return { cells, number: first };
        at += 1;
      }
    },
    /** @throws ExpectedError where the file ends inside of quotes */
    end(): void {
      if (quoted === null) return;
      throw new ExpectedError(
        `${name}:${opened}: expected the quotes that open here to be closed, but the file ends`,
      );
    },
  };

  function findEnd(line: string, from: number): number {
    const end = line.indexOf(delimiter, from);
    return end < 0 ? line.length : end;
  }
}
