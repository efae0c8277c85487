import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Example, type Format, formats, parseExamples } from "@seedling/core/internal";
import { part } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseOriginal } from "../src/prompt/instruction.ts";
import { renderShown } from "../src/prompt/prompt.ts";

const yesNo = ["True", "False"];

const rendered: [string, Example, "fixed" | "varying", string][] = [
  [
    "yes/no: options, answer, question",
    { question: "Is ice cold?", context: null, options: yesNo, label: 0 },
    "fixed",
    '{\n"Options": ["True", "False"],\n"Answer": "True",\n"Question": "Is ice cold?"\n}',
  ],
  [
    "yes/no with a passage: the context is last",
    { question: "is ice hot", context: "Ice is cold.", options: yesNo, label: 1 },
    "fixed",
    '{\n"Options": ["True", "False"],\n"Answer": "False",\n"Question": "is ice hot",\n"Context": "Ice is cold."\n}',
  ],
  [
    "multiple choice: question, options, answer",
    { question: "What is cold?", context: null, options: ["ice", "fire"], label: 0 },
    "varying",
    '{\n"Question": "What is cold?",\n"Options": ["ice", "fire"],\n"Answer": "ice"\n}',
  ],
  [
    "multiple choice with a context: after the question",
    { question: "What is it?", context: "Cold.", options: ["ice", "fire"], label: 0 },
    "varying",
    '{\n"Question": "What is it?",\n"Context": "Cold.",\n"Options": ["ice", "fire"],\n"Answer": "ice"\n}',
  ],
  [
    "non-ASCII is escaped in the options and nowhere else, as by json.dumps",
    { question: "Où ?", context: null, options: ["café", "日本", "🌱", "a\u007fb"], label: 0 },
    "varying",
    '{\n"Question": "Où ?",\n"Options": ["caf\\u00e9", "\\u65e5\\u672c", "\\ud83c\\udf31", "a\\u007fb"],\n"Answer": "café"\n}',
  ],
  [
    "quotes, backslashes and line breaks are escaped",
    { question: 'Say "a\\b"\nnow\r\n', context: null, options: ['"x"', "y\tz"], label: 0 },
    "varying",
    '{\n"Question": "Say \\"a\\\\b\\"\\nnow\\r\\n",\n"Options": ["\\"x\\"", "y\\tz"],\n"Answer": "\\"x\\""\n}',
  ],
  [
    "other control characters are escaped, those that JSON takes raw are not",
    { question: "a\tb\u0000\b\f", context: "\u0085\u007f", options: ["y\tz", "w"], label: 0 },
    "varying",
    '{\n"Question": "a\\tb\\u0000\\b\\f",\n"Context": "\u0085\u007f",\n"Options": ["y\\tz", "w"],\n"Answer": "y\\tz"\n}',
  ],
  [
    "an answer that is repeated among the options is shown once",
    { question: "q", context: null, options: ["a", "b", "a"], label: 2 },
    "varying",
    '{\n"Question": "q",\n"Options": ["a", "b", "a"],\n"Answer": "a"\n}',
  ],
];

describe("renderShown", () => {
  it.each(rendered)("%s", (_, example, options, text) => {
    expect(renderShown(example, options)).toBe(text);
  });

  it("is JSON that gives back every field, whatever they hold", () => {
    const text = fc.string({ unit: "binary", minLength: 1 });
    const example = fc.record({
      question: text,
      context: fc.option(text),
      options: fc.array(text, { minLength: 2, maxLength: 5 }),
      label: fc.nat(1),
    });
    fc.assert(
      fc.property(example, fc.constantFrom("fixed", "varying"), (one, options) => {
        expect(JSON.parse(renderShown(one, options))).toEqual({
          Question: one.question,
          ...(one.context === null ? {} : { Context: one.context }),
          Options: one.options,
          Answer: one.options[one.label],
        });
      }),
    );
  });
});

interface Prompt {
  task: string;
  split: string;
  row: number;
  num_examples: number;
  ordinary_text: boolean;
  system: string;
  user: string;
}

const shared = part("shared");

describe.skipIf(shared === null)("the original's prompts", () => {
  const folder = shared ?? "";
  const read = (path: string) => (shared ? readFileSync(join(folder, path), "utf8") : "");
  const { prompts } = JSON.parse(read("original/prompts.json") || '{"prompts":[]}') as {
    prompts: Prompt[];
  };
  const source = read("original/prompt.py");
  const rows = new Map<string, Example[]>();
  const toExample = ({ task, split, row }: Prompt) => {
    const path = `benchmarks/${task}/${split}.jsonl`;
    if (!rows.has(path)) rows.set(path, parseExamples(read(path), path));
    return rows.get(path)?.[row] as Example;
  };
  const toOptions = ({ task }: Prompt) => formats[task.split("/")[0] as Format].options;
  const name = (prompt: Prompt) =>
    [`${prompt.task} ${prompt.split} ${prompt.row}`, prompt] as const;
  const ordinary = prompts.filter((one) => one.ordinary_text).map(name);
  const others = prompts.filter((one) => !one.ordinary_text).map(name);

  it("are there", () => {
    expect(ordinary.length).toBeGreaterThan(20);
    expect(others.length).toBeGreaterThan(0);
  });

  it.each(ordinary)("ordinary text is shown byte for byte: %s", (_, prompt) => {
    expect(renderShown(toExample(prompt), toOptions(prompt))).toBe(prompt.user);
  });

  it.each(others)("text with quotes is escaped, and parses: %s", (_, prompt) => {
    const example = toExample(prompt);
    const parsed = JSON.parse(renderShown(example, toOptions(prompt)));
    expect(parsed).toEqual({
      Question: example.question,
      Options: example.options,
      Answer: example.options[example.label],
    });
  });

  it.each(prompts.map(name))("the instruction is theirs byte for byte: %s", (_, prompt) => {
    const template = parseOriginal(source, toOptions(prompt));
    expect(template.replaceAll("{num_examples}", `${prompt.num_examples}`)).toBe(prompt.system);
  });
});
