import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { dataKindOf, loadSplit } from "../src/data/benchmark.ts";
import { readOwnTask } from "../src/data/own-task.ts";
import { taskForms } from "../src/data/task-file.ts";
import { taskNamed, tasks } from "../src/data/tasks.ts";
import { ExpectedError, FlagError, toMessage } from "../src/messages/errors.ts";
import { toRunName } from "../src/runs/run.ts";
import { plan, type Surroundings } from "./planning.ts";
import { writeRecording } from "./recordings.ts";

const labels = ["positive", "negative", "neutral"];
const task = { options: labels, instruction: "Reviews and their sentiment." };
const example = { question: "Great strap.", context: null, options: labels, label: "positive" };
const choice = {
  question: "What floats?",
  context: "Wood is light.",
  options: ["a", "b", "c", "d"],
  label: "c",
};

const live = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };

/** A task's folder; files as text, or as JSON. */
function write(files: Record<string, unknown>, name = "mine"): string {
  const texts = Object.entries(files).map(([file, content]) => [
    `${name}/${file}`,
    typeof content === "string" ? content : JSON.stringify(content),
  ]);
  return join(tempFolder(Object.fromEntries(texts)), name);
}

const whole = (more: Record<string, unknown> = {}) =>
  write({ "task.json": task, "example.json": example, ...more });

async function refusal(promise: Promise<unknown>, kind = FlagError): Promise<string> {
  const error = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(kind);
  return toMessage(error);
}

