import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  applyReview,
  createReviewIds,
  type Example,
  hashLines,
  parseRows,
  readReview,
  toAnswer,
  toRecord,
  writeAtomic,
  writeEnding,
} from "@seedling/core/internal";
import { runProgram, tempFolder } from "@seedling/testing";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { exportDataset } from "../src/export/export-dataset.ts";
import { exportCommand } from "../src/export.ts";
import { hostileTexts, labels, makeCreation, toCreated, toRejected } from "./made-creation.ts";

const instructionText = "Write a JSON array.\n```\n# not a heading\n<script>1</script>";

/** Leaves a creation that ended. @param change of its manifest */
function makeEnded(made: Parameters<typeof makeCreation>[0] = {}, change = {}): string {
  const folder = makeCreation(made);
  const names = ["created.jsonl", "lineage.jsonl", "rejected.jsonl"];
  const values = {
    ...{ exampleSeed: 1, creationSeed: 2, examples: 12, numExamples: 5, model: "some-model" },
    ...{ temperature: 0.7, topP: 1, maxTokens: 2048, instruction: "own" },
  };
  const recorded = {
    ...{ version: 1, task: "support", setting: "tree", data: "own", instructionText, values },
  };
  writeAtomic(join(folder, "flags.json"), JSON.stringify(recorded));
  writeEnding(folder, "done", {
    ...{ version: 1, stage: "create", task: "support", source: "tree" },
    seeds: { example: 1, creation: 2 },
    data: { kind: "own", verified: false },
    completions: { kind: "live", model: "/models/some-model", date: "2026-11-24T10:00:00Z" },
    recording: null,
    conditions: { examples: 12, reject: ["near-duplicate"], similarityEncoder: "/home/ada/mini" },
    formattingExample: { row: null },
    ...{ target: 12, kept: 12, stopped: null, replies: 5 },
    funnel: [{ step: "candidates", n: 15, tokensEach: null, usdEach: null }],
    rejections: { duplicate: 1, "no JSON": 1 },
    contamination: { kept: 1, overlap: 0.7, against: { "/home/ada/support/test": 6 } },
    labelCheck: { model: "judge", times: 3, agreement: 0.75, usage, relabelled: 2 },
    ...{ usage, costUsd: null, adapted: [], inputs: {}, createdAt: "2026-11-24T10:00:00Z" },
    outputs: Object.fromEntries(names.map((name) => [name, hashLines(join(folder, name))])),
    ...change,
  });
  return folder;
}

const usage = { promptTokens: 1, completionTokens: 1, uncounted: 0 };

const readTable = async (path: string) =>
  parquetReadObjects({ file: await asyncBufferFromFile(path) });

const readCard = (folder: string) => {
  const card = readFileSync(join(folder, "README.md"), "utf8");
  const end = card.indexOf("\n---\n", 4);
  const head = card.slice(4, end);
  // The hub reads YAML 1.2, Python 1.1.
  const [front, old] = (["1.2", "1.1"] as const).map((version) => parseYaml(head, { version }));
  expect(old).toEqual(front);
  return { front, body: card.slice(end + 5) };
};

/** Says something of an example of `makeCreation`. */
const say = (folder: string, example: string, verdict: object) =>
  appendFileSync(
    join(folder, "review.jsonl"),
    `${JSON.stringify({ example, at: "2026-11-25T10:00:00Z", ...verdict })}\n`,
  );

const examples = Array.from({ length: 12 }, (_, n) => toCreated(n));
const toIds = (records: readonly unknown[], from: "created" | "rejected") =>
  records.map(createReviewIds(from));

