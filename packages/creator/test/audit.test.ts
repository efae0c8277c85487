import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Example, sha256, toExamplesJsonl } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { openAuditFile } from "../src/audit/audit-file.ts";
import { readBlindSample } from "../src/audit/blind-sample.ts";
import { renderLabelAccuracy, toLabelAccuracy } from "../src/audit/label-accuracy.ts";
import { labelItems } from "../src/audit/label-items.ts";
import { renderItem } from "../src/audit/render-item.ts";

const yesNo = (n: number, label: number): Example => ({
  question: `Is ${n} odd?`,
  context: null,
  options: ["True", "False"],
  label,
});

const own = (n: number): Example => ({
  question: `Which is ${n}?`,
  context: "Four of them.",
  options: [`${n}`, `${n + 1}`, `${n + 2}`, `${n + 3}`],
  label: 0,
});

function toFile(examples: readonly Example[]): string {
  const path = join(tempFolder(), "created.jsonl");
  writeFileSync(path, toExamplesJsonl(examples));
  return path;
}

const many = <T>(n: number, to: (i: number) => T) => Array.from({ length: n }, (_, i) => to(i));

describe("a blind sample", () => {
  it("is drawn by the seed alone, and a larger one begins with a smaller", () => {
    const examples = many(200, (i) => yesNo(i, i % 2));
    const path = toFile(examples);
    const toDrawn = (size: number, seed: number) =>
      readBlindSample(path, size, seed).items.map(({ line }) => line);
    const drawn = toDrawn(50, 1);
    expect(new Set(drawn).size).toBe(50);
    expect(toDrawn(20, 1)).toEqual(drawn.slice(0, 20));
    expect(toDrawn(50, 2)).not.toEqual(drawn);
    expect([...toDrawn(1000, 1)].sort((a, b) => a - b)).toEqual(many(200, (i) => i));
    const other = toFile(examples.map(({ label, ...rest }) => ({ ...rest, label: 1 - label })));
    const withoutLabel = (file: string) =>
      readBlindSample(file, 50, 1).items.map((item) => renderItem(item, 1, 50));
    expect(withoutLabel(other)).toEqual(withoutLabel(path));
  });

  it("knows its examples by line, and the file by its hash", () => {
    const path = toFile(many(30, (i) => yesNo(i, i % 2)));
    const { items, total, hash } = readBlindSample(path, 10, 1);
    for (const { line, example } of items) expect(example).toEqual(yesNo(line, line % 2));
    expect(total).toBe(30);
    expect(hash).toBe(sha256(readFileSync(path)));
  });

  it("shows the same options in one order throughout, others in an order of their own", () => {
    const fixed = readBlindSample(toFile(many(40, (i) => yesNo(i, 0))), 40, 1).items;
    expect(new Set(fixed.map(({ order }) => order.join())).size).toBe(1);
    const varying = readBlindSample(toFile(many(400, own)), 400, 1).items;
    const firsts = [0, 1, 2, 3].map((k) => varying.filter(({ order }) => order[0] === k).length);
    // 100 expected; 60 and 140 are more than four standard deviations away.
    for (const n of firsts) expect(n > 60 && n < 140, `${firsts}`).toBe(true);
    expect([...(varying[0]?.order ?? [])].sort()).toEqual([0, 1, 2, 3]);
  });

  it("leaves out a last line that is still being written, and needs one", () => {
    const path = toFile(many(3, (i) => yesNo(i, 0)));
    writeFileSync(path, `${readFileSync(path, "utf8")}{"question": "cut`);
    expect(readBlindSample(path, 50, 1).total).toBe(3);
    expect(() => readBlindSample(toFile([]), 50, 1)).toThrow("none was kept");
    expect(() => readBlindSample("/nowhere/created.jsonl", 50, 1)).toThrow("cannot read /nowhere/");
  });
});

