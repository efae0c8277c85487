import { appendFileSync, cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  type Context,
  endings,
  type Run,
  toAnswersFolder,
  toTrainingFolder,
} from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { plan } from "../../core/test/planning.ts";
import { printEvaluationPlan } from "../src/run/eval-stage.ts";
import { planEvaluations } from "../src/run/plan-evaluations.ts";

const fixture = join(import.meta.dirname, "fixtures/results-f62f4f1");

/** A user's folder: a task of two test sets and its results, in which tree, human and direct are done. */
let home: string;

beforeEach(() => {
  home = tempFolder();
  for (const name of ["reviews", "reviews-elsewhere", "results"])
    cpSync(join(fixture, name), join(home, name), {
      recursive: true,
      filter: (path) => !path.endsWith("yesno_open-boolq"),
    });
});

const context = (lines: string[] = []): Context => ({
  env: {},
  fetch: () => Promise.reject(new Error("this test has no network")),
  log: (line) => lines.push(line),
  panel: null,
  onInterrupt: () => () => {},
});

async function planRun(setting: string): Promise<Run> {
  const line = `--data ${home}/reviews --setting ${setting} --model test-model --examples 20 --class-weights none --names off --penalty accuracy --dev created --calibration none --baselines off`;
  const human = line.replace(" --examples 20", "");
  const env = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
  const words = `${setting === "human" ? human : line} --results ${home}/results`;
  const [run] = await plan(words, { env });
  if (!run) throw new Error("expected a run");
  return run;
}

const readStates = async (run: Run) =>
  (await planEvaluations(run, context())).evaluations.map(({ state }) => state);

describe("an evaluation's plan", () => {
  test.each(["tree", "direct"])("%s: done", async (setting) => {
    expect(await readStates(await planRun(setting))).toEqual(["done", "done"]);
  });

  test("to do where the classifier's weights are others than those that were evaluated", async () => {
    const run = await planRun("tree");
    appendFileSync(join(toTrainingFolder(run), "classifier/model.safetensors"), "x");
    expect(await readStates(run)).toEqual(["todo", "todo"]);
  });

  test("to do where the test file is another", async () => {
    appendFileSync(join(home, "reviews/test.jsonl"), "\n");
    expect(await readStates(await planRun("tree"))).toEqual(["todo", "done"]);
  });

  test("cannot start without a test file, which is no failure where a partner's is not there", async () => {
    const run = await planRun("tree");
    rmSync(join(home, "reviews-elsewhere/test.jsonl"));
    rmSync(join(home, "reviews/test.jsonl"));
    expect((await planEvaluations(run, context())).evaluations).toMatchObject([
      {
        state: "cannot start",
        error: expect.objectContaining({
          message: `expected the test split of reviews at ${home}/reviews/test.jsonl`,
        }),
      },
      { state: "absent", why: expect.stringContaining("no test split") },
    ]);
  });

  test("waiting for a training, and for the answers to each test set", async () => {
    const run = await planRun("tree");
    rmSync(join(toTrainingFolder(run), endings.done));
    expect(await planEvaluations(run, context())).toMatchObject({
      predictor: null,
      evaluations: [{ state: "waiting" }, { state: "waiting" }],
    });
    const direct = await planRun("direct");
    const [first, second] = direct.tests as [Run["task"], Run["task"]];
    rmSync(join(toAnswersFolder(direct, first), endings.done));
    expect(await readStates(direct)).toEqual(["waiting", "done"]);
    rmSync(join(toAnswersFolder(direct, second), endings.done));
    expect(await readStates(direct)).toEqual(["waiting", "waiting"]);
  });
});

test("a dry run counts each state, and says why what cannot start cannot", async () => {
  const runs = [await planRun("tree"), await planRun("direct"), await planRun("human")];
  const print = async () => {
    const lines: string[] = [];
    await printEvaluationPlan(runs, context(lines));
    return lines;
  };
  const end = "; a run on a test set each";
  // The fixture's human run was of 20 examples too; this one is another.
  const some = "2 to do (2 wait for a classifier or answers), 4 done";
  expect(await print()).toEqual([`Total, evaluation: ${some}${end}`]);
  appendFileSync(join(toTrainingFolder(runs[0] as Run), "classifier/model.safetensors"), "x");
  const more = "4 to do (2 wait for a classifier or answers), 2 done";
  expect(await print()).toEqual([`Total, evaluation: ${more}${end}`]);
  rmSync(join(home, "reviews/test.jsonl"));
  const why = `cannot start: expected the test split of reviews at ${home}/reviews/test.jsonl`;
  expect(await print()).toEqual([
    `reviews tree seed 1 on reviews: ${why}`,
    `reviews direct seed 1 on reviews: ${why}`,
    `reviews human seed 1 on reviews: ${why}`,
    `Total, evaluation: 2 to do (1 wait for a classifier or answers), 1 done, 3 cannot start${end}`,
  ]);
});

test("a dry run counts what no classifier can be trained for as what cannot start", async () => {
  const run = await planRun("human");
  rmSync(join(home, "reviews/train.jsonl"));
  const lines: string[] = [];
  await printEvaluationPlan([run], context(lines));
  const counts = "0 to do, 0 done, 2 cannot start";
  expect(lines).toEqual([`Total, evaluation: ${counts}; a run on a test set each`]);
});
