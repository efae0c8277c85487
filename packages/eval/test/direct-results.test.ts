import { join } from "node:path";
import {
  type AnswersManifest,
  answersFile,
  lockFolder,
  sha256,
  toJsonl,
  writeAtomic,
} from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { beforeEach, describe, expect, test } from "vitest";
import type { EvaluationManifest } from "../src/results/evaluation-manifest.ts";
import { readResults } from "../src/results/read-results.ts";
import { toItems, writeRun } from "./evaluation-runs.ts";
import { evaluation } from "./manifests.ts";

const folder = "answers/yesno_close-creak/direct/d0";
const answered = `${folder}/yesno_close-creak`;
const evaluated = "evaluations/yesno_close-creak/direct/e0/yesno_close-creak";
const completions = {
  kind: "live",
  model: "/models/b.gguf",
  date: "2026-01-10T08:00:00Z",
} as const;

const answers = toJsonl([{ row: 0, answer: "True" }]);

const manifest: AnswersManifest = {
  version: 1,
  stage: "answer",
  task: "yesno_close/creak",
  test: "yesno_close/creak",
  seeds: { creation: 1 },
  completions,
  conditions: { temperature: 0 },
  n: 686,
  answered: 686,
  unreadable: 0,
  stopped: null,
  usage: { promptTokens: 1, completionTokens: 1, uncounted: 0 },
  costUsd: null,
  inputs: { test: "0a" },
  outputs: { [answersFile]: sha256(answers) },
  createdAt: "2026-01-10T08:00:01Z",
};

const direct = evaluation({
  source: "direct",
  completions,
  train: { n: 0, target: 0, human: 0, labels: null },
  dev: { source: "human", n: 0, accuracy: 0, collapsed: false },
  student: { encoder: "b.gguf", tune: "none" },
  conditions: { temperature: 0 },
  test: { unreadable: 0 },
});
direct.inputs = { answers: sha256(answers), test: "0a" };

let results: string;

beforeEach(() => {
  results = tempFolder();
});

function write(path: string, content: unknown) {
  writeAtomic(join(results, path), typeof content === "string" ? content : JSON.stringify(content));
}

function writeAnswers(changes: Partial<AnswersManifest> = {}, path = answered, text = answers) {
  write(`${path}/manifest.json`, { ...manifest, ...changes });
  write(`${path}/${answersFile}`, text);
}

function writeDirect(one: EvaluationManifest = direct) {
  const items = toItems(one).map((item) => ({ ...item, probabilities: [] }));
  writeRun(results, evaluated, one, items);
}

test("answers and their evaluation agree; two runs may have been answered alike", async () => {
  writeAnswers({ seeds: { creation: 2 } }, `${folder}2/yesno_close-creak`);
  writeAnswers();
  writeDirect();
  expect(await readResults(results)).toMatchObject({ leftOut: [], evaluations: [{}] });
});

test("an evaluation that names its answers by path is stale where these were given again", async () => {
  writeAnswers();
  const path = `${answered}/${answersFile}`;
  writeDirect({ ...direct, inputs: { ...direct.inputs, [path]: sha256(answers) } });
  expect(await readResults(results)).toMatchObject({ leftOut: [], evaluations: [{}] });
  writeAnswers({ outputs: { [answersFile]: sha256("{}\n") } }, answered, "{}\n");
  const { leftOut, evaluations } = await readResults(results);
  expect(evaluations).toEqual([]);
  const why = `stale: ${path} has been made again since`;
  expect(leftOut).toContainEqual({ path: `${evaluated}/manifest.json`, why });
});

test("answers that were altered, or are gone", async () => {
  writeAnswers();
  writeDirect();
  write(`${answered}/${answersFile}`, "{}\n");
  const { leftOut } = await readResults(results);
  const why = expect.stringMatching(/^changed: answers.jsonl is not as it was written/);
  expect(leftOut).toEqual([{ path: `${answered}/manifest.json`, why }]);
});

describe("a run that did not come to its end", () => {
  const named = async () => (await readResults(results)).leftOut;

  test("answered, and no evaluation is of that", async () => {
    writeAnswers();
    expect(await named()).toEqual([
      {
        path: `${answered}/manifest.json`,
        why: "unfinished: 686 items answered and not evaluated",
      },
    ]);
  });

  test("stopped by a cap", async () => {
    write(`${answered}/partial.json`, { ...manifest, answered: 40, stopped: "cap", outputs: {} });
    expect(await named()).toEqual([
      { path: `${answered}/partial.json`, why: "unfinished: 40 of 686 answered (cap)" },
    ]);
  });

  test("killed on its way, or on its way", async () => {
    write(`${folder}/journal.jsonl`, "{}\n");
    const half = "unfinished: no manifest.json in it";
    expect(await named()).toEqual([{ path: folder, why: half }]);
    const unlock = lockFolder(join(results, folder));
    expect(await named()).toEqual([{ path: folder, why: "unfinished: a process works on it" }]);
    unlock();
  });
});
