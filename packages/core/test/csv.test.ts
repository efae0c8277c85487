import { createHash } from "node:crypto";
import { appendFileSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { createCsvReader, findDelimiter } from "../src/data/csv.ts";
import { parseExamples, readExamples } from "../src/data/read-examples.ts";
import { hashRows, readRows } from "../src/data/rows.ts";
import { toMessage } from "../src/messages/errors.ts";

function readCells(text: string, delimiter = ","): [number, string[]][] {
  const reader = createCsvReader("t.csv", delimiter);
  const rows = text.split("\n").map((line, i) => reader.read(line, i + 1));
  reader.end();
  return rows.flatMap((row) => (row === null ? [] : [[row.number, row.cells]]));
}

describe("rows of a table", () => {
  it.each<[string, string, [number, string[]][], string?]>([
    [
      "plain cells, the last one empty",
      "a,b\n1,",
      [
        [1, ["a", "b"]],
        [2, ["1", ""]],
      ],
    ],
    [
      "CRLF and blank lines",
      "a,b\r\n\r\n1,2\r\n",
      [
        [1, ["a", "b"]],
        [3, ["1", "2"]],
      ],
    ],
    ["quotes round a delimiter", '"a,b",c', [[1, ["a,b", "c"]]]],
    [
      "a quote written twice",
      '"say ""no""",c\n""""',
      [
        [1, ['say "no"', "c"]],
        [2, ['"']],
      ],
    ],
    [
      "line breaks in quotes",
      '"a\r\n\nb",c\nd,"e"',
      [
        [1, ["a\n\nb", "c"]],
        [4, ["d", "e"]],
      ],
    ],
    ["empty quotes at the end", 'a,""', [[1, ["a", ""]]]],
    ["a quote that is a letter", '5" pipe,a "b"', [[1, ['5" pipe', 'a "b"']]]],
    ["a quotation between tabs", '"Go" he said\tx', [[1, ['"Go" he said', "x"]]], "\t"],
    ["a quotation at the end, between tabs", 'x\t"No", she', [[1, ["x", '"No", she']]], "\t"],
  ])("with %s", (_, text, expected, delimiter) => {
    expect(readCells(text, delimiter)).toEqual(expected);
  });

  it.each([
    [
      "quotes that end within a cell",
      'a\n"b" c,d',
      /^t\.csv:2: expected "," or the line's end .* got " c,d"/,
    ],
    ["quotes that are never closed", 'a\n\n"b\nc', /^t\.csv:3: expected the quotes that open here/],
  ])("with %s name their line", (_, text, expected) => {
    expect(() => readCells(text)).toThrow(expected);
  });

  it.each([
    ["text,label", ","],
    ["text;label;a,b", ";"],
    ['"a,b,c"\tlabel', "\t"],
    ["text", ","],
  ])("of %s are divided by its most frequent sign", (head, expected) => {
    expect(findDelimiter(head)).toBe(expected);
  });
});

describe("a file of examples", () => {
  const options = ["a", "b"];
  const example = { question: "Why, so?", context: null, options, label: 1 };

  it.each<[string, string]>([
    ["x.csv", '\uFEFFLabel,Text,id\r\n b ,"Why, so?",7\r\n'],
    ["x.TSV", "text\tlabel\nWhy, so?\tb\n"],
    ["x.csv", 'question;label;context;options\nWhy, so?;b;;"[""a"",""b""]"\n'],
    ["x.json", '[\n {"text": "Why, so?", "label": "b"}]'],
    ["x.json", '{"text": "Why, so?", "label": "b"}\n'],
    ["x.jsonl", '{"question": "Why, so?", "options": ["a", "b"], "label": "b"}'],
    ["examples", '{"question": "Why, so?", "label": "b"}'],
  ])("%s is read by its ending: %s", async (name, text) => {
    expect(parseExamples(text, name, { options })).toEqual([example]);
    const path = join(tempFolder({ [name]: text }), name);
    const hash = createHash("sha256");
    const see = (piece: Uint8Array) => hash.update(piece);
    expect(await readExamples(path, { options, see })).toEqual([example]);
    expect(hash.digest("hex")).toBe(createHash("sha256").update(readFileSync(path)).digest("hex"));
    expect(hashRows(path)).toHaveLength(64);
  });

  it("has a premise and a hypothesis as context and question, or named columns", () => {
    const two = "premise,hypothesis,label\nIt rains.,It is wet.,a\n";
    const read = { question: "It is wet.", context: "It rains.", options, label: 0 };
    expect(parseExamples(two, "x.csv", { options })).toEqual([read]);
    const columns = { question: "premise", context: "hypothesis", label: "label" };
    expect(parseExamples(two, "x.csv", { options, columns })[0]).toMatchObject({
      question: "It rains.",
      context: "It is wet.",
    });
    // Columns that a file has none of are another file's.
    const others = { question: "x", label: "y" };
    expect(parseExamples(two, "x.csv", { options, columns: others })).toEqual([read]);
  });

  it("may have a column and a label __proto__", () => {
    const columns = { question: "text", label: "__proto__" };
    const odd = ["__proto__", "constructor"];
    const text = "text,__proto__\nx,constructor\ny,__proto__\n";
    const labels = parseExamples(text, "x.csv", { columns, options: odd }).map(
      ({ label }) => label,
    );
    expect(labels).toEqual([1, 0]);
    const json = '{"text": "x", "__proto__": "constructor"}';
    expect(parseExamples(json, "x.jsonl", { columns, options: odd })[0]?.label).toBe(1);
  });

  it.each<[string, string, string]>([
    [
      "x.csv",
      "txt,label\na,b\n",
      'x.csv:1: expected question or text, got the columns ["txt", "label"]',
    ],
    ["x.csv", "text,label\na\n", "x.csv:2: expected 2 cells, as the first line has, got 1"],
    ["x.csv", "text,label\na,b\n,b\n", "x.csv:3: expected {"],
    [
      "x.csv",
      "text,label\na,c\n",
      'x.csv:2: expected a label among the options ["a", "b"], got "c"',
    ],
    ["x.csv", "text,text\na,c\n", 'x.csv:1: expected each column once, got "text" twice'],
    ["x.csv", "text,label\ra,b\r", "x.csv:1: expected lines that end with a line feed"],
    ["x.csv", "text,label,options\na,b,a|b\n", "x.csv:2: expected options as a JSON list"],
    ["x.json", '[{"text": "a"', "x.json: expected a JSON array of objects ("],
    ["x.json", '[{"text": "a", "label": "b"}, 3]', "x.json, item 2: expected {"],
    ["x.jsonl", '\n{"text": "a", "class": "b"}', "x.jsonl:2: expected label, got the columns"],
  ])("%s with a fault names it: %s", (name, text, expected) => {
    expect(() => parseExamples(text, name, { options })).toThrow(expected);
  });

  it("of 100 MB in one cell ends with an error, at its line", () => {
    const folder = tempFolder({ "line.csv": "text,label\n", "lines.csv": 'text,label\na,b\n"' });
    const [line, lines] = ["line.csv", "lines.csv"].map((name) => join(folder, name));
    const file = openSync(line as string, "r+");
    writeSync(file, "x", 100 * 2 ** 20); // a hole of zero bytes
    for (let i = 0; i < 17; i++) appendFileSync(lines as string, `${"y".repeat(2 ** 20)}\n`);
    const faults = [line, lines].map((path) => {
      try {
        for (const _ of readRows(path as string));
        return "none";
      } catch (error) {
        return toMessage(error);
      }
    });
    expect(faults[0]).toBe(`${line}:2: expected a line of at most 16 MB, got a longer one`);
    expect(faults[1]).toContain(`${lines}:3: expected a row of at most 16 MB, got a longer one`);
  });

  it("that is not UTF-8 names the line", () => {
    const path = join(tempFolder(), "x.csv");
    writeFileSync(path, Buffer.from("text,label\na,b\ncaf\u00e9,b\n", "latin1"));
    expect(() => [...readRows(path)]).toThrow(
      /x\.csv:3: expected UTF-8, got what looks like Latin-1/,
    );
  });
});
