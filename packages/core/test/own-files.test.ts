import { existsSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { loadSplit } from "../src/data/benchmark.ts";
import { readOwnTask } from "../src/data/own-task.ts";
import { repository } from "../src/logs/paths.ts";
import { plan, refused } from "./planning.ts";
import { toFolders } from "./stage-folders.ts";

const live = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
const table = 'id,text,label\n1,How much?,Price\n2,Where is it?,delivery\n3,Why?,"other"\n';

/** Plans a task's folder of these files. */
async function planFolder(files: Record<string, string>, flags = "") {
  const folder = tempFolder(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`mine/${name}`, text])),
  );
  const logged: string[] = [];
  const line = `--data ${join(folder, "mine")} --setting human --model m ${flags}`;
  const [run] = await plan(line, { env: live, logged });
  if (!run) throw new Error("expected a run");
  return { run, logged, folder: join(folder, "mine") };
}

const noNetwork = { fetch: () => expect.fail("expected no request"), log: () => {} };

describe("a folder of files as people have them", () => {
  it("needs no task.json: its train split has the labels, and the example is drawn", async () => {
    const { run, logged } = await planFolder({
      "Train.CSV": table,
      "validation.tsv": "text\tlabel\nWhen?\tdelivery\n",
      "test.json": '[{"text": "Hm?", "label": "other", "note": null}]',
      "notes.txt": "",
      ".hidden": "",
    });
    const { task } = run;
    expect(task).toMatchObject({
      ...{ name: "mine", options: "fixed", optionCount: 3, context: false },
      labels: ["delivery", "other", "Price"],
      own: { examples: [], examplePath: null },
    });
    expect(logged).toEqual([
      "mine: Train.CSV (3 rows, question: text), validation.tsv (the dev split, 1 row, question: text), test.json (1 row, question: text); 3 labels; the formatting example is drawn from Train.CSV",
      "mine: not used: column id of Train.CSV; column note of test.json; file notes.txt",
    ]);
    const splits = await Promise.all(
      (["train", "dev", "test"] as const).map((split) =>
        loadSplit(task, split, run.data, noNetwork),
      ),
    );
    expect(splits.map(({ examples }) => examples.map(({ label }) => label))).toEqual([
      [2, 0, 1],
      [0],
      [1],
    ]);
    expect(run.tests).toEqual([task]);
  });

  it("has columns of other names by --columns or task.json, another task each", async () => {
    const files = { "train.csv": "a,b,c\nx,1,2\ny,2,1\n" };
    const one = await planFolder(files, "--columns a,b");
    const named = { ...files, "task.json": '{"columns": {"text": "a", "label": "b"}}' };
    const same = await planFolder(named);
    expect(same.run.task.fingerprint).toBe(one.run.task.fingerprint);
    const other = await planFolder(named, "--columns label=c,text=a");
    expect(other.run.task.fingerprint).not.toBe(one.run.task.fingerprint);
    expect(other.logged[0]).toContain("train.csv (2 rows, question: a, label: c); 2 labels");
  });

  it.each<[string, Record<string, string>, string, string]>([
    [
      "Excel's line of the delimiter, its empty rows and columns",
      { "train.csv": "sep=;\r\ntext;label;;\r\na;x;;\r\n;;;\r\nb;y;;\r\n;\r\n" },
      "",
      'mine: not used: columns "", "" of train.csv',
    ],
    [
      "the index that pandas writes",
      { "train.csv": ",text,label\n0,a,x\n1,b,y\n" },
      "",
      'mine: not used: column "" of train.csv',
    ],
    [
      "an example under the usual names beside a split under others",
      { "train.csv": "text,category\na,x\nb,y\n", "example.json": '{"text":"c","label":"x"}' },
      "--columns text,category",
      "mine: train.csv (2 rows, question: text, label: category); 2 labels",
    ],
    [
      "descriptions of some labels only",
      { "train.csv": "text,label\na,y\nb,x\n", "task.json": '{"labels":{"y":"why"}}' },
      "",
      "mine: train.csv (2 rows, question: text); 2 labels; the formatting example is drawn from train.csv",
    ],
    [
      "descriptions of labels without examples",
      { "train.csv": "text,label\na,y\nb,y\n", "task.json": '{"labels":{"x":"","y":"why"}}' },
      "",
      "mine: train.csv (2 rows, question: text); 2 labels; the formatting example is drawn from train.csv",
    ],
  ])("may have %s", async (_, files, flags, expected) => {
    const { logged, run } = await planFolder(files, flags);
    expect(run.task.labels).toEqual(["x", "y"]);
    expect(logged.at(-1)).toBe(expected);
  });

  it("may have options of each example's own", async () => {
    const line = (options: string[]) => JSON.stringify({ text: "q", options, label: options[1] });
    const varying = await planFolder({
      "train.jsonl": [line(["a", "b"]), line(["c", "d"])].join("\n"),
    });
    expect(varying.run.task).toMatchObject({ options: "varying", optionCount: 2, labels: null });
    const fixed = await planFolder({
      "train.jsonl": [line(["b", "a"]), line(["a", "b"])].join("\n"),
    });
    expect(fixed.run.task).toMatchObject({ options: "fixed", labels: ["b", "a"] });
  });

  it("says nothing of a folder as it always was", async () => {
    const options = ["a", "b"];
    const line = JSON.stringify({ question: "q", context: null, options, label: "a" });
    const files = { "task.json": JSON.stringify({ options }), "example.json": line };
    const { logged, run } = await planFolder({ ...files, "train.jsonl": line });
    expect(logged).toEqual([]);
    // As the first versions computed it.
    expect(run.task.fingerprint).toBe("d46a413f6364");
  });

  it("has another creation, and the same human row, with a second example", async () => {
    const options = ["a", "b"];
    const line = (question: string) => JSON.stringify({ question, label: "a" });
    const files = { "task.json": JSON.stringify({ options }), "train.jsonl": line("q") };
    const [one, two] = [
      await planFolder({ ...files, "example.jsonl": line("x") }, "--setting human,tree"),
      await planFolder({ ...files, "example.jsonl": `${line("x")}\n${line("y")}` }),
    ];
    expect(two.run.task.own?.examples).toHaveLength(2);
    expect(two.run.task.fingerprint).toBe(one.run.task.fingerprint);
    const creations = await Promise.all(
      [one, two].map(async ({ folder }) => {
        const [run] = await plan(`--data ${folder} --model m`, { env: live });
        return run && toFolders(run).create;
      }),
    );
    expect(creations[0]).not.toBe(creations[1]);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      "two files of a split",
      { "train.csv": table, "train.tsv": table },
      "expected one file of the train split, got train.csv, train.tsv",
    ],
    [
      "an empty label",
      { "train.csv": "text,label\na,\n" },
      "train.csv:2: expected a label, got nothing",
    ],
    [
      "an empty text",
      { "train.csv": "text,label\n,a\n" },
      'train.csv:2: expected {"question", "context", "options", "label"}; question: expected a text, got nothing',
    ],
    [
      "a mistake in --columns' second name, beside a usual one",
      {
        "train.csv": "text,category,label\na,x,1\n",
        "task.json": '{"columns":{"text":"text","label":"categroy"}}',
      },
      'train.csv:1: expected the columns ["text", "categroy"], got ["text", "category", "label"]',
    ],
    [
      "a table under another name",
      { "data.csv": table },
      'task.json, or a train split called train.csv or train.tsv, got ["data.csv"]',
    ],
    [
      "one label",
      { "train.csv": "text,label\na,x\nb,x\n" },
      'train.csv: labels: expected "varying", or two labels or more, each a text and each once, got ["x"]',
    ],
    [
      "a description of no label beside some of its labels",
      { "train.csv": table, "task.json": '{"labels":{"delivry":"parcels"}}' },
      'task.json: labels: expected labels among the options, got "delivry"',
    ],
    [
      "a label of no train example",
      { "train.csv": table, "test.csv": "text,label\na,delivry\n" },
      "test.csv:2: expected a label among the options",
    ],
    [
      "a damaged split that this run does not use",
      { "train.csv": table, "dev.jsonl": "{oops" },
      "dev.jsonl:1: expected one JSON value",
    ],
    [
      "options in some lines",
      { "train.jsonl": '{"text":"a","label":"b"}\n{"text":"a","label":"b","options":["a","b"]}' },
      "train.jsonl:2: expected options in every example, or in none",
    ],
    [
      "a train split of no rows",
      { "train.csv": "text,label\n" },
      "train.csv: expected at least one example",
    ],
  ])("with %s is refused before anything is asked", async (_, files, expected) => {
    const folder = tempFolder(files);
    expect(await refused(`--data ${folder} --setting human`)).toContain(expected);
  });

  it("is told from a file", async () => {
    const file = join(tempFolder({ "data.csv": table }), "data.csv");
    expect(await refused(`--data ${file} --setting human`)).toContain(
      `got the file ${file}; in a folder of its own, as train.csv, it is a task`,
    );
  });

  it("--columns is refused for benchmarks, and in a form that cannot be read", async () => {
    expect(await refused("--data boolq --columns a,b --setting human")).toContain(
      "--columns: expected a folder of your own",
    );
    for (const given of ["a", "a,b,c", "label=a", "text=a,lable=b"])
      expect(await refused(`--data boolq --columns ${given}`)).toContain(
        "--columns: expected two columns, such as",
      );
  });
});

const external = join(repository, "../shared/external");

describe.runIf(existsSync(external))("external data sets as published", () => {
  it.each([
    ["banking77 --columns text,category", 77, 3080],
    ["emotion", 13, 2022],
    ["hyperbole", 2, 323],
    ["intimacy", 6, 225],
    ["sentiment", 3, 12284],
  ])("%s is planned with %i labels and %i test items", async (line, labels, n) => {
    const [run] = await plan(`--data ${external}/${line} --setting human`);
    expect(run?.task.labels).toHaveLength(labels);
    const task = run && (await readOwnTask(run.task.folder ?? "", run.task.columns ?? null));
    expect(task?.fingerprint).toBe(run?.task.fingerprint);
    if (!run || n > 3000) return;
    const { examples } = await loadSplit(run.task, "test", run.data, noNetwork);
    expect(examples).toHaveLength(n);
  });
});
