import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Example,
  normaliseQuestion,
  optionAt,
  parseExample,
  toAnswer,
  toExamplesJsonl,
  toJsonl,
  toRecord,
} from "../src/data/example.ts";
import { parseExamples, readExamples } from "../src/data/read-examples.ts";
import { toLines } from "../src/logs/lines.ts";
import { ExpectedError } from "../src/messages/errors.ts";
import { benchmarks, realFiles } from "./real-benchmarks.ts";

const piano = {
  question: "is a piano struck",
  context: "Its hammers strike.",
  options: ["True", "False"],
  label: true,
};

function toLine(changed: object): string {
  return JSON.stringify({ ...piano, ...changed });
}

describe("a line of an examples file", () => {
  it.each([
    { what: "true means True", line: toLine({ label: true }), answer: "True", label: 0 },
    { what: "false means False", line: toLine({ label: false }), answer: "False", label: 1 },
    { what: "a label may be text", line: toLine({ label: "False" }), answer: "False", label: 1 },
    {
      what: "options may be booleans",
      line: toLine({ options: [false, true], label: "True" }),
      answer: "True",
      label: 1,
    },
    {
      what: "options may be numbers",
      line: toLine({ options: [1, 2, 10], label: 10 }),
      answer: "10",
      label: 2,
    },
    {
      what: "a repeated label means its first place",
      line: toLine({ options: ["a", "b", "b", "c", "b"], label: "b" }),
      answer: "b",
      label: 1,
    },
    {
      what: "options differ by case and space",
      line: toLine({ options: ["Bank", "bank", "bank "], label: "bank " }),
      answer: "bank ",
      label: 2,
    },
    { what: "other keys do not matter", line: toLine({ id: 7 }), answer: "True", label: 0 },
  ])("$what", ({ line, answer, label }) => {
    const [example] = parseExamples(line, "x.jsonl") as [Example];
    expect(toAnswer(example)).toBe(answer);
    expect(example.label).toBe(label);
  });

  it.each([
    ["null", null],
    ["missing", undefined],
    ["empty", ""],
  ])("a context that is %s is none", (_, context) => {
    expect(parseExample({ ...piano, context }, "x").context).toBeNull();
  });

  it.each([
    ["U+0085", "\u0085"],
    ["U+2028", "\u2028"],
    ["U+2029", "\u2029"],
    ["U+FEFF", "\uFEFF"],
    ["U+00A0", "\u00a0"],
    ["an escaped line feed", "\n"],
    ["an astral character", "\u{1F600}"],
  ])("%s inside a text neither ends the line nor is lost", (_, odd) => {
    const question = `before${odd}after`;
    const lines = `${toLine({ question })}\n${toLine({})}\n`;
    expect(parseExamples(lines, "x").map((example) => example.question)).toEqual([
      question,
      piano.question,
    ]);
  });

  it.each([
    ["line feeds", (lines: string[]) => lines.join("\n")],
    ["a last line feed", (lines: string[]) => `${lines.join("\n")}\n`],
    ["CRLF", (lines: string[]) => `${lines.join("\r\n")}\r\n`],
    ["blank lines", (lines: string[]) => `\n\n${lines.join("\n \t\n\r\n")}\n\n`],
    ["a byte order mark", (lines: string[]) => `\uFEFF${lines.join("\n")}`],
  ])("%s change nothing", (_, join) => {
    const lines = [toLine({}), toLine({ question: "second" }), toLine({ question: "third" })];
    expect(parseExamples(join(lines), "x")).toEqual(parseExamples(lines.join("\n"), "x"));
    expect(parseExamples(join(lines), "x")).toHaveLength(3);
  });
});

