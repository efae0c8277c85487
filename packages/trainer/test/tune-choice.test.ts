import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ExpectedError, endings, type Run, toTrainingFolder } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { plan } from "../../core/test/planning.ts";
import type { TrainingManifest } from "../src/classifier/training-manifest.ts";
import { readChoice } from "../src/run/read-choice.ts";

const manifest: TrainingManifest = {
  version: 1,
  stage: "train",
  task: "mcqa_5/csqa",
  source: "human",
  seeds: { example: 1, creation: 1, train: 1 },
  data: { kind: "benchmark", verified: true },
  completions: null,
  train: { n: 10, target: 10, human: 0, labels: null },
  dev: { source: "human", n: 10, accuracy: 0.5, loss: 1, collapsed: false },
  student: { encoder: "some/model", tune: "full" },
  conditions: {},
  best: { learningRate: 2e-5, batchSize: 8, epoch: 3 },
  cut: { train: { texts: 0, tokens: 0 }, dev: { texts: 0, tokens: 0 } },
  backend: "wasm",
  settings: {},
  inputs: {},
  outputs: {},
  createdAt: "2026-01-10T09:00:00Z",
};

function toRuns(line: string): Promise<Run[]> {
  const base = "--data csqa --setting human --tune full --encoder some/model";
  return plan(`${base} --results ${tempFolder()} ${line}`);
}

function finish(run: Run, best = manifest.best): void {
  const path = join(toTrainingFolder(run), endings.done);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ ...manifest, best }));
}

describe("readChoice", () => {
  it("lets the first seeds try the grid, and gives the others the first's choice", async () => {
    const runs = await toRuns("--train-seed 1,2,3 --grid-seeds 2");
    const [first, second, third] = runs as [Run, Run, Run];
    finish(first);
    finish(second, { learningRate: 5e-6, batchSize: 4, epoch: 1 });
    expect(await readChoice(first, runs)).toBeNull();
    expect(await readChoice(second, runs)).toBeNull();
    expect(await readChoice(third, runs)).toEqual({ learningRate: 2e-5, batchSize: 8 });
  });

  it("lets all try it without the flag", async () => {
    const runs = await toRuns("--train-seed 1,2");
    for (const run of runs) expect(await readChoice(run, runs)).toBeNull();
  });

  it("takes the choice of a run of its own task and data", async () => {
    const runs = await toRuns("--data csqa,piqa --train-seed 1,2 --grid-seeds 1");
    for (const name of ["mcqa_5/csqa", "mcqa_2/piqa"]) {
      const own = runs.filter(({ task }) => task.name === name);
      expect(own).toHaveLength(2);
      finish(own[0] as Run, { learningRate: name === "mcqa_5/csqa" ? 1e-5 : 2e-5, batchSize: 8 });
    }
    const rates: [string, number | undefined][] = [];
    for (const run of runs)
      rates.push([run.task.name, (await readChoice(run, runs))?.learningRate]);
    expect(rates.filter(([, rate]) => rate !== undefined)).toEqual([
      ["mcqa_5/csqa", 1e-5],
      ["mcqa_2/piqa", 2e-5],
    ]);
  });

  it("says which run is missing", async () => {
    const runs = await toRuns("--train-seed 1,2 --grid-seeds 1");
    const error = await readChoice(runs[1] as Run, runs).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(String(error)).toMatch(
      /--grid-seeds 1: expected the choice of .*csqa human seed .*not trained/,
    );
  });
});