describe("an example that is shown", () => {
  const item = {
    line: 3,
    example: {
      question: "Is it\u001b[2J red?",
      context: "First.\r\nSecond\u0007 \u202eline.",
      options: ["ye\ts", "no\u009b"],
      label: 1,
    },
    order: [1, 0],
  };
  it("has its options in their order, its lines, and no control characters", () => {
    expect(renderItem(item, 2, 50)).toBe(
      [
        "",
        "2 of 50",
        "  Question  Is it\\u001b[2J red?",
        "  Context   First.",
        "            Second\\u0007 \\u202eline.",
        "         1  no\\u009b",
        "         2  ye\\u0009s",
      ].join("\n"),
    );
  });
});

describe("labelling", () => {
  const items = many(3, (i) => ({ line: 10 * i, example: own(i), order: [2, 0, 1, 3] }));

  async function label(typed: string, before: [number, number | null][] = []) {
    const answers = new Map(before);
    const said: string[] = [];
    const lines = typed.split(" ");
    const append = (line: number, answer: number | null) => {
      said.push(`${line}: ${answer}`);
      answers.set(line, answer);
    };
    const say = (text: string) =>
      said.push(/(\d) of 3/.exec(text)?.[0] ?? /This.*|Expected.*/.exec(text)?.[0] ?? "");
    await labelItems(items, { answers, append }, { say, ask: async () => lines.shift() ?? null });
    return said;
  }

  it.each<[typed: string, before: [number, number | null][], said: string[]]>([
    ["1 2 4", [], ["1 of 3", "0: 2", "2 of 3", "10: 0", "3 of 3", "20: 3"]],
    ["S 1 q", [], ["1 of 3", "0: null", "2 of 3", "10: 2", "3 of 3"]],
    ["1", [], ["1 of 3", "0: 2", "2 of 3"]],
    ["1 b 2 q", [], ["1 of 3", "0: 2", "2 of 3", "1 of 3", "0: 0", "2 of 3"]],
    [
      "1 2 b b 3 q",
      [],
      ["1 of 3", "0: 2", "2 of 3", "10: 0", "3 of 3", "2 of 3", "1 of 3", "0: 1", "3 of 3"],
    ],
    ["b q", [], ["1 of 3", "1 of 3"]],
    [
      "q",
      [
        [0, 1],
        [10, null],
      ],
      ["3 of 3"],
    ],
    [
      "b 1 q",
      [
        [0, 1],
        [10, null],
      ],
      ["3 of 3", "2 of 3", "10: 2", "3 of 3"],
    ],
    [
      "1",
      [
        [0, 1],
        [10, 1],
        [20, 2],
      ],
      [],
    ],
    [
      "5 0 x 1 q",
      [
        [0, 1],
        [10, 1],
      ],
      [
        "3 of 3",
        "Expected 1 to 4, s, b or q, got 5.",
        "Expected 1 to 4, s, b or q, got 0.",
        "Expected 1 to 4, s, b or q, got x.",
        "20: 2",
      ],
    ],
  ])("by %j after %j", async (typed, before, said) => {
    expect(await label(typed, before)).toEqual(said);
  });
});