describe("a task's folder", () => {
  it("with fixed options is a task of these labels, whatever their number", async () => {
    const folder = whole();
    expect(await readOwnTask(folder)).toEqual({
      name: "mine",
      options: "fixed",
      optionCount: 3,
      labels,
      context: false,
      trainSize: null,
      partners: [],
      folder,
      fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
      own: {
        examples: [{ ...example, label: 0 }],
        examplePath: join(folder, "example.json"),
        instruction: task.instruction,
        descriptions: null,
      },
    });
  });

  it("with varying options has as many as its example, and a context where that has one", async () => {
    const folder = write({ "task.json": { options: "varying" }, "example.json": choice });
    expect(await readOwnTask(folder)).toMatchObject({
      options: "varying",
      optionCount: 4,
      labels: null,
      context: true,
      own: { instruction: null, examples: [{ ...choice, label: 2 }] },
    });
  });

  it("with yes and no labels has JSON's booleans, as the benchmarks do", async () => {
    const yesNo = { question: "Is it?", options: ["True", "False"], label: false };
    const folder = write({ "task.json": { options: ["True", "False"] }, "example.json": yesNo });
    expect(await readOwnTask(folder)).toMatchObject({ own: { examples: [{ label: 1 }] } });
  });

  it("may hold several examples as lines, with the labels in any order or left out", async () => {
    const turned = { ...example, options: ["neutral", "positive", "negative"] };
    const bare = { text: "Too dear.", label: "negative" };
    const lines = `\uFEFF\n${JSON.stringify(turned)}\n${JSON.stringify(bare)}\n`;
    const folder = write({ "task.json": task, "example.jsonl": lines });
    const { own, labels: classes } = await readOwnTask(folder);
    expect(own?.examples).toEqual([
      { ...turned, label: 1 },
      { question: "Too dear.", context: null, options: labels, label: 1 },
    ]);
    expect(classes).toEqual(labels);
  });

  it("has descriptions of its labels, which are its options where it lists none", async () => {
    const described = '{"labels": {"billing": " invoices ", "__proto__": "odd ones", "other": ""}}';
    const labels = ["billing", "__proto__", "other"];
    const file = { question: "q", options: labels, label: "__proto__" };
    const { own, ...task } = await readOwnTask(
      write({ "task.json": described, "example.json": file }),
    );
    expect(task.labels).toEqual(labels);
    expect(Object.entries(own?.descriptions ?? {})).toEqual([
      ["billing", "invoices"],
      ["__proto__", "odd ones"],
    ]);
    const bare = await readOwnTask(
      write({ "task.json": { options: labels }, "example.json": file }),
    );
    expect(bare.own?.descriptions).toBeNull();
    expect(bare.fingerprint).not.toBe(task.fingerprint);
    const listed = { options: [...labels].reverse(), labels: { billing: "invoices" } };
    const ordered = await readOwnTask(write({ "task.json": listed, "example.json": file }));
    expect(ordered.labels).toEqual(["other", "__proto__", "billing"]);
    expect({ ...ordered.own?.descriptions }).toEqual({ billing: "invoices" });
  });

  it("is named by task.json, or else by itself", async () => {
    const named = write({ "task.json": { ...task, name: "Reviews 2" }, "example.json": example });
    expect((await readOwnTask(named)).name).toBe("Reviews 2");
  });

  it.each<[string, unknown, string]>([
    ["no JSON", "options: fixed", "expected JSON ("],
    ["a list", "[]", "expected object"],
    ["no options", {}, 'options: expected "varying", or two labels or more'],
    ["a wrong word", { options: "fixed" }, 'options: expected "varying"'],
    ["one label", { options: ["a"] }, 'options: expected "varying"'],
    ["a label twice", { options: ["a", "b", "a"] }, 'options: expected "varying"'],
    ["a label that is no text", { options: [1, 2] }, 'options: expected "varying"'],
    ["white space round a label", { options: ["a", " b"] }, "options.1: expected a text without"],
    [
      "an unknown key",
      { ...task, opions: 3, "\u001b[2J": 1 },
      'expected options, labels, columns, instruction, partners and name, got ["opions", "\\u001b[2J"]',
    ],
    [
      "a description that is no text",
      { labels: { a: "x", b: 3 } },
      "labels: expected a description",
    ],
    ["a list of descriptions", { labels: ["a", "b"] }, "labels: expected a description of each"],
    [
      "one description",
      { labels: { a: "x" } },
      'labels: expected "varying", or two labels or more',
    ],
    ["a label with white space", { labels: { "a ": "x", b: "" } }, "labels: expected"],
    ["an instruction that is no text", { ...task, instruction: 3 }, "instruction: "],
    ["partners that are no list", { ...task, partners: "boolq" }, "partners: "],
    ["a name with a slash", { ...task, name: "yesno_open/boolq" }, "name: expected a name without"],
    ["a name that moves the cursor", { ...task, name: "a\u001b[2J" }, "name: expected a name"],
  ])("is refused with the two forms where task.json has %s", async (_, content, expected) => {
    const told = await refusal(readOwnTask(write({ "task.json": content })));
    expect(told).toMatch(/^.*\/mine\/task\.json: /);
    expect(told).toContain(expected);
    expect(told).toContain(taskForms);
  });

  it.each([
    ["no option", { ...task, labels: { good: "x" } }, "good"],
    ["what varies", { options: "varying", labels: { a: "x", b: "y" } }, "a"],
  ])("is refused where task.json describes %s", async (_, content, label) => {
    const folder = write({ "task.json": content });
    expect(await refusal(readOwnTask(folder))).toBe(
      `${folder}/task.json: labels: expected labels among the options, got "${label}"`,
    );
  });

  it("is refused with the two forms where there is no task.json, and they are good ones", async () => {
    const folder = write({ "example.json": example });
    const told = await refusal(readOwnTask(folder));
    expect(told).toContain(`expected ${folder}/task.json`);
    expect(told).toContain(`npm run new-task -- ${folder}`);
    const [fixed, varying, shown] = told.match(/^\{\n[\s\S]*?\n\}$/gm) ?? [];
    const one = await readOwnTask(write({ "task.json": fixed, "example.json": shown }));
    expect(one).toMatchObject({ options: "fixed", optionCount: 3 });
    const two = await readOwnTask(write({ "task.json": varying, "example.json": shown }));
    expect(two).toMatchObject({ options: "varying", optionCount: 3 });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["none", {}, "expected one labelled example in "],
    ["two", { "example.json": example, "example.jsonl": "" }, "example.jsonl, got both"],
    ["no JSON", { "example.json": "x" }, "mine/example.json: expected one JSON value"],
    [
      "an empty file",
      { "example.jsonl": "\n" },
      "mine/example.jsonl: expected one labelled example",
    ],
    ["no label", { "example.json": { ...example, label: "good" } }, "expected a label among"],
    ["a damaged line", { "example.jsonl": "\n{\n" }, "mine/example.jsonl:2: expected one JSON"],
    [
      "other options than the task's",
      { "example.json": { ...example, options: ["positive", "negative"] } },
      'expected 3 options ["positive", "negative", "neutral"] as in task.json, got ["positive", "negative"]',
    ],
  ])("is refused where it has of examples %s", async (_, files, expected) => {
    const told = await refusal(readOwnTask(write({ "task.json": task, ...files })), ExpectedError);
    expect(told).toContain(expected);
  });

  it("whose example is damaged is a flag's error, by --data", async () => {
    const told = await refusal(plan(`--data ${whole({ "example.json": "x" })}`, { env: live }));
    expect(told).toMatch(/^--data .*mine: .*mine\/example\.json: expected one JSON value/);
  });

  it("that is not there is refused with how to make it", async () => {
    const folder = join(tempFolder(), "nowhere");
    expect(await refusal(readOwnTask(folder))).toBe(
      `no folder ${folder}; npm run new-task -- ${folder} makes a task there`,
    );
  });
});

