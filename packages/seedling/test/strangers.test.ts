import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { hashValue, type Program, runEntry, type Stage } from "@seedling/core/internal";
import { createCreatorStage } from "@seedling/creator/internal";
import { evalStage } from "@seedling/eval/internal";
import { findEntry, runProgram, startScript, tempFolder } from "@seedling/testing";
import { openRefit, trainerStage } from "@seedling/trainer/internal";
import { afterAll, describe, expect, test } from "vitest";
import { runPipeline } from "../../eval/test/run-stages.ts";
import { predict } from "../src/predict.ts";
import { openCreationReview } from "../src/review/review-creation.ts";
import { review } from "../src/review.ts";
import { tables } from "../src/tables.ts";

// What people send each other: results, a recording, a classifier, a task. In each something is planted, and every
// command ends with a sentence, or goes on without it. A person's own file beside them stays as it is.

const fixture = join(import.meta.dirname, "../../eval/test/fixtures/results-f62f4f1");

const toLine = (home: string) =>
  `--data ./reviews --setting tree --examples 20 --baselines off --replay ${home}/recording --results ${home}/results`;

/** A person's folder: a task, a recording, and all that the three stages made of them. */
const made = join(tmpdir(), `seedling-strangers-${process.pid}`);
let making: Promise<Places> | null = null;
afterAll(() => rmSync(made, { recursive: true, force: true }));

/** Where things are in it. */
type Places = Awaited<ReturnType<typeof make>>;

async function make() {
  for (const name of ["reviews", "reviews-elsewhere"])
    cpSync(join(fixture, name), join(made, name), { recursive: true });
  const recordings = join(fixture, "results/creations/reviews/tree");
  const [recording = ""] = readdirSync(recordings);
  cpSync(join(recordings, recording), join(made, "recording"), { recursive: true });
  mkdirSync(join(made, "own"));
  writeFileSync(join(made, "own/start"), "mine");
  const { code } = await runPipeline(toLine(made), { TURBO_INVOCATION_DIR: made });
  expect(code).toBe(0);
  const all = readdirSync(join(made, "results"), { recursive: true, encoding: "utf8" }).sort();
  const find = (name: string) =>
    join("results", dirname(all.find((path) => path.endsWith(name)) ?? ""));
  const classifier = find("classifier.json");
  return {
    recording: "recording",
    creation: find("created.jsonl"),
    training: dirname(classifier),
    classifier,
    evaluation: find("items.jsonl"),
    vectors: "results/cache/embeddings",
  };
}

/** A copy of it. */
async function copyMade() {
  making ??= make();
  const places = await making;
  const home = tempFolder();
  cpSync(made, home, { recursive: true });
  return { home, places };
}

/** Puts something in a file's place. */
type Plant = (path: string, home: string) => void;

const replace =
  (put: Plant): Plant =>
  (path, home) => {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true });
    put(path, home);
  };
const link = replace((path, home) => symlinkSync(join(home, "own/start"), path));
const linkedFolder = replace((path, home) => symlinkSync(join(home, "own"), path));
const dangling = replace((path) => symlinkSync("/nowhere/at/all", path));
const zero = replace((path) => symlinkSync("/dev/zero", path));
const pipe = replace((path) => void execFileSync("mkfifo", [path]));
const folder = replace((path) => mkdirSync(path));
/** A terabyte of holes, which takes no room on the disk. */
const huge = replace((path) => {
  writeFileSync(path, "");
  truncateSync(path, 2 ** 40);
});
const text = (content: string) => replace((path) => writeFileSync(path, content));
const json =
  (changes: (value: Record<string, never>, home: string) => object): Plant =>
  (path, home) => {
    const { hash: _, ...value } = changes(JSON.parse(readFileSync(path, "utf8")), home) as {
      hash?: string;
    };
    writeFileSync(path, JSON.stringify({ ...value, hash: hashValue(value) }));
  };
const lock = (pid: number) =>
  text(JSON.stringify({ pid, host: hostname(), started: null, since: "2026-01-01" }));

type Command = (home: string, places: Places) => ReturnType<typeof runProgram>;

const stage =
  (one: Stage): Command =>
  (home) =>
    runProgram((io) => runEntry(one, io), toLine(home), { env: { TURBO_INVOCATION_DIR: home } });