describe("an audit's file", () => {
  const open = (folder: string, created: string, logged: string[] = []) =>
    openAuditFile(
      folder,
      created,
      () => "2026-01-01T00:00:00.000Z",
      (line) => logged.push(line),
    );
  const [one, two] = [sha256("one"), sha256("two")];

  it("keeps each answer at once, the last of several, and is not there before the first", () => {
    const folder = tempFolder();
    const { append, path } = open(folder, one);
    expect(readdirSync(folder)).toEqual([]);
    append(7, 1);
    append(2, null);
    append(7, 0);
    expect(readFileSync(path, "utf8").split("\n")).toEqual([
      `{"version":1,"created":"${one}"}`,
      '{"line":7,"answer":1,"at":"2026-01-01T00:00:00.000Z"}',
      '{"line":2,"answer":null,"at":"2026-01-01T00:00:00.000Z"}',
      '{"line":7,"answer":0,"at":"2026-01-01T00:00:00.000Z"}',
      "",
    ]);
    expect([...open(folder, one).answers]).toEqual([
      [7, 0],
      [2, null],
    ]);
  });

  it("is put by when the created examples change, and taken up again when they are back", () => {
    const folder = tempFolder();
    const logged: string[] = [];
    open(folder, one, logged).append(1, 1);
    expect(logged).toEqual([]);
    const other = open(folder, two, logged);
    expect(logged).toEqual([
      `created.jsonl is another than the one labelled before: ${join(folder, `audit-${one.slice(0, 8)}.jsonl`)} keeps that`,
    ]);
    expect(other.answers.size).toBe(0);
    other.append(2, 0);
    expect([...open(folder, one).answers]).toEqual([[1, 1]]);
    expect([...open(folder, two).answers]).toEqual([[2, 0]]);
    expect(readdirSync(folder).sort()).toEqual([`audit-${one.slice(0, 8)}.jsonl`, "audit.jsonl"]);
  });

  it("loses a last line that was cut, and says so", () => {
    const folder = tempFolder();
    const { append, path } = open(folder, one);
    append(1, 1);
    writeFileSync(path, `${readFileSync(path, "utf8")}{"line":2,"ans`);
    const logged: string[] = [];
    const again = open(folder, one, logged);
    expect(logged).toEqual([`${path}: removed a last line that was cut while being written`]);
    again.append(3, 0);
    expect([...open(folder, one).answers]).toEqual([
      [1, 1],
      [3, 0],
    ]);
  });

  it.each([
    ["nonsense\n", ":1: expected one JSON value a line"],
    ['{"line":1}\n', ":1: expected the first line of an audit, version 1"],
    ['{"version":1,"created":"x"}\n', ":1: expected the first line of an audit, version 1"],
    [
      `{"version":1,"created":"${one}"}\n{"line":"1"}\n`,
      ":2: expected the first line of an audit, version 1, or a line, its answer and a time",
    ],
  ])("that is damaged is named: %j", (text, error) => {
    const folder = tempFolder();
    writeFileSync(join(folder, "audit.jsonl"), text);
    expect(() => open(folder, one)).toThrow(`audit.jsonl${error}`);
  });
});

describe("label accuracy", () => {
  it("counts what a person agrees with, by label where options are fixed", () => {
    const labels = [0, 0, 0, 1, 1, 0];
    const examples = new Map(labels.map((label, i) => [10 * i, yesNo(i, label)]));
    const answers = new Map([
      [0, 0],
      [10, 1],
      [20, 0],
      [30, 1],
      [40, null],
      [50, 0],
    ]);
    const accuracy = toLabelAccuracy(examples, answers);
    expect(accuracy).toEqual({
      n: 5,
      right: 4,
      skipped: 1,
      byLabel: new Map([
        ["True", { n: 4, right: 3 }],
        ["False", { n: 1, right: 1 }],
      ]),
    });
    // By hand: z² = 3.841459; all of 1 begins at 1 / (1 + z²).
    expect(renderLabelAccuracy(accuracy, 300, "creations/x").split("\n")).toEqual([
      "",
      "right labels      4 of 5   80.0 %   (37.6–96.4)",
      "  labelled False  1 of 1  100.0 %  (20.7–100.0)",
      "  labelled True   3 of 4   75.0 %   (30.1–95.4)",
      "1 skipped (can't tell), counted nowhere above",
      "A sample of the 300 examples of this creation alone (creations/x): it says nothing about another",
      "task, setting, seed or model. In brackets: Wilson's 95% interval.",
    ]);
  });

  it("compares texts, and has no labels of its own where options vary", () => {
    const same = { ...own(1), options: ["same", "other", "same"], label: 2 };
    const accuracy = toLabelAccuracy(
      new Map([
        [0, same],
        [1, own(2)],
      ]),
      new Map([
        [0, 0],
        [1, 1],
      ]),
    );
    expect(accuracy).toEqual({ n: 2, right: 1, skipped: 0, byLabel: null });
  });

  it("is none before the first answer", () => {
    const accuracy = toLabelAccuracy(new Map(), new Map());
    expect(accuracy).toMatchObject({ n: 0, right: 0, skipped: 0 });
    expect(renderLabelAccuracy(accuracy, 3, "x")).toMatch(/^\nno example labelled yet\nA sample/);
  });
});
