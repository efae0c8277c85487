import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CreationManifest,
  type Example,
  endings,
  type Run,
  toCreationFolder,
  toExamplesJsonl,
} from "@seedling/core";
import { describe, expect, it } from "vitest";
import { plan } from "../../core/test/planning.ts";
import { tempFolder } from "../../core/test/temp-folder.ts";
import { toTrainingConditions } from "../src/conditions.ts";
import { loadTrainingData, type TrainingData } from "../src/training-data.ts";

const outside = {
  fetch: async () => {
    throw new Error("this test has no network");
  },
  notice: () => {},
};

function makeExamples(name: string, n: number): Example[] {
  return Array.from({ length: n }, (_, i) => ({
    question: `is ${name} ${i} so`,
    context: null,
    options: ["True", "False"],
    label: i % 2,
  }));
}

function makeData(splits: Record<string, number>): string {
  const files = Object.entries(splits).map(([split, n]) => [
    `yesno_close/creak/${split}.jsonl`,
    toExamplesJsonl(makeExamples(split, n)),
  ]);
  return tempFolder(Object.fromEntries(files));
}

async function planOne(line: string, data: string): Promise<Run> {
  const env = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
  const flags = `--data creak --model m --data-dir ${data} --results ${data}/results ${line}`;
  const [run] = await plan(flags, { env });
  if (!run) throw new Error("expected a run");
  return run;
}

async function load(line: string, data: string): Promise<TrainingData> {
  return loadTrainingData(await planOne(line, data), outside);
}

function toQuestions(examples: readonly Example[]): string[] {
  return examples.map(({ question }) => question);
}

/** Leaves what a creator would have left in the run's folder. */
function writeCreation(run: Run, kept: number, target: number, lines = kept): void {
  const folder = toCreationFolder(run);
  mkdirSync(folder, { recursive: true });
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
    stopped: kept < target ? "patience" : null,
    replies: 9,
    rejections: {},
    usage: { promptTokens: 1, completionTokens: 1, uncounted: 0 },
    costUsd: null,
    adapted: [],
    inputs: {},
    outputs: {},
    createdAt: "2026-11-22T10:00:00.000Z",
  };
  const ending = kept < target ? endings.partial : endings.done;
  writeFileSync(join(folder, ending), JSON.stringify(manifest));
  writeFileSync(join(folder, "created.jsonl"), toExamplesJsonl(makeExamples("created", lines)));
}

describe("human data", () => {
  it("is the whole train split, with the human dev split", async () => {
    const data = await load("--setting human", makeData({ train: 40, dev: 7 }));
    expect(toQuestions(data.train)).toEqual(toQuestions(makeExamples("train", 40)));
    expect(toQuestions(data.dev)).toEqual(toQuestions(makeExamples("dev", 7)));
    expect(data).toMatchObject({ target: 40, devSource: "human", creation: null });
    expect(data.data).toEqual({ kind: "benchmark", verified: false });
  });

  it("or N of it drawn with the creation seed, a smaller draw inside a larger one", async () => {
    const folder = makeData({ train: 40, dev: 7 });
    const draw = async (flags: string) =>
      toQuestions((await load(`--setting human ${flags}`, folder)).train);
    const ten = await draw("--examples 10 --seed 3");
    expect(new Set(ten).size).toBe(10);
    expect((await draw("--examples 20 --seed 3")).slice(0, 10)).toEqual(ten);
    expect(await draw("--examples 10 --seed 3 --train-seed 9")).toEqual(ten);
    expect(await draw("--examples 10 --seed 4")).not.toEqual(ten);
  });

  it("cannot be more than there is", async () => {
    await expect(
      load("--setting human --examples 41", makeData({ train: 40, dev: 7 })),
    ).rejects.toThrow("expected 41 examples (--examples), got 40");
  });

  it("has a tenth held out as the dev split where the task has none, or where asked to", async () => {
    for (const [flags, splits] of [
      ["", { train: 40 }],
      ["--dev created", { train: 40, dev: 7 }],
    ] as const) {
      const data = await load(`--setting human ${flags}`, makeData(splits));
      expect([data.train.length, data.dev.length, data.target]).toEqual([36, 4, 36]);
      expect(data.devSource).toBe("created");
      const all = toQuestions([...data.train, ...data.dev]).sort();
      expect(all).toEqual(toQuestions(makeExamples("train", 40)).sort());
    }
  });

  it("needs the dev split that was asked for", async () => {
    await expect(load("--setting human --dev human", makeData({ train: 40 }))).rejects.toThrow(
      "expected the dev split of yesno_close/creak",
    );
  });
});

describe("a fraction", () => {
  const folder = () => makeData({ train: 40, dev: 7 });
  const whole = toQuestions(makeExamples("train", 40));

  it("by prefix is the first ones, rounded, one at least", async () => {
    for (const [fraction, n] of [
      [0.1, 4],
      [0.26, 10],
      [0.001, 1],
      [1, 40],
    ]) {
      const { train, target } = await load(`--setting human --fraction ${fraction}`, folder());
      expect(toQuestions(train)).toEqual(whole.slice(0, n));
      expect(target).toBe(n);
    }
  });

  it("at random is drawn with the train seed", async () => {
    const draw = async (seed: number) =>
      toQuestions(
        (await load(`--setting human --fraction 0.5 --fraction-by random --seed ${seed}`, folder()))
          .train,
      );
    const [one, again, other] = [await draw(1), await draw(1), await draw(2)];
    expect(one).toHaveLength(20);
    expect(one).not.toEqual(whole.slice(0, 20));
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });
});

describe("created data", () => {
  it("are what the creator kept, with its conditions", async () => {
    const folder = makeData({ train: 40, dev: 7 });
    const run = await planOne("--setting tree --examples 30 --batch-size 8", folder);
    writeCreation(run, 30, 30);
    const data = await loadTrainingData(run, outside);
    expect(toQuestions(data.train)).toEqual(toQuestions(makeExamples("created", 30)));
    expect(data.target).toBe(30);
    expect(data.creation?.completions.model).toBe("m");
    expect(toTrainingConditions(run, data)).toEqual({ temperature: 0.5, batchSize: 8 });
  });

  it("must be there", async () => {
    await expect(
      load("--setting tree --examples 30", makeData({ train: 40, dev: 7 })),
    ).rejects.toThrow("expected created examples; run the creator first");
  });

  it("fewer than asked for are taken with --allow-short alone, and the target stays known", async () => {
    const folder = makeData({ train: 40, dev: 7 });
    const run = await planOne("--setting tree --examples 30", folder);
    writeCreation(run, 12, 30);
    await expect(loadTrainingData(run, outside)).rejects.toThrow("run the creator first");
    const short = await load("--setting tree --examples 30 --allow-short", folder);
    expect([short.train.length, short.target]).toEqual([12, 30]);
    const held = await load("--setting tree --examples 30 --allow-short --dev created", folder);
    expect([held.train.length, held.target]).toEqual([11, 27]);
  });

  it("that are not as many as the manifest says are an error", async () => {
    const folder = makeData({ train: 40, dev: 7 });
    const run = await planOne("--setting tree --examples 30", folder);
    writeCreation(run, 30, 30, 29);
    await expect(loadTrainingData(run, outside)).rejects.toThrow(
      "expected 30 examples in created.jsonl, got 29",
    );
  });
});
