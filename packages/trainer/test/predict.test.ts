import { toJsonl } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import type { UnlabelledExample } from "../src/data/examples.ts";
import { predictLines, splitLines } from "../src/predict/predict-lines.ts";

async function* stream<T>(...parts: T[]): AsyncGenerator<T> {
  yield* parts;
}

describe("splitLines", () => {
  it.each<[string, string[], string[]]>([
    ["nothing", [], [""]],
    ["a last line without a line feed", ["a\nb"], ["a", "b"]],
    ["a line over chunks", ["a", "b\n", "c", "\n"], ["ab", "c", ""]],
    ["blank lines", ["\n \n", "\r\na\n\n"], ["", " ", "\r", "a", "", ""]],
    ["other breaks inside a line", ["a\u2028b\u0085c\u2029d\n"], ["a\u2028b\u0085c\u2029d", ""]],
  ])("splits %s", async (_, chunks, expected) => {
    const lines: string[] = [];
    for await (const line of splitLines(stream(...chunks))) lines.push(line);
    expect(lines).toEqual(expected);
  });
});

/** Chooses the longest option, and tells how many examples came at once. */
function openToy(classes: string[] | null) {
  const asked: number[] = [];
  const written: string[] = [];
  const read: UnlabelledExample[] = [];
  const complaints: [number, string][] = [];
  const parts = {
    classifier: {
      classes,
      async predictOptions(
        examples: readonly UnlabelledExample[],
      ): Promise<{ label: number | null; probabilities: number[] }[]> {
        asked.push(examples.length);
        read.push(...examples);
        return examples.map(({ options }) => {
          const sizes = options.map((option) => option.length);
          const all = sizes.reduce((sum, size) => sum + size, 0);
          const probabilities = sizes.map((size) => size / all);
          return { label: sizes.indexOf(Math.max(...sizes)), probabilities };
        });
      },
    },
    write: async (records: readonly object[]): Promise<void> => {
      written.push(toJsonl(records));
    },
    complain: (number: number, reason: string) => void complaints.push([number, reason]),
  };
  return { parts, asked, read, written, complaints };
}

type Parts = ReturnType<typeof openToy>["parts"];

describe("predictLines", () => {
  const label = (lines: AsyncIterable<string>, { classifier, write, complain }: Parts) =>
    predictLines(lines, classifier, write, complain);

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
  ])("reads %j", async (record, classes, example) => {
    const { parts, read, written } = openToy(classes);
    await label(stream(JSON.stringify(record)), parts);
    expect(read).toEqual([example]);
    expect(JSON.parse(written.join(""))).toMatchObject({ ...record, label: expect.anything() });
  });

  it.each<[string, string]>([
    ["{", "expected one JSON object a line ("],
    ["[]", "the line: Invalid input: expected object, received array"],
    ["null", "the line: Invalid input: expected object, received null"],
    ["{}", 'expected {"question", "context", "options"}; question: '],
    ['{"question":""}', "question: "],
    ['{"question":"a","context":1}', "context: "],
    ['{"question":"a","options":["one"]}', "options: "],
    ['{"question":"a"}', "expected options, which this classifier chooses among: give --options"],
  ])("refuses %s", async (line, message) => {
    const { parts, complaints } = openToy(null);
    expect(await label(stream(line), parts)).toEqual({ labelled: 0, bad: 1 });
    expect(complaints).toEqual([[1, expect.stringContaining(message)]]);
  });

  it("passes over a byte order mark at the beginning alone", async () => {
    const { parts, complaints } = openToy(["True", "False"]);
    const line = '\uFEFF{"question":"a"}\n';
    const lines = splitLines(stream(line, line));
    expect(await label(lines, parts)).toEqual({ labelled: 1, bad: 1 });
    expect(complaints[0]?.[0]).toBe(2);
  });

  it("keeps a line's own keys, its label as gold, and adds what was predicted", async () => {
    const { parts, written } = openToy(null);
    const record = { id: 7, question: "a", options: ["x", "yy", "x"], label: "x" };
    await label(splitLines(stream(JSON.stringify(record))), parts);
    expect(written).toEqual([
      '{"id":7,"question":"a","options":["x","yy","x"],"gold":"x","label":"yy","probabilities":[0.25,0.5,0.25]}\n',
    ]);
  });

  it("writes yes and no as the benchmarks do", async () => {
    const { parts, written } = openToy(["True", "False"]);
    await label(
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
    expect(await label(splitLines(stream(text)), parts)).toEqual({ labelled: 2, bad: 2 });
    expect(written.join("").match(/"question":"."/g)).toEqual(['"question":"a"', '"question":"c"']);
    expect(complaints).toEqual([
      [3, expect.stringContaining("expected one JSON object a line")],
      [4, expect.stringContaining('expected the options ["True","False"] in any order')],
    ]);
  });

  it("counts and names lines whose scores are no numbers, and labels the rest", async () => {
    const { parts, written, complaints } = openToy(["yes", "no"]);
    const { predictOptions } = parts.classifier;
    const classifier = {
      ...parts.classifier,
      predictOptions: async (examples: readonly UnlabelledExample[]) =>
        (await predictOptions(examples)).map((one, at) =>
          examples[at]?.question === "b" ? { label: null, probabilities: [] } : one,
        ),
    };
    const lines = stream('{"question":"a"}', "", '{"question":"b"}', '{"question":"c"}');
    const counts = await label(lines, { ...parts, classifier });
    expect(counts).toEqual({ labelled: 2, bad: 1 });
    expect(complaints).toEqual([[3, expect.stringContaining("expected scores that are numbers")]]);
    expect(written.join("").match(/"question":"."/g)).toEqual(['"question":"a"', '"question":"c"']);
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
    const write = async (records: readonly object[]) => {
      written.push(toJsonl(records));
      ahead.push(read);
    };
    await label(splitLines(many()), { ...parts, write });
    expect(asked).toEqual([512, 512, 476]);
    expect(ahead).toEqual([512, 1024, 1500]);
    const order = written.join("").match(/(?<="question":")\d+/g);
    expect(order).toEqual(Array.from({ length: 1500 }, (_, i) => String(i)));
  });

  it("asks nothing where there is nothing", async () => {
    const { parts, asked } = openToy(null);
    expect(await label(splitLines(stream("\n")), parts)).toEqual({ labelled: 0, bad: 0 });
    expect(asked).toEqual([]);
  });
});
