import { splitByteLines, TextError } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import type { OptionPrediction } from "../src/classifier/classifier.ts";
import { type LinesDependencies, predictLines } from "../src/classifier/predict-lines.ts";
import type { UnlabelledExample } from "../src/data/examples.ts";

/** Chooses the longest option, and tells how many examples came at once. */
function openToy(classes: string[] | null) {
  const asked: number[] = [];
  const written: string[] = [];
  const read: UnlabelledExample[] = [];
  const complaints: string[] = [];
  const deps = {
    name: "f",
    answerKey: "label",
    classifier: {
      classes,
      threshold: null,
      async predictOptions(examples: readonly UnlabelledExample[]): Promise<OptionPrediction[]> {
        asked.push(examples.length);
        read.push(...examples);
        return examples.map(({ question, options }) => {
          if (question === "NaN") return { label: null, probabilities: [] };
          if (question === "beyond") throw new TextError(`"beyond": expected ids below 9`);
          const sizes = options.map((option) => option.length);
          const all = sizes.reduce((sum, size) => sum + size, 0);
          const probabilities = sizes.map((size) => size / all);
          return { label: sizes.indexOf(Math.max(...sizes)), probabilities };
        });
      },
    },
    write: (text: string) => void written.push(text),
    complain: (message: string) => void complaints.push(message),
  };
  return { deps, asked, read, written, complaints };
}

/** Labels the bytes of a file. */
async function label(input: string | Uint8Array, deps: LinesDependencies) {
  return predictLines(splitByteLines(stream(Buffer.from(input as string))), deps);
}

async function* stream<T>(...parts: T[]): AsyncGenerator<T> {
  yield* parts;
}

/** What is added to a line where the options are yes and no, as here. */
const added = '"label":"yes","probabilities":[0.6,0.4]';
const options = '"options":["yes","no"]';

describe("a line to be labelled", () => {
  it.each<[object, string[] | null, UnlabelledExample]>([
    [{ question: "a" }, ["yes", "no"], { question: "a", context: null, options: ["yes", "no"] }],
    [
      { question: "a", context: "", options: [true, false] },
      null,
      { question: "a", context: null, options: ["True", "False"] },
    ],
    [
      { question: "a", context: "b", options: ["x", 2] },
      null,
      { question: "a", context: "b", options: ["x", "2"] },
    ],
    [
      { question: "e\u0301", options: ["x", "e\u0301"] },
      null,
      { question: "\u00e9", context: null, options: ["x", "\u00e9"] },
    ],
  ])("%j is read as an example", async (record, classes, example) => {
    const { deps, read, written } = openToy(classes);
    await label(JSON.stringify(record), deps);
    expect(read).toEqual([example]);
    expect(JSON.parse(written.join(""))).toMatchObject({ ...record, label: expect.anything() });
  });

  it.each<[what: string, line: string, more?: string]>([
    [
      "numbers as they are written",
      '{"id":1234567890123456789,"a":1.0,"b":1e400,"c":-0.0,"question":"a"}',
    ],
    ["keys in their order, a number first", '{"question":"a","2":1,"1":2}'],
    ["keys that stand twice", '{"question":"x","question":"a","k":1,"k":2}'],
    ["keys of objects' prototypes", '{"__proto__":{"options":[]},"constructor":1,"question":"a"}'],
    ["braces in texts and objects", '{"k":{"a":{"b":"}"}},"question":"}{ \\"}"}'],
    ["breaks that are none", '{"question":"a\u2028b\u0085c"}'],
    ["escapes", '{"\\u0071uestion":"\\ud83c\\udf31 \\/"}'],
    ["blanks", ' { "question" : "a" } \t'],
    ["a carriage return", '{"question":"a"}\r'],
    ["gold", '{"question":"a","gold":"reviewer A"}'],
    ["its own error", '{"question":"a","error":null}'],
    [
      "options in another order",
      '{"question":"a","options":["no","yes"]}',
      '"label":"yes","probabilities":[0.4,0.6]',
    ],
  ])("keeps %s", async (_, line, more = `${options},${added}`) => {
    const { deps, written, complaints } = openToy(["yes", "no"]);
    const count = await label(`${line}\n`, deps);
    const end = line.lastIndexOf("}");
    expect(written).toEqual([`${line.slice(0, end)},${more}${line.slice(end)}\n`]);
    expect(JSON.parse(written.join(""))).toMatchObject({ label: "yes" });
    expect({ count, complaints }).toMatchObject({
      count: { labelled: 1, truncated: 0, bad: 0 },
      complaints: [],
    });
  });

  it.each<[line: string, classes: string[], more: string]>([
    ['{"question":"a"}', ["True", "False"], '"options":["True","False"],"label":false'],
    ['{"question":"a","options":[false,true]}', ["True", "False"], '"label":false'],
    ['{"question":"a","options":[0,11]}', ["0", "11"], '"label":"11"'],
    [
      '{"question":"a","options":[12345678901234567890,1]}',
      ["1", "12345678901234567890"],
      '"label":"12345678901234567890"',
    ],
  ])("%s: yes and no are booleans, other answers texts", async (line, classes, more) => {
    const { deps, written } = openToy(classes);
    await label(line, deps);
    expect(written.join("")).toContain(`${line.slice(0, -1)},${more},"probabilities":[`);
  });
});

