import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { loadSplit } from "../src/data/benchmark.ts";
import { explainForms, findTwin } from "../src/data/label-forms.ts";
import { readOwnTask } from "../src/data/own-task.ts";
import { parseExamples, readExamples } from "../src/data/read-examples.ts";
import { canAnswer, checkOptions, formats } from "../src/data/tasks.ts";

describe("a label that only looks like an option", () => {
  it.each<[what: string, label: string, option: string, differs: string]>([
    ["in case", "Positive", "positive", "U+0050 where X has U+0070, at letter 1"],
    [
      "by a no-break space",
      "very\u00a0good",
      "very good",
      "U+00A0 where X has U+0020, at letter 5",
    ],
    ["by a zero-width space", "good\u200b", "good", "U+200B where X has nothing, at letter 5"],
    ["by a byte order mark", "\ufeffgood", "good", "U+FEFF where X has nothing, at letter 1"],
    ["by a blank at its end", "good ", "good", "U+0020 where X has nothing, at letter 5"],
    [
      "by what the option alone has",
      "good",
      "go\u00adod",
      "nothing where X has U+00AD, at letter 3",
    ],
    ["in its accent", "e\u0301t", "\u00e9t", "U+0065 U+0301 where X has U+00E9, at letter 1"],
    ["by a ligature", "\ufb01ne", "fine", "U+FB01 where X has U+0066 U+0069, at letter 1"],
    ["in its hyphen", "non\u2011toxic", "non-toxic", "U+2011 where X has U+002D, at letter 4"],
    [
      "in all of its letters",
      "NEGATIVES!",
      "negatives!",
      "U+004E U+0045 U+0047 U+0041 U+0054 U+0049 U+0056 U+0045 … where X has U+006E U+0065 U+0067 U+0061 U+0074 U+0069 U+0076 U+0065 …, at letter 1",
    ],
    [
      "beside a letter of two units",
      "\u{1f331}A",
      "\u{1f331}a",
      "U+0041 where X has U+0061, at letter 2",
    ],
  ])("%s, is named by its code points", (_, label, option, differs) => {
    const name = JSON.stringify(option);
    expect(explainForms([label], ["another", option])).toBe(
      `; ${JSON.stringify(label)} has ${differs.replace("X", name)}`,
    );
  });

  it.each([
    ["is another", "bad"],
    ["is the option", "good"],
  ])("is not named where it %s", (_, label) => {
    expect(explainForms([label], ["good"])).toBe("");
  });
});

it("100,000 labels are compared at once", () => {
  const many = Array.from({ length: 100_000 }, (_, i) => `label ${i}`);
  const others = many.toReversed().map((one) => [...one].join(""));
  const task = {
    ...formats.yesno_close,
    labels: many,
    name: "many",
    trainSize: null,
    partners: [],
  };
  const example = { question: "a", context: null, options: others, label: 0 };
  expect(findTwin(many)).toBe(undefined);
  expect(findTwin([...many, "label  7"])).toBe("label  7");
  checkOptions(example, task, "f:1");
  expect(canAnswer(task, { ...task, labels: others })).toBe(true);
  expect(canAnswer(task, { ...task, labels: [...others.slice(1), "x"] })).toBe(false);
  const wrong = others.map((one) => (one === "label 7" ? "Label 7" : `${one}x`));
  expect(explainForms(wrong, many)).toBe(
    '; "Label 7" has U+004C where "label 7" has U+006C, at letter 1',
  );
});

const labels = ["positive", "negative"];
const row = (more: object) =>
  `${JSON.stringify({ question: "a", context: null, options: labels, label: "negative", ...more })}\n`;
const task = {
  "task.json": JSON.stringify({ options: labels }),
  "example.json": row({}),
};