const program =
  (one: Program, toArgs: (places: Places) => string): Command =>
  (home, places) =>
    runProgram(one, toArgs(places), { cwd: home, env: { INIT_CWD: home } });
const creates = stage(createCreatorStage(openRefit));
const trains = stage(trainerStage);
const evaluates = stage(evalStage);
const makesTables = program(tables, () => "--results results");
const reviews = program(review, ({ creation }) => `${creation} --results results --sample 1`);
const predicts = program(predict, ({ training }) => `--classifier ${training} --text good`);

type Again = "creation" | "training" | "evaluation" | null;

interface Case {
  what: string;
  plant: Plant;
  /** A file among the places. */
  where: [place: keyof Places | "home", path: string];
  /** What is not done yet. */
  again: Again;
  command: Command;
  sentence: RegExp;
  code: number;
}

const toCase = (
  what: string,
  plant: Plant,
  where: Case["where"],
  command: Command,
  sentence: RegExp,
  code: number,
  again: Again = null,
): Case => ({ what, plant, where, command, sentence, code, again });

/** A line of 20,000 levels. */
const deep = text(`${'{"a":['.repeat(10_000)}${"]}".repeat(10_000)}\n`);
/** Changes the text of the first reply in a journal. */
const reply =
  (said: string): Plant =>
  (path) => {
    const [first = "", ...others] = readFileSync(path, "utf8").split("\n");
    writeFileSync(
      path,
      [JSON.stringify({ ...JSON.parse(first), text: said }), ...others].join("\n"),
    );
  };
const marks = `e${"\u0316\u0301".repeat(50_000)}`;
const marked = JSON.stringify({ Question: marks, Options: ["good", "bad"], Answer: "good" });

const aLink = /expected a file, got a link to .*own\/start; --follow-links follows it/;

