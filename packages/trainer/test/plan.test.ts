import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ExpectedError, endings, type Run, toTrainingFolder } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { plan } from "../../core/test/planning.ts";
import { checkGrid, findGrid, type TrainingTodo } from "../src/run/plan.ts";
import { trainingManifest } from "./toy-student.ts";

function toRuns(line: string): Promise<Run[]> {
  const base = "--data csqa --setting human --tune full --encoder some/model";
  return plan(`${base} --results ${tempFolder()} ${line}`);
}

function finish(run: Run, best = trainingManifest.best): void {
  const path = join(toTrainingFolder(run), endings.done);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ ...trainingManifest, best }));
}

async function readChoice(run: Run, runs: readonly Run[]) {
  return (await findGrid(run, runs)).choice;
}

describe("the choice of another seed", () => {
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
    const run = runs[1] as Run;
    const grid = await findGrid(run, runs);
    expect(grid).toEqual({ repeats: true, choice: null });
    const check = () => checkGrid({ grid } as TrainingTodo, run, runs);
    expect(check).toThrow(ExpectedError);
    expect(check).toThrow(/--grid-seeds 1: expected the choice of .*csqa human seed .*not trained/);
  });
});