describe("--data", () => {
  const first = async (line: string, around: Surroundings = { env: live }) =>
    (await plan(`${line} --model m`, around))[0];

  it("takes folders beside tasks, by paths from where the user is", async () => {
    const folder = whole();
    const env = { ...live, TURBO_INVOCATION_DIR: folder };
    for (const path of [".", "../mine", folder, join(folder, "../mine/.")])
      expect((await first(`--data ${path}`, { env }))?.task).toMatchObject({
        name: "mine",
        folder,
      });
    const mixed = await plan(`--data ${folder},csqa,../mine --model m`, { env });
    expect(mixed.map(toRunName)).toEqual(["mine tree seed 1", "mcqa_5/csqa tree seed 1"]);
    const all = await plan(`--data .,all --model m`, { env });
    expect(all.map((run) => run.task.name)).toEqual([...tasks.map(({ name }) => name), "mine"]);
  });

  it("knows the home folder", async () => {
    const told = await refusal(plan("--data ~/no-such-task-of-mine --model m", { env: live }));
    expect(told).toContain(
      `--data ~/no-such-task-of-mine: no folder ${homedir()}/no-such-task-of-mine`,
    );
  });

  it("creates 500 examples of a folder where --examples does not say", async () => {
    const folder = whole({ "train.jsonl": "" });
    expect((await first(`--data ${folder}`))?.flags.examples).toBe(500);
    expect((await first(`--data ${folder} --examples 7`))?.flags.examples).toBe(7);
    expect((await first(`--data ${folder} --setting human`))?.flags.examples).toBeNull();
    expect((await first("--data creak"))?.flags.examples).toBeNull();
  });

  it("has no sample and says what to set", async () => {
    const folder = whole({ "train.jsonl": "" });
    for (const line of [`--data ${folder}`, `--data boolq,${folder}`, `--data ${folder} --sample`])
      expect(await refusal(plan(line))).toMatch(
        /^no sample is bundled for mine \(there is one for .*\): set OPENAI_API_KEY, or OPENAI_BASE_URL/,
      );
    const [human] = await plan(`--data ${folder} --setting human`);
    expect(human?.completions).toBeNull();
  });

  it("has a human row where there is a train split alone", async () => {
    const told = await refusal(plan(`--data ${whole()} --setting tree,human`, { env: live }));
    expect(told).toMatch(/^--setting human: expected the train split of mine at .*\/train\.jsonl$/);
    const logged: string[] = [];
    const runs = await plan(`--data ${whole()},creak --setting all --model m`, {
      env: live,
      logged,
    });
    expect(
      runs.filter(({ source }) => source === "human").map(({ task: { name } }) => name),
    ).toEqual(["yesno_close/creak"]);
    expect(logged).toEqual(["mine has no train split: no human row"]);
    const folder = whole({ "train.jsonl": "" });
    const all = await plan(`--data ${folder} --setting all --model m`, { env: live });
    expect(all).toHaveLength(6);
  });
});