describe("labels and options in a file", () => {
  it.each<[what: string, more: object, message: RegExp]>([
    [
      "null",
      { label: null },
      /^f:2: .*; label: expected a text, a number, true or false, got null$/,
    ],
    [
      "a list",
      { label: ["positive"] },
      /^f:2: .*; label: .*got \["positive"\]: several labels .*not supported/,
    ],
    [
      "an option that is null",
      { options: ["positive", null] },
      /^f:2: .*; options\.1: .*got null$/,
    ],
    [
      "in another case",
      { label: "Negative" },
      /^f:2: expected a label among the options \["positive", "negative"\], got "Negative"; "Negative" has U\+004E where "negative" has U\+006E, at letter 1$/,
    ],
  ])("%s: the line is named", (_, more, message) => {
    expect(() => parseExamples(row({}) + row(more), "f")).toThrow(message);
  });

  it.each(["train", "dev", "test"] as const)(
    "that differ from the task's are named in the %s split, before anything is made of it",
    async (split) => {
      const changed = row({ options: ["positive", "negative\u200b"], label: "positive" });
      const folder = join(
        tempFolder(
          Object.fromEntries(
            Object.entries({ ...task, [`${split}.jsonl`]: row({}) + changed }).map(
              ([name, text]) => [`mine/${name}`, text],
            ),
          ),
        ),
        "mine",
      );
      const own = await readOwnTask(folder);
      const deps = { fetch, log: () => {} } as unknown as Parameters<typeof loadSplit>[3];
      const data = { kind: "benchmark", root: folder, download: false } as const;
      await expect(loadSplit(own, split, data, deps)).rejects.toThrow(
        /\.jsonl:2: expected the options \["positive", "negative"\] of mine, got .*; .* has U\+200B where "negative" has nothing, at letter 9$/,
      );
    },
  );

  it("that differ from task.json are named in its example", async () => {
    const example = row({ options: ["Positive", "negative"], label: "negative" });
    const folder = tempFolder({ ...task, "example.json": example });
    await expect(readOwnTask(folder)).rejects.toThrow(
      /example\.json: expected 2 options .*; "Positive" has U\+0050 where "positive" has U\+0070, at letter 1$/,
    );
  });

  it("that look alike are refused in task.json", async () => {
    const options = JSON.stringify({ options: ["good", "bad", "good\u200b"] });
    const folder = tempFolder({ ...task, "task.json": options });
    await expect(readOwnTask(folder)).rejects.toThrow(
      /expected labels that differ in what people see/,
    );
  });
});

describe("a file that is no JSONL", () => {
  it.each<[what: string, text: string, message: RegExp]>([
    ["an array on one line", `[${row({}).trim()}]`, /^.*:1: .*got a JSON array: write each/],
    ["an array over lines", `[\n${row({})}]`, /^.*:1: .*got a JSON array/],
    ["an array of rows in it", `${row({})}[1]`, /^.*:2: .*got a JSON array/],
    ["objects with commas", `${row({}).trim()},\n`, /^.*:1: .*got an object and a comma/],
    ["an object over lines", "{\n}", /^.*:1: .*got an object over several lines/],
    ["CSV", "question,label\na,b", /^.*:1: .*got what looks like CSV/],
    ["CSV in quotes", '"question","label"\n', /^.*:1: .*got what looks like CSV/],
    ["tab-separated values", "question\tlabel\n", /^.*:1: .*got what looks like CSV/],
    ["CSV with a byte order mark", "\ufeffquestion;label\n", /^.*:1: .*got what looks like CSV/],
    ["a cut line", '{"question": "a, b', /^.*:1: expected one JSON value a line/],
  ])("%s, is named", async (_, text, message) => {
    const path = join(tempFolder({ "rows.jsonl": text }), "rows.jsonl");
    await expect(readExamples(path)).rejects.toThrow(message);
    const folder = tempFolder({ "task.json": task["task.json"], "example.jsonl": text });
    if (message.source.includes(":1:")) await expect(readOwnTask(folder)).rejects.toThrow(message);
  });
});
