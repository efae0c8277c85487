import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CreationManifest,
  createRandom,
  type ExampleRecord,
  isCreated,
  type Source,
  sha256,
  toFolderName,
  toJsonl,
  writeEnding,
} from "@seedling/core/internal";
import type { TrainingManifest } from "@seedling/trainer/internal";
import type { EvaluationManifest, TestItem } from "../src/results/evaluation-manifest.ts";
import { creation, evaluation, training } from "./manifests.ts";

/** A results folder made up for a test. */
export interface MadeUp {
  /** Where test files go; results go to `results` in it. */
  dir: string;
  /** Full names; each is tested on itself and on the next. */
  tasks: readonly string[];
  sources: readonly Source[];
  seeds: readonly number[];
  /** Items of a test set. */
  n: number;
  /** Examples of a creation. */
  kept: number;
  /** Everything a model or a user wrote, by what it is, and by the task and run it is of; no context where it is empty. */
  text: (what: string, i: number, task: string, run: string) => string;
  options: readonly [string, string];
  model: string;
  kind: "live" | "replay" | "sample";
  /** Whether the tasks are the user's own, in folders of their name below this one. */
  own?: string;
  /** Of the last part of a run's path. */
  suffix?: string;
}

/** Writes creations, trainings and evaluations as the stages do. @returns the results folder */
export function writeResults(made: MadeUp): string {
  const results = join(made.dir, "results");
  const tests = made.tasks.map((task, i) => writeTest(made, task, i));
  made.tasks.forEach((task, t) => {
    for (const source of made.sources) {
      for (const seed of made.seeds) {
        const folder = `${toFolderName(task)}/${source}/${sha256(`${task}${seed}`).slice(0, 12)}${made.suffix ?? ""}`;
        const common = toCommon(made, task, source, seed);
        const created = `creations/${folder}`;
        const inputs: Record<string, string> = isCreated(source)
          ? { [`${created}/created.jsonl`]: writeCreation(join(results, created), made, common) }
          : {};
        writeTraining(join(results, "trainings", folder), made, common, inputs);
        const madeOf = { ...inputs, [`trainings/${folder}/classifier`]: toClassifier(common) };
        for (const at of new Set([t, (t + 1) % tests.length])) {
          const test = tests[at] as MadeTest;
          const path = join(results, "evaluations", folder, toFolderName(test.task));
          writeEvaluation(path, made, common, test, { inDomain: at === t, madeOf });
        }
      }
    }
  });
  return results;
}

interface MadeTest {
  task: string;
  file: string;
  hash: string;
  golds: string[];
}

function writeTest({ dir, n, text, options }: MadeUp, task: string, i: number): MadeTest {
  const random = createRandom("test", i);
  const golds = Array.from({ length: n }, () => (random.next() < 0.5 ? options[0] : options[1]));
  const examples = golds.map(
    (label, row): ExampleRecord => ({
      question: text("test question", row, task, "test"),
      context: null,
      options: [...options],
      label,
    }),
  );
  const content = toJsonl(examples);
  const file = join(dir, `test-${i}.jsonl`);
  write(file, content);
  return { task, file, hash: sha256(content), golds };
}

type Common = ReturnType<typeof toCommon>;

function toCommon(
  { model, kind, kept, options, own }: MadeUp,
  task: string,
  source: Source,
  seed: number,
) {
  const data = {
    kind: own ? ("own" as const) : kind === "sample" ? ("sample" as const) : ("benchmark" as const),
    verified: true,
  };
  const [first, second] = options;
  return {
    task,
    ...(own && { taskFolder: join(own, task) }),
    source,
    seeds: { example: seed, creation: seed, train: seed },
    data,
    completions: isCreated(source) ? { kind, model, date: "2026-01-10T08:00:00Z" } : null,
    train: {
      n: kept,
      target: kept,
      human: 0,
      labels: { [first]: Math.ceil(kept / 2), [second]: Math.floor(kept / 2) },
    },
  };
}