describe.skipIf(process.platform === "win32")("a stranger's", { timeout: 60_000 }, () => {
  test.each([
    // Writing. (The creator goes on where a run fails; the last stage says 1.)
    toCase("created examples", link, ["creation", "created.jsonl"], creates, aLink, 0, "creation"),
    toCase("rejections", link, ["creation", "rejected.jsonl"], creates, aLink, 0, "creation"),
    toCase("example", link, ["creation", "example.jsonl"], creates, aLink, 0, "creation"),
    toCase("lock", link, ["creation", "lock.json"], creates, aLink, 0, "creation"),
    toCase(
      "lock",
      dangling,
      ["creation", "lock.json"],
      creates,
      /got a link to \/nowhere/,
      0,
      "creation",
    ),
    toCase(
      "lock",
      pipe,
      ["creation", "lock.json"],
      creates,
      /lock.json: .* got a pipe/,
      0,
      "creation",
    ),
    toCase("lock", lock(-1), ["creation", "lock.json"], creates, /20 of 20 kept/, 0, "creation"),
    toCase("lock", lock(1e300), ["creation", "lock.json"], creates, /20 of 20 kept/, 0, "creation"),
    toCase("manifest", pipe, ["creation", "manifest.json"], creates, /got a pipe/, 0),
    toCase("manifest", zero, ["creation", "manifest.json"], creates, /link to \/dev\/zero/, 0),
    toCase("manifest", huge, ["creation", "manifest.json"], creates, /at most 64 MB/, 0),
    toCase("creation", linkedFolder, ["creation", ""], creates, /leads to .*own/, 1),
    toCase("results", linkedFolder, ["home", "results/creations"], creates, /leads to .*own/, 1),
    toCase(
      "classifier",
      linkedFolder,
      ["training", "classifier"],
      trains,
      /accuracy on the folds/,
      0,
      "training",
    ),
    toCase(
      "state",
      linkedFolder,
      ["training", "tuning"],
      trains,
      /accuracy on the folds/,
      0,
      "training",
    ),
    toCase(
      "log",
      link,
      ["training", "classifier/training.jsonl"],
      trains,
      /accuracy/,
      0,
      "training",
    ),
    toCase("training", linkedFolder, ["training", ""], trains, /leads to .*own/, 1),
    toCase("vectors", linkedFolder, ["vectors", ""], trains, /leads to .*own/, 0, "training"),
    toCase("items", link, ["evaluation", "items.jsonl"], evaluates, aLink, 1, "evaluation"),
    toCase("tables", linkedFolder, ["home", "results/tables"], makesTables, /leads to .*own/, 1),
    toCase("table", link, ["home", "results/tables/table3.md"], makesTables, aLink, 1),
    toCase("report", link, ["home", "results/report.html"], makesTables, aLink, 1),
    toCase("answers", link, ["creation", "audit.jsonl"], reviews, aLink, 1),
    toCase("a review", link, ["creation", "review.jsonl"], reviews, aLink, 1),
    toCase("a review", link, ["creation", "review.jsonl"], trains, aLink, 1),
    // Reading.
    toCase("recording", link, ["recording", "journal.jsonl"], creates, aLink, 2, "creation"),
    toCase("recording", pipe, ["recording", "flags.json"], creates, /got a pipe/, 2, "creation"),
    toCase("recording", huge, ["recording", "flags.json"], creates, /at most 64 MB/, 1, "creation"),
    toCase(
      "recording",
      huge,
      ["recording", "journal.jsonl"],
      creates,
      /l:1: .* 16 MB/,
      1,
      "creation",
    ),
    toCase("recording", zero, ["recording", "example.jsonl"], creates, /dev\/zero/, 2, "creation"),
    toCase("examples", link, ["creation", "created.jsonl"], trains, aLink, 0, "training"),
    toCase("examples", huge, ["creation", "created.jsonl"], trains, /at most 16 MB/, 0, "training"),
    toCase("items", pipe, ["evaluation", "items.jsonl"], makesTables, /items.jsonl.* pipe/, 0),
    toCase("items", zero, ["evaluation", "items.jsonl"], makesTables, /items.jsonl.*zero/, 0),
    toCase("items", huge, ["evaluation", "items.jsonl"], makesTables, /items.jsonl:1: .*16/, 0),
    toCase("evaluation", linkedFolder, ["evaluation", ""], makesTables, /got a link to .*own/, 0),
    toCase("evaluations", linkedFolder, ["home", "results/evaluations"], makesTables, /leads/, 0),
    toCase("classifier", pipe, ["training", "classifier"], makesTables, /classifier.* pipe/, 0),
    toCase("evaluation", pipe, ["evaluation", "manifest.json"], makesTables, /got a pipe/, 0),
    toCase("examples", pipe, ["creation", "created.jsonl"], reviews, /got a pipe/, 1),
    toCase("examples", huge, ["creation", "created.jsonl"], reviews, /:1: .*at most 16 MB/, 1),
    toCase("answers", pipe, ["creation", "audit.jsonl"], reviews, /got a pipe/, 1),
    toCase("facts", pipe, ["classifier", "classifier.json"], predicts, /got a pipe/, 1),
    toCase("facts", huge, ["classifier", "classifier.json"], predicts, /at most 64 MB/, 1),
    toCase("facts", link, ["classifier", "classifier.json"], predicts, aLink, 1),
    toCase("weights", link, ["classifier", "model.safetensors"], predicts, aLink, 1),
    toCase("weights", huge, ["classifier", "model.safetensors"], predicts, /safetensors/, 1),
    toCase("classifier", linkedFolder, ["training", "classifier"], predicts, /holds none/, 2),
    toCase("task", pipe, ["home", "reviews/task.json"], creates, /got a pipe/, 2),
    toCase("task", zero, ["home", "reviews/example.json"], creates, /got a device/, 2),
    toCase("test", pipe, ["home", "reviews/test.jsonl"], evaluates, /got a pipe/, 2),
    toCase("task", folder, ["home", "reviews/task.json"], creates, /got a folder/, 2),
    // Texts.
    toCase("deep task", deep, ["home", "reviews/task.json"], creates, /nested deeper than 100/, 2),
    toCase(
      "deep test",
      deep,
      ["home", "reviews/test.jsonl"],
      evaluates,
      /nested deeper/,
      2,
      "evaluation",
    ),
    toCase(
      "deep reply",
      deep,
      ["recording", "journal.jsonl"],
      creates,
      /expected replies in journal/,
      1,
      "creation",
    ),
    toCase(
      "deep flags",
      deep,
      ["recording", "flags.json"],
      creates,
      /expected the flags/,
      1,
      "creation",
    ),
    toCase("deep creation", deep, ["creation", "manifest.json"], creates, /nested deeper/, 0),
    toCase(
      "deep examples",
      deep,
      ["creation", "created.jsonl"],
      reviews,
      /l:1: .*nested deeper/,
      1,
    ),
    toCase("deep items", deep, ["evaluation", "items.jsonl"], makesTables, /items.jsonl/, 0),
    toCase(
      "deep evaluation",
      deep,
      ["evaluation", "manifest.json"],
      makesTables,
      /nested deeper/,
      0,
    ),
    toCase("deep facts", deep, ["classifier", "classifier.json"], predicts, /nested deeper/, 1),
    toCase(
      "marks",
      reply(marked),
      ["recording", "journal.jsonl"],
      creates,
      /holds no reply for the next/,
      0,
      "creation",
    ),
    toCase(
      "reply of 1 MB",
      reply("{:}".repeat(350_000)),
      ["recording", "journal.jsonl"],
      creates,
      /holds no reply for the next/,
      0,
      "creation",
    ),
    // Names and numbers.
    toCase(
      "test file",
      json((value) => ({ ...value, test: { ...Object(value.test), file: "/dev/zero" } })),
      ["evaluation", "manifest.json"],
      makesTables,
      /dev\/zero: expected a file, got a device/,
      0,
    ),
    toCase(
      "output",
      json((value) => ({ ...value, outputs: { "../../../../../own/start": "0" } })),
      ["creation", "manifest.json"],
      makesTables,
      /expected the name of a file in it, got "\.\.\/\.\.\/.*start"/,
      0,
    ),
    toCase(
      "head of an audit",
      text('{"version":1,"created":"../../../../../own/start"}\n'),
      ["creation", "audit.jsonl"],
      reviews,
      /audit.jsonl:1: expected the first line of an audit/,
      1,
    ),
    ...(["chains", "numExamples", "examples", "exampleSeed"] as const).map((name) =>
      toCase(
        name,
        (path) => {
          const flags = JSON.parse(readFileSync(path, "utf8"));
          writeFileSync(
            path,
            JSON.stringify({ ...flags, values: { ...flags.values, [name]: 1e12 + 0.5 } }),
          );
        },
        ["recording", "flags.json"],
        creates,
        /flags.json: expected the flags of a creation, version 1/,
        1,
        "creation",
      ),
    ),
    toCase(
      "dimensions",
      (path) => {
        const facts = JSON.parse(readFileSync(path, "utf8"));
        writeFileSync(
          path,
          JSON.stringify({ ...facts, head: { ...facts.head, dimensions: 1e15 } }),
        );
      },
      ["classifier", "classifier.json"],
      predicts,
      /expected head.output.weight with shape \[1000000000000000,/,
      1,
    ),
  ])("$what, planted in $where, ends with a sentence", async (one) => {
    const { home, places } = await copyMade();
    const [place, path] = one.where;
    const inside = place === "home" ? path : join(places[place], path);
    if (one.again) rmSync(join(home, places[one.again], "manifest.json"));
    one.plant(join(home, inside), home);
    const { code, out, err } = await one.command(home, places);
    expect(`${out}${err}`.replace(/\s*\n\s*/g, " ")).toMatch(one.sentence);
    expect(`${out}${err}`).not.toMatch(/\n {4}at |undefined/);
    expect(`${out}${err}`).not.toMatch(
      /(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u,
    );
    expect(code).toBe(one.code);
    expect(readdirSync(join(home, "own"))).toEqual(["start"]);
    expect(readFileSync(join(home, "own/start"), "utf8")).toBe("mine");
  });
});

describe.skipIf(process.platform === "win32")("results with all of it at once", () => {
  const plants: [string, Plant, string][] = [
    ["creations/a/tree/pipe/manifest.json", pipe, "got a pipe"],
    ["creations/a/tree/huge/manifest.json", huge, "at most 64 MB"],
    ["creations/a/tree/zero/partial.json", zero, "got a link to /dev/zero"],
    ["trainings/a/tree/linked", linkedFolder, "got a link to"],
    ["evaluations/a/tree/ab/cd/failed.json", link, "got a link to"],
    ["evaluations/a/tree/ab/ef/lock.json", pipe, "got a pipe"],
    ["answers", link, "answers: expected a folder in"],
    ["experiments/one.json", huge, "at most 64 MB"],
  ];

  test("are tables in below 1 GB", { timeout: 30_000 }, async () => {
    const { home, places } = await copyMade();
    for (const [path, plant] of plants) plant(join(home, "results", path), home);
    huge(join(home, places.evaluation, "items.jsonl"), home);
    const report = 'process.on("exit", () => console.error(process.resourceUsage().maxRSS))';
    const flags = ["--import", `data:text/javascript,${report}`];
    const args = ["tables", "--results", join(home, "results")];
    const { code, out, err } = await startScript(findEntry("seedling"), args, { flags }).ended;
    expect(code).toBe(0);
    const said = out.replace(/\s*\n\s*/g, " ");
    for (const [, , sentence] of plants) expect(said).toContain(sentence);
    expect(said).toContain("expected a line of at most 16 MB");
    // In KiB.
    expect(Number(err)).toBeGreaterThan(10_000);
    expect(Number(err)).toBeLessThan(1_000_000);
  });

  test("are read where links are followed, but for what leads to no file", async () => {
    const { home, places } = await copyMade();
    const evaluation = join(home, places.evaluation);
    cpSync(evaluation, join(home, "own/evaluation"), { recursive: true });
    rmSync(evaluation, { recursive: true });
    symlinkSync(join(home, "own/evaluation"), evaluation);
    zero(join(home, "results/creations/a/tree/zero/manifest.json"), home);
    const run = async (more: string) => {
      const { out } = await runProgram(tables, `--results results ${more}`, { cwd: home });
      return out.replace(/\s*\n\s*/g, " ");
    };
    expect(await run("")).toContain("Made of 1 evaluation ");
    const followed = await run("--follow-links");
    expect(followed).toContain("Made of 2 evaluations ");
    expect(followed).toContain("zero/manifest.json: expected a file, got a device");
  });
});

test("labels may be called as what every object has", { timeout: 60_000 }, async () => {
  const labels = ["__proto__", "constructor", "toString"];
  const toRows = (n: number) =>
    Array.from({ length: n }, (_, i) => ({
      question: `text ${i}`,
      options: labels,
      label: labels[i % 3],
    }));
  const toText = (n: number) =>
    toRows(n)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join("");
  const home = tempFolder({
    "odd/task.json": JSON.stringify({ options: labels }),
    "odd/example.json": JSON.stringify(toRows(1)[0]),
    "odd/train.jsonl": toText(30),
    "odd/test.jsonl": toText(9),
    "results/creations/odd/tree/ab12cd34ef56/created.jsonl": toText(6),
  });
  const before = Object.getOwnPropertyNames(Object.prototype);
  const line = `--data ./odd --setting human --baselines off --results ${home}/results`;
  const { code, output } = await runPipeline(line, { TURBO_INVOCATION_DIR: home });
  expect([code, output]).toEqual([0, expect.stringContaining("Made of 1 evaluation")]);
  const evaluated = JSON.parse(readFileSync(join(home, "results/tables/tables.json"), "utf8"));
  const [{ cell }] = evaluated.tables[3].rows.filter(
    (row: { kind: string }) => row.kind === "cell",
  );
  expect(cell.test).toMatchObject({ n: 9 });
  const reviewed = openCreationReview(join(home, "results/creations/odd/tree/ab12cd34ef56"), {
    ...{ sample: 6, seed: 1, now: () => "", log: () => {} },
  });
  for (let item = reviewed.calls.blind({}); item; item = reviewed.calls.blind({}))
    reviewed.calls.act({ id: item.id, act: { do: "answer", label: item.options[0] ?? "" } });
  const { progress } = reviewed.calls.about({});
  expect(progress.byLabel.map(([label, { n }]) => [label, n])).toEqual(
    [...labels].sort().map((label) => [label, 2]),
  );
  reviewed.close();
  const args = [
    "--classifier",
    readdirSync(join(home, "results/trainings/odd/human")).map((id) =>
      join("results/trainings/odd/human", id),
    )[0] ?? "",
    "--text",
    "text 1",
  ];
  const labelled = JSON.parse((await runProgram(predict, args, { cwd: home })).out);
  expect(labels).toContain(labelled.label);
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  expect(({} as Record<string, unknown>).n).toBeUndefined();
});

test("none of what is planted took two gigabytes", () => {
  // Of this file's process, in kilobytes: most commands above ran in it, beside the test runner, which has one of them.
  expect(process.resourceUsage().maxRSS).toBeLessThan(2 * 2 ** 20);
});