describe("a line that cannot be labelled", () => {
  it.each<[line: string | Uint8Array, message: string]>([
    ["{", "expected one JSON object a line, got an object over several lines"],
    ["[]", "expected one JSON object a line, got a JSON array"],
    ["question,label", "expected one JSON object a line, got what looks like CSV"],
    ['{"question": "a', "expected one JSON value a line ("],
    ["null", "the line: Invalid input: expected object, received null"],
    ["{}", 'expected {"question", "context", "options"}; question: '],
    ['{"question":""}', "question: "],
    ['{"question":"a","context":1}', "context: "],
    ['{"question":"a","options":["one"]}', "options: "],
    ['{"question":"a","options":["one",null]}', "options.1: expected a text, a number"],
    ['{"question":"a"}', "expected options, which this classifier chooses among: give --options"],
    ['{"question":"NaN","options":["a","b"]}', "expected scores that are numbers"],
    [
      Buffer.from('{"question":"tr\u00e8s"}', "latin1"),
      "expected UTF-8, got what looks like Latin-1",
    ],
    [
      Buffer.from('\ufeff{"question":"a"}\n', "utf16le"),
      "expected UTF-8, got what looks like UTF-16",
    ],
    [Buffer.from('{"question":"a"}\n', "utf16le"), "expected UTF-8, got what looks like UTF-16"],
  ])("%s carries the error", async (line, message) => {
    const { deps, written, complaints } = openToy(null);
    expect(await label(line, deps)).toMatchObject({ labelled: 0, truncated: 0, bad: 1 });
    expect(complaints).toEqual([expect.stringContaining(message)]);
    expect(complaints[0]).toMatch(/^f:1: /);
    expect(JSON.parse(written.join("")).error).toBe(complaints[0]);
  });

  it("takes no other with it where the encoder has no weights for its text", async () => {
    const { deps, written } = openToy(["yes", "no"]);
    const questions = ["a", "beyond", "b", "c", "beyond"];
    const input = questions.map((question) => `${JSON.stringify({ question })}\n`).join("");
    expect(await label(input, deps)).toMatchObject({ labelled: 3, truncated: 0, bad: 2 });
    const lines = written.join("").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).error ?? JSON.parse(line).label)).toEqual([
      "yes",
      'f:2: "beyond": expected ids below 9',
      "yes",
      "yes",
      'f:5: "beyond": expected ids below 9',
    ]);
  });

  it("keeps what it holds where it is an object", async () => {
    const { deps, written } = openToy(["yes", "no"]);
    await label('{"id":1.0}\r\n{}\nbroken\r\n{"error":1}\n', deps);
    const lines = written.join("").split("\n");
    expect(lines).toEqual([
      expect.stringMatching(/^\{"id":1\.0,"error":"f:1: .*"\}\r$/),
      expect.stringMatching(/^\{"error":"f:2: .*"\}$/),
      expect.stringMatching(/^\{"error":"f:3: .*"\}\r$/),
      expect.stringMatching(/^\{"error":1,"error":"f:4: .*"\}$/),
      "",
    ]);
  });

  it("has its number, and those around it theirs", async () => {
    const { deps, written, complaints } = openToy(["yes", "no"]);
    const text =
      '\ufeff{"question":"a"}\n\nbroken\n \t\n{"question":"b","options":["x","y"]}\n{"question":"c"}';
    expect(await label(text, deps)).toMatchObject({ labelled: 2, truncated: 0, bad: 2 });
    expect(complaints).toEqual([
      expect.stringContaining("f:3: expected one JSON value a line"),
      expect.stringContaining('f:5: expected the options ["yes", "no"] in any order'),
    ]);
    expect(written.join("").split("\n")).toEqual([
      `{"question":"a",${options},${added}}`,
      "",
      expect.stringContaining('{"error":"f:3: '),
      " \t",
      expect.stringContaining('{"question":"b","options":["x","y"],"error":"f:5: '),
      `{"question":"c",${options},${added}}`,
      "",
    ]);
  });

  it("is named where it is one of the first ten", async () => {
    const { deps, complaints, written } = openToy(["yes", "no"]);
    const lines = Array.from({ length: 600 }, () => "{");
    expect(await label(lines.join("\n"), deps)).toMatchObject({ bad: 600 });
    expect(complaints).toHaveLength(11);
    expect(complaints[9]).toMatch(/^f:10: /);
    expect(complaints[10]).toBe("... and more bad lines, each with its error in the output");
    expect(written.join("")).toContain('{"error":"f:600: ');
  });

  it("names the code points in which an option differs", async () => {
    const { deps, complaints } = openToy(["yes", "no"]);
    await label('{"question":"a","options":["Yes","no"]}', deps);
    expect(complaints[0]).toContain('; "Yes" has U+0059 where "yes" has U+0079, at letter 1');
  });

  it("is one of more than 16 MB", async () => {
    const { deps, complaints } = openToy(["yes", "no"]);
    const long = predictLines(stream(null), deps);
    expect(await long).toMatchObject({ labelled: 0, truncated: 0, bad: 1 });
    expect(complaints).toEqual(["f:1: expected a line of at most 16 MB, got a longer one"]);
  });
});