/** @returns the hash of its created.jsonl */
function writeCreation(folder: string, made: MadeUp, common: Common): string {
  const { kept, options } = made;
  const { task, source, data, seeds } = common;
  const text = (what: string, i: number) => made.text(what, i, task, `${source} ${seeds.creation}`);
  const isTree = source === "tree";
  const places = Array.from({ length: kept }, (_, i) => i);
  const examples = places.map(
    (i): ExampleRecord => ({
      question: text("question", i),
      context: text("context", i) || null,
      options: [...options],
      label: options[i % 2] as string,
    }),
  );
  const lineages = places.map((i) => {
    const request = Math.floor(i / 4);
    const parent = isTree && request > 0 ? request - 1 : null;
    const depth = isTree ? Math.floor(Math.log2(request + 1) / 2) + 1 : 1;
    return { request, key: sha256(`key ${request}`), parent, depth, chain: 0 };
  });
  const completions = [...new Set(lineages.map(({ key }) => key))].map((key, request) => ({
    key,
    text: examples
      .slice(4 * request, 4 * request + 4)
      .map((example) => JSON.stringify(example, null, 2))
      .join("\n\n"),
    finishReason: "stop",
  }));
  const replies = completions.length;
  const rejected = [0, 1].map((i) => ({
    ...{ request: i, key: sha256(`key ${i}`), reason: text("reason", 0) },
    evidence: text("evidence", i),
    candidate: { question: text("rejected", i), answer: options[0] },
  }));
  const files = {
    "created.jsonl": toJsonl(examples),
    "lineage.jsonl": toJsonl(lineages),
    "rejected.jsonl": toJsonl(rejected),
  };
  const manifest: CreationManifest = creation({
    task,
    ...(common.taskFolder && { taskFolder: common.taskFolder }),
    source,
    seeds: { example: seeds.example, creation: seeds.creation },
    data,
    completions: common.completions as CreationManifest["completions"],
    conditions: { examples: kept },
    target: kept,
    kept,
    replies,
    usage: { promptTokens: 100 * replies, completionTokens: 300 * replies, uncounted: 0 },
    outputs: toHashes(files),
    funnel: [
      { step: "completions", n: replies, tokensEach: 400, usdEach: 0.001 },
      { step: "candidates", n: kept + 30, tokensEach: 90, usdEach: 0.0001 },
      { step: "valid", n: kept + 20, tokensEach: 95, usdEach: 0.0001 },
      { step: "new", n: kept, tokensEach: 100, usdEach: 0.0001 },
      { step: "kept", n: kept, tokensEach: 100, usdEach: 0.0001 },
    ],
    rejections: { duplicate: 15, "near duplicate": 5, [text("reason", 0)]: 10 },
    labels: { [options[0]]: Math.ceil(kept / 2), [options[1]]: Math.floor(kept / 2) },
    contamination: { kept: 1, overlap: 0.7, against: { test: 100 } },
    levels: [1, 2, 3].map((depth) => ({
      from: depth,
      to: depth,
      n: 10 * depth,
      distance: 1 - 1 / (depth + 1),
      selfSimilarity: 0.1 * depth,
      distinct1: 0.5,
      distinct2: 0.9 / depth,
      labels: { [options[0]]: 0.5, [options[1]]: 0.5 },
    })),
  });
  for (const [name, content] of Object.entries(files)) write(join(folder, name), content);
  write(join(folder, "journal.jsonl"), toJsonl(completions));
  write(join(folder, "example.jsonl"), toJsonl(examples.slice(0, 1)));
  writeEnding(folder, "done", manifest);
  return sha256(files["created.jsonl"]);
}

function writeTraining(
  folder: string,
  { text }: MadeUp,
  common: Common,
  inputs: Record<string, string>,
): void {
  const { task, source, seeds } = common;
  const manifest: TrainingManifest = training({
    ...common,
    best: { learningRate: 1e-5, batchSize: 16, epoch: 3 },
    backend: text("backend", 0, task, `${source} ${seeds.train}`),
    student: { encoder: "all-MiniLM-L6-v2", tune: "full" },
    inputs,
    outputs: { classifier: toClassifier(common) },
  });
  const points = [1, 2, 3].flatMap((epoch) => [
    { learningRate: 1e-5, batchSize: 16, epoch, step: 1, loss: 1 },
    {
      learningRate: 1e-5,
      batchSize: 16,
      epoch,
      trainLoss: 1 / epoch,
      devLoss: 1.2 / epoch,
      devAccuracy: 0.5 + 0.1 * epoch,
      collapsed: false,
    },
  ]);
  write(join(folder, "classifier", "training.jsonl"), toJsonl(points));
  writeEnding(folder, "done", manifest);
}

function writeEvaluation(
  folder: string,
  { options, n }: MadeUp,
  common: Common,
  test: MadeTest,
  { inDomain, madeOf }: { inDomain: boolean; madeOf: Record<string, string> },
): void {
  const random = createRandom(`${common.task}${test.task}${common.source}`, common.seeds.train);
  const sureness = createRandom("sure", common.seeds.train);
  const items = test.golds.map((gold, row): TestItem => {
    const sure = 0.5 + sureness.next() / 2;
    const right = random.next() < 0.65;
    const predicted = right ? gold : (options.find((option) => option !== gold) as string);
    return { split: "test", row, gold, predicted, probabilities: [sure, 1 - sure], right };
  });
  const labels = Object.fromEntries(
    options.map((option) => [option, test.golds.filter((gold) => gold === option).length]),
  );
  const manifest: EvaluationManifest = {
    ...evaluation({ seeds: common.seeds }),
    ...common,
    student: { encoder: "all-MiniLM-L6-v2", tune: "full" },
    test: {
      task: test.task,
      kind: inDomain ? "in-domain" : "cross-domain",
      n,
      correct: items.filter(({ right }) => right).length,
      options: "fixed",
      optionCount: 2,
      labels,
      data: common.data,
      shared: null,
      file: test.file,
    },
    inputs: { classifier: toClassifier(common), test: test.hash, ...madeOf },
    outputs: toHashes({ "items.jsonl": toJsonl(items) }),
  };
  write(join(folder, "items.jsonl"), toJsonl(items));
  writeEnding(folder, "done", manifest);
}

/** The hash of a run's classifier. */
function toClassifier({ task, source, seeds }: Common): string {
  return sha256(`classifier ${task} ${source} ${seeds.train}`);
}

function toHashes(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, sha256(text)]));
}

function write(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
}
