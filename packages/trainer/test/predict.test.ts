import { ExpectedError } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import type { UnlabelledExample } from "../src/data/examples.ts";
import { type NumberedLine, predictLines, splitLines } from "../src/predict/predict-lines.ts";
import { parseExampleLine } from "../src/predict/read-record.ts";

async function* stream<T>(...parts: T[]): AsyncGenerator<T> {
  yield* parts;
}

describe("splitLines", () => {
  it.each<[string, string[], NumberedLine[]]>([
    ["nothing", [], []],
    [
      "a last line without a line feed",
      ["a\nb"],
      [
        { line: "a", number: 1 },
        { line: "b", number: 2 },
      ],
    ],
    [
      "a line over chunks",
      ["a", "b\n", "c", "\n"],
      [
        { line: "ab", number: 1 },
        { line: "c", number: 2 },
      ],
    ],
    ["blank lines", ["\n \n", "\r\na\n\n"], [{ line: "a", number: 4 }]],
    [
      "a byte order mark",
      ["\uFEFFa\n\uFEFFb"],
      [
        { line: "a", number: 1 },
        { line: "\uFEFFb", number: 2 },
      ],
    ],
    [
      "other breaks inside a line",
      ["a\u2028b\u0085c\u2029d\n"],
      [{ line: "a\u2028b\u0085c\u2029d", number: 1 }],
    ],
  ])("splits %s", async (_, chunks, expected) => {
    const lines: NumberedLine[] = [];
    for await (const line of splitLines(stream(...chunks))) lines.push(line);
    expect(lines).toEqual(expected);
  });
});

describe("parseRecord", () => {
  it.each<[object, string[] | null, UnlabelledExample]>([
    [{ question: "a" }, ["yes", "no"], { question: "a", context: null, options: ["yes", "no"] }],
    [
      { question: "a", context: "", options: [true, false] },
      null,
      { question: "a", context: null, options: ["True", "False"] },
    ],
    [
      { question: "a", context: "b", options: ["x", 2], label: "x" },
      null,
      { question: "a", context: "b", options: ["x", "2"] },
    ],
  ])("reads %j", (record, classes, example) => {
    expect(parseExampleLine(JSON.stringify(record), classes)).toEqual({ record, example });
  });

  it.each<[string, string]>([
    ["{", "expected one JSON object a line ("],
    ["[]", "expected a JSON object a line"],
    ["null", "expected a JSON object a line"],
    ["{}", 'expected {"question", "context", "options"}; question: '],
    ['{"question":""}', "question: "],
    ['{"question":"a","context":1}', "context: "],
    ['{"question":"a","options":["one"]}', "options: "],
    ['{"question":"a"}', "expected options, which this classifier chooses among: give --options"],
  ])("refuses %s", (line, message) => {
    expect(() => parseExampleLine(line, null)).toThrow(ExpectedError);
    expect(() => parseExampleLine(line, null)).toThrow(message);
  });
});

describe("predictLines", () => {
  /** Chooses the longest option, and tells how many examples came at once. */
  function openToy(classes: string[] | null) {
    const asked: number[] = [];
    const written: string[] = [];
    const complaints: [number, string][] = [];
    const parts = {
      classifier: {
        classes,
        async predictOptions(examples: readonly UnlabelledExample[]) {
          asked.push(examples.length);
          return examples.map(({ options }) => {
            const sizes = options.map((option) => option.length);
            const all = sizes.reduce((sum, size) => sum + size, 0);
            const probabilities = sizes.map((size) => size / all);
            return { label: sizes.indexOf(Math.max(...sizes)), probabilities };
          });
        },
      },
      write: async (text: string) => void written.push(text),
      complain: (number: number, reason: string) => void complaints.push([number, reason]),
    };
    return { parts, asked, written, complaints };
  }

  it("keeps a line's own keys, its label as gold, and adds what was predicted", async () => {
    const { parts, written } = openToy(null);
    const record = { id: 7, question: "a", options: ["x", "yy", "x"], label: "x" };
    await predictLines(splitLines(stream(JSON.stringify(record))), parts);
    expect(written).toEqual([
      '{"id":7,"question":"a","options":["x","yy","x"],"gold":"x","label":"yy","probabilities":[0.25,0.5,0.25]}\n',
    ]);
  });

  it("writes yes and no as the benchmarks do", async () => {
    const { parts, written } = openToy(["True", "False"]);
    await predictLines(
      splitLines(stream('{"question":"a"}\n{"question":"b","options":[false,true]}')),
      parts,
    );
    expect(written.join("")).toBe(
      '{"question":"a","options":["True","False"],"label":false,"probabilities":[0.444444,0.555556]}\n' +
        '{"question":"b","options":[false,true],"label":false,"probabilities":[0.555556,0.444444]}\n',
    );
  });

  it("tells of bad lines by their number, and labels the rest", async () => {
    const { parts, written, complaints } = openToy(["True", "False"]);
    const text =
      '{"question":"a"}\n\nbroken\n{"question":"b","options":["x","y"]}\n{"question":"c"}\n';
    expect(await predictLines(splitLines(stream(text)), parts)).toEqual({ labelled: 2, bad: 2 });
    expect(written.join("").match(/"question":"."/g)).toEqual(['"question":"a"', '"question":"c"']);
    expect(complaints).toEqual([
      [3, expect.stringContaining("expected one JSON object a line")],
      [4, expect.stringContaining('expected the options ["True","False"] in any order')],
    ]);
  });

  it("reads no further than what is labelled together, and keeps the order", async () => {
    const { parts, asked, written } = openToy(["True", "False"]);
    let read = 0;
    async function* many() {
      for (let i = 0; i < 1500; i++) {
        read += 1;
        yield `{"question":"${i}"}\n`;
      }
    }
    const ahead: number[] = [];
    const write = async (text: string) => {
      written.push(text);
      ahead.push(read);
    };
    await predictLines(splitLines(many()), { ...parts, write });
    expect(asked).toEqual([512, 512, 476]);
    expect(ahead).toEqual([512, 1024, 1500]);
    const order = written.join("").match(/(?<="question":")\d+/g);
    expect(order).toEqual(Array.from({ length: 1500 }, (_, i) => String(i)));
  });

  it("asks nothing where there is nothing", async () => {
    const { parts, asked } = openToy(null);
    expect(await predictLines(splitLines(stream("\n")), parts)).toEqual({ labelled: 0, bad: 0 });
    expect(asked).toEqual([]);
  });
});