describe("exportDataset", () => {
  it("writes what is trained on, and the rejected ones with their reasons", async () => {
    const folder = makeEnded();
    const ids = toIds(examples.map(toRecord), "created");
    const changed = { ...toRecord(toCreated(1)), label: "cancel" };
    say(folder, ids[0] ?? "", { state: "accepted", answer: "billing" });
    say(folder, ids[1] ?? "", { state: "changed", now: changed });
    say(folder, ids[2] ?? "", { state: "deleted" });
    const rejected = toRejected(1, "refund", "duplicate");
    const { reason, evidence, candidate } = rejected;
    const [taken = ""] = toIds([{ reason, evidence, candidate }], "rejected");
    const now = { question: "Taken in", context: null, options: labels, label: "refund" };
    say(folder, taken, { state: "changed", now });
    const to = tempFolder();
    const files = await exportDataset(folder, to);
    const paths = files.map(({ path }) => path);
    const [kept = "", left = ""] = paths;
    expect(paths).toEqual([
      "data/train-00000-of-00001.parquet",
      "rejected/train-00000-of-00001.parquet",
      "README.md",
    ]);

    const rows = await readTable(join(to, kept));
    const trained = applyReview(examples, readReview(folder), "review.jsonl").examples;
    expect(rows.map(({ question, label }) => [question, labels[Number(label)]])).toEqual(
      trained.map((one) => [one.question, toAnswer(one)]),
    );
    expect(rows[1]).toEqual({
      ...{ question: "Message number 1", label: 2n, created_label: "refund" },
      ...{ agreement: 1 / 3, review: "changed", depth: 1, id: ids[1] },
    });
    expect(rows.map(({ review }) => review).filter((said) => said !== "open")).toEqual([
      "accepted",
      "changed",
      "taken in",
    ]);
    const lines = await readTable(join(to, left));
    expect(lines.map(({ reason, question, answer }) => [reason, question, answer])).toEqual([
      ["deleted in review", "Message number 2", "cancel"],
      ["label not among options", "Rejected number 0", "Bill"],
      ["no JSON", null, null],
    ]);
    expect(lines[2]?.evidence).toBe("I cannot do <b>that</b>.");

    const { front, body } = readCard(to);
    expect(front).toMatchObject({ license: "unknown", size_categories: ["n<1K"] });
    expect(front.configs).toEqual([
      {
        ...{ config_name: "default", default: true },
        data_files: [{ split: "train", path: kept }],
      },
      { config_name: "rejected", data_files: [{ split: "train", path: left }] },
    ]);
    const [info] = front.dataset_info;
    expect(info.splits).toEqual([{ name: "train", num_bytes: files[0]?.bytes, num_examples: 12 }]);
    const names = { "0": "billing", "1": "refund", "2": "cancel" };
    expect(info.features[1]).toEqual({ name: "label", dtype: { class_label: { names } } });
    for (const said of [
      "some-model, asked until 2026-11-24: 5 replies, 12 kept",
      "**Seeds:** formatting example 1, creation 2",
      "temperature 0.7",
      "**Filters:** duplicate 1, no JSON 1",
      "judge answered each question 3 times without a sight of its label, agreement 75.0 %, 2 labels replaced",
      "accepted 1, changed 1, deleted 1 and took in 1 rejected ones",
      "of 1 label answered without a sight of them 1 were right",
      "1 kept example too close",
      "of support/test (6)",
      "similarityEncoder mini",
      "| candidates | 15 |",
      `\`\`\`\`text\n${instructionText}\n\`\`\`\``,
    ])
      expect(body).toContain(said);
    expect(body).not.toContain("/home/ada");
  });

  it("keeps names and texts whole, and lets them be nothing but text", async () => {
    const options = ['a "b" \\ \u2028 \u0085 c', "no", "null", "0: {x}", ...hostileTexts, "é😀\t"];
    const created = options.map(
      (_, label): Example => ({ question: `=1+${label}`, context: "a\nb", options, label }),
    );
    const folder = makeEnded({ created, rejected: [] }, { task: hostileTexts[0] });
    const to = tempFolder();
    const files = await exportDataset(folder, to, { license: "cc-by-4.0" });
    expect(files.map(({ path }) => path)).toEqual([
      "data/train-00000-of-00001.parquet",
      "README.md",
    ]);
    const { front, body } = readCard(to);
    const { names } = front.dataset_info[0].features[2].dtype.class_label;
    expect(Object.values(names)).toEqual(options);
    expect(front.license).toBe("cc-by-4.0");
    expect(body.replace(/````text.*?````/s, "")).not.toMatch(/<(script|img|svg)/);
    const rows = await readTable(join(to, "data/train-00000-of-00001.parquet"));
    expect(rows.map(({ label, created_label }) => [label, created_label])).toEqual(
      options.map((name, i) => [BigInt(i), name]),
    );
    const again = tempFolder();
    await exportDataset(folder, again, { license: "cc-by-4.0" });
    for (const { path } of files)
      expect(readFileSync(join(again, path))).toEqual(readFileSync(join(to, path)));
  });

  it("gives each example its options where they vary, as lists", async () => {
    const created = [0, 1].map(
      (n): Example => ({ question: `Q${n}`, context: null, options: ["x", `y${n}`], label: n }),
    );
    const to = tempFolder();
    await exportDataset(makeEnded({ created, rejected: [] }), to);
    const rows = await readTable(join(to, "data/train-00000-of-00001.parquet"));
    expect(rows.map(({ options, label }) => [options, label])).toEqual([
      [["x", "y0"], "x"],
      [["x", "y1"], "y1"],
    ]);
    const { front } = readCard(to);
    expect(front.task_categories).toEqual(["multiple-choice"]);
    expect(front.dataset_info[0].features[1]).toEqual({ name: "options", sequence: "string" });
  });

  it("writes JSONL with the labels' texts, and CSV without formulas", async () => {
    const created = [0, 1].map((n) => ({ ...toCreated(n), question: `=1+${n}, "a"\nNA` }));
    const folder = makeEnded({ created, rejected: [] });
    const to = tempFolder();
    await exportDataset(folder, join(to, "jsonl"), { format: "jsonl" });
    await exportDataset(folder, join(to, "csv"), { format: "csv" });
    const read = (path: string) =>
      Array.from(parseRows(readFileSync(join(to, path), "utf8"), path), ({ value }) => value);
    expect(read("jsonl/data/train.jsonl")).toMatchObject([
      { question: '=1+0, "a"\nNA', label: "billing" },
      { question: '=1+1, "a"\nNA', label: "refund" },
    ]);
    expect(read("csv/data/train.csv")).toMatchObject([
      { question: '\'=1+0, "a"\nNA', label: "billing" },
      { question: '\'=1+1, "a"\nNA', label: "refund" },
    ]);
    const { front } = readCard(join(to, "csv"));
    // What reads CSV guesses that False is 0, which would be another label.
    expect(front.dataset_info[0].features).toBeUndefined();
    expect(front.configs[0]).toMatchObject({ keep_default_na: false, na_values: [""] });
  });

  it.each<[string, (folder: string) => void, string]>([
    [
      "one that has not ended",
      (folder) => rmSync(join(folder, "manifest.json")),
      "expected manifest.json or partial.json in it, got a creation that has not ended",
    ],
    [
      "one whose file was changed",
      (folder) => appendFileSync(join(folder, "created.jsonl"), "\n"),
      "created.jsonl: changed since it was written",
    ],
    [
      "one of which nothing is left",
      (folder) => {
        for (const id of toIds(examples.map(toRecord), "created"))
          say(folder, id, { state: "deleted" });
      },
      "expected examples for a data set, none was kept",
    ],
  ])("refuses %s", async (_, spoil, sentence) => {
    const folder = makeEnded();
    spoil(folder);
    await expect(exportDataset(folder, tempFolder())).rejects.toThrow(sentence);
  });

  const python = findPython();
  it.skipIf(!python)("is read by Python's datasets", async () => {
    const options = ["True", "False", "1", 'a "b"'];
    const created = options.map(
      (_, n): Example => ({ question: `NA ${n}`, context: null, options, label: n }),
    );
    const folder = makeEnded({ created });
    const to = tempFolder();
    for (const format of ["parquet", "jsonl"] as const)
      await exportDataset(folder, join(to, format), { format });
    const code = `
import json, sys, datasets
datasets.disable_progress_bars()
out = []
for form in ("parquet", "jsonl"):
    for name in ("default", "rejected"):
        data = datasets.load_dataset(f"{sys.argv[1]}/{form}", name, split="train", cache_dir=sys.argv[1])
        out.append([data.features["label"].names, data["label"][:]] if name == "default" else len(data))
print(json.dumps(out))`;
    const env = { ...process.env, HF_HUB_OFFLINE: "1", HF_HOME: to };
    const { stdout, stderr } = spawnSync(python ?? "", ["-c", code, to], { env, encoding: "utf8" });
    const both = [[options, [0, 1, 2, 3]], 3];
    expect(JSON.parse(stdout || JSON.stringify(stderr))).toEqual([...both, ...both]);
  });
});