describe("the keys of answers", () => {
  it.each<[first: object, answerKey: string, answer: string, probabilities: string]>([
    [{}, "label", "label", "probabilities"],
    [{}, "sentiment", "sentiment", "probabilities"],
    [{}, "__proto__", "__proto__", "probabilities"],
    [{ label: "no" }, "label", "predicted", "predicted_probabilities"],
    [{ label: null, gold: 1 }, "label", "predicted", "predicted_probabilities"],
    [{ label: "no", probabilities: [] }, "label", "predicted", "predicted_probabilities"],
    [{ label: "no" }, "sentiment", "sentiment", "probabilities"],
    [{ label: "no", probabilities: [] }, "sentiment", "sentiment", "sentiment_probabilities"],
    [{ probabilities: [] }, "label", "label", "label_probabilities"],
  ])(
    "after a first line with %j and --answer-key %s",
    async (more, answerKey, answer, probabilities) => {
      const { deps, written, complaints } = openToy(["yes", "no"]);
      const [own, plain] = [JSON.stringify({ question: "a", ...more }), '{"question":"b"}'];
      expect(await label(`broken\n${own}\n${plain}\n`, { ...deps, answerKey })).toMatchObject({
        labelled: 2,
        truncated: 0,
        bad: 1,
      });
      const end = `${options},"${answer}":"yes","${probabilities}":[0.6,0.4]}`;
      expect(written.join("").split("\n").slice(1)).toEqual([
        `${own.slice(0, -1)},${end}`,
        `${plain.slice(0, -1)},${end}`,
        "",
      ]);
      const isOther = `${answer} ${probabilities}` !== `${answerKey} probabilities`;
      const said = complaints.filter((one) => one.includes("which stays; answers are written as"));
      expect(said).toHaveLength(isOther ? 1 : 0);
    },
  );

  it.each<[first: object, answerKey: string, message: string]>([
    [{ label: 1, predicted: 1 }, "label", 'f:1: has "label" and "predicted"; give --answer-key'],
    [{ label: 1, predicted_probabilities: [] }, "label", '"predicted_probabilities"; give'],
    [{ predicted: 1 }, "predicted", 'has "predicted"; give'],
  ])("cannot be chosen after %j", async (more, answerKey, message) => {
    const { deps, asked, written } = openToy(["yes", "no"]);
    const line = JSON.stringify({ question: "a", ...more });
    await expect(label(line, { ...deps, answerKey })).rejects.toThrow(message);
    expect({ asked, written }).toEqual({ asked: [], written: [] });
  });

  it.each(["label", "probabilities"])("a later line with %s alone is a bad one", async (key) => {
    const { deps, written, complaints } = openToy(["yes", "no"]);
    const line = JSON.stringify({ question: "b", [key]: "own" });
    const text = `{"question":"a"}\n${line}\n{"question":"c"}\n`;
    expect(await label(text, deps)).toMatchObject({ labelled: 2, truncated: 0, bad: 1 });
    expect(complaints).toEqual([
      `f:2: has "${key}", which the first line has not: answers of this file are written as "label" and "probabilities"; give --answer-key NAME`,
    ]);
    expect(written.join("").split("\n")[1]).toMatch(
      new RegExp(`^\\{"question":"b","${key}":"own","error":"f:2: `),
    );
  });
});