describe("a damaged line", () => {
  it.each<[string, string, RegExp]>([
    ["is cut", '{"question": "is a', /expected one JSON value a line/],
    ["is text", "question", /expected one JSON value a line/],
    ["holds two values", "{} {}", /expected one JSON value a line/],
    ["is null", "null", /the line: .*expected object, received null/],
    ["is an array", "[]", /expected one JSON object a line, got a JSON array/],
    ["is a text", '"a"', /the line: .*expected object, received string/],
    ["is empty of keys", "{}", /question: .*expected string/],
    ["has no question", toLine({ question: undefined }), /question: .*expected string/],
    ["has an empty question", toLine({ question: "" }), /question: expected a text, got nothing/],
    ["has a question of another type", toLine({ question: 7 }), /question: .*expected string/],
    ["has a context of another type", toLine({ context: ["a"] }), /context: .*expected string/],
    ["has no options", toLine({ options: undefined }), /options: .*expected array/],
    ["has one option", toLine({ options: ["True"] }), /options: .*>=2 items/],
    [
      "has an option that is null",
      toLine({ options: ["True", null] }),
      /options\.1: expected a text, a number/,
    ],
    ["has no label", toLine({ label: undefined }), /label: expected a text, a number/],
    ["has a label that is null", toLine({ label: null }), /label: expected a text, a number/],
    [
      "has a label that is no option",
      toLine({ label: "Maybe" }),
      /expected a label among the options \["True", "False"\], got "Maybe"/,
    ],
    ["has a label of other case", toLine({ label: "true" }), /among the options .*got "true"/],
  ])("that %s is named with its file, its number and what was expected", (_, damaged, expected) => {
    const text = `${toLine({})}\r\n\n${damaged}\n${toLine({})}\n`;
    const parse = () => parseExamples(text, "some/train.jsonl");
    expect(parse).toThrow(ExpectedError);
    expect(parse).toThrow(/^some\/train\.jsonl:3: expected /);
    expect(parse).toThrow(expected);
  });

  it("is found in a real file too", async () => {
    const path = join(
      tempFolder({ "train.jsonl": `${toLine({})}\n{"question":\n` }),
      "train.jsonl",
    );
    await expect(readExamples(path)).rejects.toThrow(`${path}:2: expected one JSON value a line`);
  });

  it("or the file is not there", async () => {
    const path = join(tempFolder(), "created.jsonl");
    await expect(readExamples(path)).rejects.toThrow(`expected examples in ${path}: ENOENT`);
    await expect(readExamples(path)).rejects.toThrow(ExpectedError);
  });
});

describe("toLines", () => {
  it("numbers lines as an editor does, from 1 and with the blank ones", () => {
    expect([...toLines("\na\r\n \nb\u2028c\n")]).toEqual([
      { line: "a\r", number: 2 },
      { line: "b\u2028c", number: 4 },
    ]);
  });
});

describe("writing examples", () => {
  const text = fc.string({ unit: "binary" }).map((s) => s.replace(/[\uD800-\uDFFF]/g, "x"));
  const options = fc.uniqueArray(text, { minLength: 2, maxLength: 5 });
  const examples = fc
    .record({ question: fc.string({ minLength: 1 }), context: text, options, at: fc.nat() })
    .map(({ at, context, ...rest }) => ({
      ...rest,
      context: context || null,
      label: at % rest.options.length,
    }));

  const withoutLabel = ({ label, ...rest }: Example) => ({ ...rest, answer: rest.options[label] });

  it("and reading them gives the same in Unicode's form NFC, whatever the texts", () => {
    fc.assert(
      fc.property(fc.array(examples), (all) => {
        const written = toExamplesJsonl(all);
        expect(written.split("\n")).toHaveLength(all.length + 1);
        const composed = all.map((one) => ({
          ...one,
          question: one.question.normalize("NFC"),
          options: one.options.map((option) => option.normalize("NFC")),
        }));
        expect(parseExamples(written, "x").map(withoutLabel)).toEqual(composed.map(withoutLabel));
      }),
    );
  });

  it.each<[string, Partial<Example>, string | boolean]>([
    ["yes/no labels are booleans", { options: ["True", "False"], label: 0 }, true],
    ["in any order", { options: ["False", "True"], label: 0 }, false],
    ["other labels are the option's text", { options: ["Yes", "No"], label: 1 }, "No"],
    ["even beside a True", { options: ["True", "No"], label: 0 }, "True"],
    ["even among five", { options: ["True", "False", "a", "b", "c"], label: 1 }, "False"],
  ])("%s", (_, changed, label) => {
    const example = { question: "q", context: null, options: [], label: 0, ...changed };
    const record = toRecord(example);
    expect(record.label).toBe(label);
    expect(Object.keys(record)).toEqual(["question", "context", "options", "label"]);
  });

  it("of anything puts one value on a line", () => {
    expect(toJsonl([{ a: "x\ny" }, null, [1]])).toBe('{"a":"x\\ny"}\nnull\n[1]\n');
    expect(toJsonl([])).toBe("");
  });

  it("a label that is no index is a bug, not a value", () => {
    expect(() => optionAt(["a", "b"], 2)).toThrow(RangeError);
    expect(() => toAnswer({ question: "q", context: null, options: [], label: 0 })).toThrow(
      RangeError,
    );
  });
});