/** The Python that SEEDLING_TEST_PYTHON names, if it has `datasets`; null: it has not. */
function findPython(): string | null {
  const path = process.env.SEEDLING_TEST_PYTHON;
  if (path && spawnSync(path, ["-c", "import datasets"]).status === 0) return path;
  console.warn("not here: Python's datasets (SEEDLING_TEST_PYTHON); the test that needs it skips");
  return null;
}

describe("export --to dataset", () => {
  it("writes into the creation's folder, and says what", async () => {
    const folder = makeEnded();
    const { code, out, err } = await runProgram(exportCommand, [folder, "--to", "dataset"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out.split("\n").slice(0, 3)).toEqual([
      `${folder}/dataset`,
      expect.stringMatching(/^ {2}data\/train-00000-of-00001.parquet {2}[\d.]+ kB$/),
      expect.stringMatching(/^ {2}rejected\/train-00000-of-00001.parquet {2}\d+ bytes$/),
    ]);
  });

  it.each<[string, string[], string]>([
    ["a creation as onnx", ["--to", "onnx"], "--to onnx: expected a classifier, got a creation"],
    [
      "another form's flag",
      ["--to", "onnx", "--format", "csv"],
      "--format: expected --to dataset with it, got --to onnx",
    ],
    [
      "an unknown format",
      ["--to", "dataset", "--format", "xml"],
      "expected parquet or csv or jsonl",
    ],
    ["a licence in words", ["--to", "dataset", "--license", "CC BY"], "such as cc-by-4.0"],
  ])("refuses %s", async (_, args, sentence) => {
    const { code, err } = await runProgram(exportCommand, [makeEnded(), ...args]);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });

  it("refuses a classifier, and says what can be made of one", async () => {
    const folder = tempFolder({ "classifier/classifier.json": "{}" });
    const { code, err } = await runProgram(exportCommand, [folder, "--to", "dataset"]);
    expect(code).toBe(2);
    expect(err).toMatch(
      /^--to dataset: expected a creation, got a classifier, .*, of which can be made: onnx/,
    );
  });
});