describe("lines that come one by one", () => {
  it("are labelled together as far as they are there, 512 at most, in their order", async () => {
    const { deps, asked, written } = openToy(["yes", "no"]);
    const lines = Array.from({ length: 1500 }, (_, i) => Buffer.from(`{"question":"${i}"}`));
    let read = 0;
    async function* many() {
      for (const line of lines) {
        read += 1;
        yield line;
      }
    }
    const ahead: number[] = [];
    await predictLines(many(), { ...deps, onProgress: () => void ahead.push(read) });
    expect(asked).toEqual([512, 512, 476]);
    expect(ahead).toEqual([513, 1025, 1500]);
    const order = written.join("").match(/(?<="question":")\d+/g);
    expect(order).toEqual(lines.map((_, i) => String(i)));
  });

  it("and are there are labelled 512 at once", async () => {
    const { deps, asked } = openToy(["yes", "no"]);
    const lines = Array.from({ length: 1100 }, () => Buffer.from('{"question":"a"}'));
    await predictLines(stream(...lines), deps);
    expect(asked).toEqual([512, 512, 76]);
  });

  it("each have their answer before the next is there", async () => {
    const { deps, asked, written } = openToy(["yes", "no"]);
    let isAnswered = () => {};
    async function* dialogue() {
      for (const question of ["a", "b", "c"]) {
        const answered = new Promise<void>((resolve) => {
          isAnswered = resolve;
        });
        yield Buffer.from(JSON.stringify({ question }));
        await answered;
      }
    }
    const write = (text: string) => {
      deps.write(text);
      isAnswered();
    };
    const count = await predictLines(dialogue(), { ...deps, write });
    expect(count).toMatchObject({ labelled: 3, truncated: 0, bad: 0 });
    expect(asked).toEqual([1, 1, 1]);
    expect(written).toHaveLength(3);
  });

  it("are labelled before an error of what comes after them", async () => {
    const { deps, written } = openToy(["yes", "no"]);
    async function* broken() {
      yield Buffer.from('{"question":"a"}');
      throw new Error("the disk is gone");
    }
    await expect(predictLines(broken(), deps)).rejects.toThrow("the disk is gone");
    expect(written).toHaveLength(1);
  });

  it("counts lines that were cut, and names options whose own end was", async () => {
    const { deps, complaints } = openToy(null);
    const { predictOptions } = deps.classifier;
    deps.classifier.predictOptions = async (examples) =>
      (await predictOptions(examples)).map((one, at) =>
        at === 0 ? one : { ...one, truncated: { options: at === 1 ? [] : [1] } },
      );
    const line = (question: string) => JSON.stringify({ question, options: ["no", "yes"] });
    const lines = [line("a"), line("b"), line("c"), line("NaN")].join("\n");
    expect(await label(lines, deps)).toMatchObject({ labelled: 3, truncated: 2, bad: 1 });
    expect(complaints).toEqual([
      'f:3: option 2 "yes" of "c" is longer than half of what the encoder reads: its end was cut',
      expect.stringContaining("f:4: expected scores"),
    ]);
  });

  it("ask nothing where there is nothing", async () => {
    const { deps, asked, written } = openToy(null);
    expect(await label("\n", deps)).toMatchObject({ labelled: 0, truncated: 0, bad: 0 });
    expect(asked).toEqual([]);
    expect(written).toEqual(["\n"]);
  });
});

describe("a line below the threshold", () => {
  const open = (threshold: number) => {
    const { deps, written } = openToy(["yes", "no"]);
    return { deps: { ...deps, classifier: { ...deps.classifier, threshold } }, written };
  };
  const input = ["a", "b", "c", "NaN", "d"].map((question) => JSON.stringify({ question }));
  const read = (written: readonly string[]) =>
    written
      .join("")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

  it("has null for a label, and its probabilities", async () => {
    const { deps, written } = open(0.61);
    const count = await label(input.join("\n"), deps);
    expect(count).toEqual({
      labelled: 4,
      unsure: 4,
      asked: 0,
      unreadable: 0,
      truncated: 0,
      bad: 1,
    });
    expect(written.join("")).toContain('"label":null,"probabilities":[0.6,0.4]}');
    const sure = open(0.6);
    expect(await label(input.join("\n"), sure.deps)).toMatchObject({ labelled: 4, unsure: 0 });
    expect(sure.written.join("")).toContain(`${added}}`);
  });

  it("has the label of a language model, where one is asked and can be read", async () => {
    const { deps, written } = open(0.61);
    const questions: string[] = [];
    const ask: LinesDependencies["ask"] = async (examples) => {
      questions.push(...examples.map(({ question }) => question));
      return [1, null, "not asked", 0];
    };
    const count = await label(input.join("\n"), { ...deps, ask });
    expect(count).toMatchObject({ labelled: 4, unsure: 4, asked: 2, unreadable: 1 });
    expect(questions).toEqual(["a", "b", "c", "d"]);
    expect(read(written).map(({ label, asked, error }) => [label, asked, typeof error])).toEqual([
      ["no", true, "undefined"],
      [null, true, "undefined"],
      [null, undefined, "undefined"],
      [undefined, undefined, "string"],
      ["yes", true, "undefined"],
    ]);
    const marked = open(0.61);
    await label('{"question":"a","asked":1}', { ...marked.deps, ask });
    expect(read(marked.written)).toMatchObject([{ asked: 1, label: "no", label_asked: true }]);
  });
});
