import type { CreationManifest } from "@seedling/core/internal";
import type { TrainingManifest } from "@seedling/trainer/internal";
import type { EvaluationManifest } from "../src/results/evaluation-manifest.ts";

type Changes = {
  [Key in keyof EvaluationManifest]?: EvaluationManifest[Key] extends object | null
    ? Partial<NonNullable<EvaluationManifest[Key]>> | null
    : EvaluationManifest[Key];
};

/** CREAK from a tree, tested on its own test split: 400 of 686 right. */
const creak: EvaluationManifest = {
  version: 1,
  stage: "evaluate",
  task: "yesno_close/creak",
  source: "tree",
  seeds: { example: 1, creation: 1, train: 1 },
  data: { kind: "benchmark", verified: true },
  completions: { kind: "live", model: "qwen2.5-coder-1.5b-instruct", date: "2026-01-10T08:00:00Z" },
  train: { n: 100, target: 100, human: 0, labels: { True: 60, False: 40 } },
  dev: { source: "human", n: 685, accuracy: 0.6, collapsed: false },
  student: { encoder: "all-MiniLM-L6-v2", tune: "head" },
  conditions: {},
  test: {
    task: "yesno_close/creak",
    kind: "in-domain",
    n: 686,
    correct: 400,
    options: "fixed",
    optionCount: 2,
    labels: { True: 348, False: 338 },
    data: { kind: "benchmark", verified: true },
    shared: null,
  },
  items: "items.jsonl",
  inputs: { classifier: "0f" },
  outputs: {},
  createdAt: "2026-01-10T09:00:00Z",
};

/** A valid manifest that differs from CREAK's in what is named; parts of objects may be named alone. */
export function evaluation(changes: Changes = {}): EvaluationManifest {
  const merged = Object.entries(changes).map(([key, value]) => {
    const base = creak[key as keyof EvaluationManifest];
    const merge = isObject(base) && isObject(value);
    return [key, merge ? { ...base, ...value } : value];
  });
  return { ...creak, ...Object.fromEntries(merged) };
}

/** The same run with other seeds. */
export function seeded(seed: number): Pick<EvaluationManifest, "seeds"> {
  return { seeds: { example: seed, creation: seed, train: seed } };
}

/** Tested on StrategyQA. */
export const onStrategyqa: Partial<EvaluationManifest["test"]> = {
  task: "yesno_close/strategyqa",
  kind: "cross-domain",
  n: 115,
  correct: 60,
  labels: { True: 58, False: 57 },
};

/** Everything about it bundled: BoolQ from the sample. */
export const boolqSample = {
  task: "yesno_open/boolq",
  data: { kind: "sample", verified: false },
  completions: { kind: "sample", model: "qwen2.5-coder-1.5b-instruct", date: "2026-01-05" },
  train: { n: 40, target: 40, labels: { True: 24, False: 16 } },
  dev: { source: "human", n: 30, accuracy: 0.6, collapsed: false },
  student: { encoder: "USE-lite (embedded)", tune: "head" },
  test: {
    task: "yesno_open/boolq",
    n: 60,
    correct: 37,
    labels: { True: 33, False: 27 },
    data: { kind: "sample", verified: false },
  },
} as const satisfies Changes;

/** What CREAK's tree was created by: 100 kept of 30 replies, 12,000 tokens. */
export function creation(changes: Partial<CreationManifest> = {}): CreationManifest {
  return {
    version: 1,
    stage: "create",
    task: "yesno_close/creak",
    source: "tree",
    seeds: { example: 1, creation: 1 },
    data: { kind: "benchmark", verified: true },
    completions: { ...creak.completions, kind: "live" } as CreationManifest["completions"],
    conditions: { examples: 100, model: "qwen2.5-coder-1.5b-instruct" },
    formattingExample: { row: 3 },
    target: 100,
    kept: 100,
    stopped: null,
    replies: 30,
    funnel: [],
    rejections: {},
    labels: {},
    contamination: null,
    labelCheck: null,
    levels: [],
    usage: { promptTokens: 3000, completionTokens: 9000, uncounted: 0 },
    costUsd: 0.012,
    lost: { requests: 0, tokensAtMost: 0 },
    adapted: [],
    inputs: {},
    outputs: {},
    createdAt: "2026-01-10T08:00:01Z",
    ...changes,
  };
}

/** The training of CREAK's tree. */
export function training(changes: Partial<TrainingManifest> = {}): TrainingManifest {
  const { task, source, seeds, data, completions, train, student, conditions } = creak;
  return {
    version: 1,
    stage: "train",
    task,
    source,
    seeds,
    data,
    completions,
    train,
    dev: { source: "human", n: 685, accuracy: 0.6, loss: 0.66, collapsed: false },
    student: { encoder: student.encoder, tune: "head" },
    conditions,
    best: { l2: 0.001 },
    cut: { train: { texts: 0, tokens: 0 }, dev: { texts: 0, tokens: 0 } },
    backend: "wasm 4.22.0",
    settings: {},
    inputs: {},
    outputs: {},
    createdAt: "2026-01-10T08:30:00Z",
    ...changes,
  };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