describe("an own task's test sets", () => {
  const testsOf = async (folder: string, words = "") =>
    (await plan(`--data ${folder} --model m ${words}`, { env: live }))[0]?.tests ?? [];
  const yesNo = {
    "task.json": { options: ["False", "True"], partners: ["creak", "yesno_open/boolq"] },
    "example.json": { question: "q", options: ["True", "False"], label: true },
  };

  it("are its own where it has one, its partners, and what is added", async () => {
    expect((await testsOf(write(yesNo))).map(({ name }) => name)).toEqual([
      "yesno_close/creak",
      "yesno_open/boolq",
    ]);
    const folder = write({ ...yesNo, "test.jsonl": "" });
    const tests = await testsOf(folder, `--test-on strategyqa,${folder}`);
    expect(tests.map(({ name }) => name)).toEqual([
      "mine",
      "yesno_close/creak",
      "yesno_open/boolq",
      "yesno_close/strategyqa",
    ]);
    expect(tests[1]).toMatchObject(taskNamed("yesno_close/creak"));
  });

  it("may be partners in folders, meant from the task's own, and are of its form", async () => {
    const partners = ["./more", "../other", "plain"];
    const folder = whole({
      "task.json": { ...task, partners },
      "more/test.jsonl": "",
      "../other/test.jsonl": "",
      "plain/test.jsonl": "",
    });
    const [more, other, plain] = await testsOf(folder);
    const common = { labels, options: "fixed", optionCount: 3 };
    expect(more).toMatchObject({ ...common, name: "./more", folder: join(folder, "more") });
    expect(other).toMatchObject({ ...common, name: "../other", folder: join(folder, "../other") });
    expect(plain).toMatchObject({ ...common, name: "plain", folder: join(folder, "plain") });
  });

  it.each([
    ["nobody knows", "nothing", /partners: expected one of mcqa_2\/piqa.*, got "nothing"$/],
    ["no folder has", "./nothing", /partners: .* a folder with a test split, got "\.\/nothing"$/],
    [
      "cannot be answered",
      "creak",
      /task\.json: partner yesno_close\/creak: a classifier of mine cannot answer it \(2 options \["True", "False"\] against 3 options \["positive", /,
    ],
  ])("that %s are refused", async (_, partner, expected) => {
    const folder = whole({ "task.json": { ...task, partners: [partner] } });
    expect(await refusal(testsOf(folder))).toMatch(expected);
  });
});

describe("an own task's files", () => {
  it("are called own; its partners' are what they are", async () => {
    const split = readFileSync(join(import.meta.dirname, "fixtures/reviews/test.jsonl"), "utf8");
    const folder = whole({ "test.jsonl": split });
    const [run] = await plan(`--data ${folder} --model m`, { env: live });
    if (!run) throw new Error("expected a run");
    const deps = { fetch, log: () => {} };
    const { kind, verified, examples } = await loadSplit(run.task, "test", run.data, deps);
    expect([kind, verified, examples.length]).toEqual(["own", false, 6]);
    expect(dataKindOf(run.task, run.data)).toBe("own");
    expect(dataKindOf(taskNamed("yesno_close/creak"), run.data)).toBe("benchmark");
    await expect(loadSplit(run.task, "dev", run.data, deps)).rejects.toThrow(
      `expected the dev split of mine at ${folder}/dev.jsonl`,
    );
  });
});

describe("a recording of an own task", () => {
  it("answers the same task, wherever it is, and no other of its name", async () => {
    const folder = whole();
    const { fingerprint = "" } = await readOwnTask(folder);
    const recording = writeRecording(tempFolder(), {
      task: "mine",
      data: "own",
      mark: fingerprint,
    });
    const [run] = await plan(`--data ${folder} --replay ${recording}`);
    expect(run?.completions).toMatchObject({ kind: "replay", model: "recorded-model" });
    expect(run?.flags.examples).toBe(40);
    const [moved] = await plan(`--data ${whole()} --replay ${recording}`);
    expect(moved?.completions?.kind).toBe("replay");
    const other = whole({ "task.json": { options: labels } });
    expect(await refusal(plan(`--data ${other} --replay ${recording}`))).toBe(
      "no recording of mine with --setting tree; those that are there were made with another example, options or instruction",
    );
  });

  it("leaves the data of the benchmarks beside it to their own recordings", async () => {
    const folder = whole();
    const { fingerprint = "" } = await readOwnTask(folder);
    const root = tempFolder();
    writeRecording(join(root, "a"), { task: "mine", data: "own", mark: fingerprint });
    writeRecording(join(root, "b"), { data: "sample" });
    const runs = await plan(`--data ${folder},boolq --replay ${root}`);
    expect(runs.map(({ data }) => data.kind)).toEqual(["sample", "sample"]);
    expect(runs.map((run) => dataKindOf(run.task, run.data))).toEqual(["own", "sample"]);
  });
});
