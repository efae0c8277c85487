import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CreationManifest,
  type Example,
  endings,
  type Run,
  sha256,
  toCreationFolder,
  toExamplesJsonl,
} from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { plan } from "../../core/test/planning.ts";
import { loadTrainingData, type TrainingData } from "../src/data/training-data.ts";

/** Dependencies of loading that have no network. */
export const deps = {
  fetch: async () => {
    throw new Error("this test has no network");
  },
  log: () => {},
};

/** Examples of a split, each question with its name and number. */
export function makeExamples(name: string, n: number): Example[] {
  return Array.from({ length: n }, (_, i) => ({
    question: `is ${name} ${i} so`,
    context: null,
    options: ["True", "False"],
    label: i % 2,
  }));
}

/** A folder of data with splits of that many examples. */
export function makeData(splits: Record<string, number> = { train: 40, dev: 7 }): string {
  const files = Object.entries(splits).map(([split, n]) => [
    `yesno_close/creak/${split}.jsonl`,
    toExamplesJsonl(makeExamples(split, n)),
  ]);
  return tempFolder(Object.fromEntries(files));
}

/** The one run of a command line on that data. */
export async function planOne(line: string, data = makeData()): Promise<Run> {
  const env = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
  const flags = `--data creak --model m --data-dir ${data} --results ${data}/results ${line}`;
  const [run] = await plan(flags, { env });
  if (!run) throw new Error("expected a run");
  return run;
}

export async function load(line: string, data = makeData()): Promise<TrainingData> {
  return loadTrainingData(await planOne(line, data), deps);
}

export function toQuestions(examples: readonly Example[]): string[] {
  return examples.map(({ question }) => question);
}

/** Leaves what a creator would have left in the run's folder. */
export function writeCreation(
  run: Run,
  kept: number,
  target: number,
  {
    lines = kept,
    stopped = "patience" as CreationManifest["stopped"],
    hashed = true,
    examples = makeExamples("created", lines),
    lineage = "",
  } = {},
): void {
  const folder = toCreationFolder(run);
  mkdirSync(folder, { recursive: true });
  const created = toExamplesJsonl(examples);
  const manifest: CreationManifest = {
    version: 1,
    stage: "create",
    task: run.task.name,
    source: run.source,
    seeds: run.seeds,
    data: { kind: "benchmark", verified: true },
    completions: { kind: "live", model: "m", date: "2026-11-22T10:00:00.000Z" },
    conditions: { examples: target, model: "m", temperature: 0.5 },
    formattingExample: { row: 0 },
    target,
    kept,
    stopped: kept < target ? stopped : null,
    replies: 9,
    funnel: [],
    rejections: {},
    labels: {},
    contamination: null,
    labelCheck: null,
    levels: [],
    usage: { promptTokens: 1, completionTokens: 1, uncounted: 0 },
    costUsd: null,
    lost: { requests: 0, tokensAtMost: 0 },
    adapted: [],
    inputs: {},
    outputs: hashed ? { "created.jsonl": sha256(created), "lineage.jsonl": sha256(lineage) } : {},
    createdAt: "2026-11-22T10:00:00.000Z",
  };
  const ending = kept < target ? endings.partial : endings.done;
  writeFileSync(join(folder, ending), JSON.stringify(manifest));
  writeFileSync(join(folder, "created.jsonl"), created);
  if (lineage !== "") writeFileSync(join(folder, "lineage.jsonl"), lineage);
}