describe("a question seen before", () => {
  it.each([
    ["Is it so?", "is  it\tso?", true],
    ["Is it so?", "\n Is it so? ", true],
    ["caf\u00e9", "cafe\u0301", true],
    ["\uFF21\uFF22", "ab", true],
    ["Is it so?", "Is it so", false],
    ["cafe", "caf\u00e9", false],
  ])("%j and %j: %s", (one, other, same) => {
    expect(normaliseQuestion(one) === normaliseQuestion(other)).toBe(same);
  });
});

describe.skipIf(!benchmarks)("the real benchmarks (../shared)", () => {
  it("load whole: as many examples as the manifest counts", () => {
    const counted = [...realFiles()].map(({ path, content, examples }) => ({
      path,
      expected: examples,
      got: parseExamples(content.toString("utf8"), path).length,
    }));
    expect(counted.length).toBeGreaterThanOrEqual(22);
    expect(counted.filter(({ expected, got }) => expected !== got)).toEqual([]);
  });

  it("keep every row: its answer, and the row itself after a round trip", () => {
    for (const { path, content } of realFiles())
      for (const { line, number } of toLines(content.toString("utf8"))) {
        const row = JSON.parse(line) as { label: string | boolean };
        const example = parseExample(row, `${path}:${number}`);
        const { label } = row;
        const answer = typeof label === "string" ? label : label ? "True" : "False";
        if (toAnswer(example) !== answer) expect.fail(`${path}:${number}: ${toAnswer(example)}`);
        const written = JSON.stringify(toRecord(example));
        if (written !== JSON.stringify(row)) expect.fail(`${path}:${number}: ${written}`);
      }
  });

  it("hold CommonsenseQA's 15 test rows with repeated options, 7 of them repeating the answer", () => {
    const file = [...realFiles()].find(({ path }) => path === "mcqa_5/csqa/test.jsonl");
    const all = parseExamples(file?.content.toString("utf8") ?? "", "csqa");
    const repeated = all.filter(({ options }) => new Set(options).size < options.length);
    const gold = repeated.filter(
      (one) => one.options.filter((text) => text === toAnswer(one)).length > 1,
    );
    expect([repeated.length, gold.length]).toEqual([15, 7]);
  });

  it("give the majorities that the paper's constant cells show", () => {
    const share = (name: string, answer: string) => {
      const file = [...realFiles()].find(({ path }) => path === `${name}/test.jsonl`);
      const all = parseExamples(file?.content.toString("utf8") ?? "", name);
      const right = all.filter((one) => toAnswer(one) === answer).length;
      return ((100 * right) / all.length).toFixed(2);
    };
    expect(share("yesno_close/boolq", "True")).toBe("61.28");
    expect(share("yesno_close/strategyqa", "False")).toBe("49.57");
    expect(share("yesno_close/creak", "True")).toMatch(/^(50\.73|49\.27)$/);
    expect(share("yesno_open/pubmedqa", "True")).toBe("55.20");
  });
});
