import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Context,
  endings,
  FlagError,
  type Run,
  toCreationFolder,
  toExamplesJsonl,
  toTrainingFolder,
  writeEnding,
} from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { plan, server } from "../../core/test/planning.ts";
import { findGrid, planOffline, planTraining } from "../src/run/plan.ts";
import { renderUntrained, trainRun } from "../src/run/train-run.ts";
import { makeExamples, writeCreation } from "./creations.ts";
import { toyClaims, toyTask, trainingManifest } from "./toy-student.ts";

function toRuns(line: string): Promise<Run[]> {
  const base = "--data csqa --setting human --tune full --encoder some/model";
  return plan(`${base} --results ${tempFolder()} ${line}`);
}

function finish(run: Run, best = trainingManifest.best, inputs = trainingManifest.inputs): void {
  const path = join(toTrainingFolder(run), endings.done);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ ...trainingManifest, best, inputs }));
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

  it("knows which run is missing", async () => {
    const runs = await toRuns("--train-seed 1,2 --grid-seeds 1");
    expect(await findGrid(runs[1] as Run, runs)).toEqual({
      repeats: runs[0],
      choice: null,
      name: null,
    });
  });
});

describe("the plan of a training", () => {
  const folder = () =>
    tempFolder({
      "yesno_close/creak/train.jsonl": toExamplesJsonl(toyClaims(20, 1)),
      "yesno_close/creak/dev.jsonl": toExamplesJsonl(toyClaims(6, 2)),
    });
  const deps = {
    log() {},
    fetch: () => Promise.reject(new Error("this test has no network")),
  };
  const context: Context = { ...deps, env: {}, panel: null, onInterrupt: () => () => {} };
  const planOne = async (line: string, data = folder()) => {
    const task = line.includes("--data ") ? "" : "--data creak";
    const flags = `${task} --data-dir ${data} --results ${tempFolder()} --examples 12 ${line}`;
    const [run] = await plan(flags, { env: server });
    return run as Run;
  };

  it("is none where nothing is trained", async () => {
    const run = await planOne("--setting direct --model m");
    await trainRun(run, [run], context);
    expect(existsSync(toTrainingFolder(run))).toBe(false);
  });

  it("is to do with its data and their hashes, and done once a manifest names the same", async () => {
    const run = await planOne("--setting human");
    const todo = await planTraining(run, [run], deps);
    if (todo.state !== "todo") throw new Error(`expected todo, got ${todo.state}`);
    expect([todo.data.train.length, todo.data.dev.length]).toEqual([12, 6]);
    finish(run, {}, todo.inputs);
    expect(await planTraining(run, [run], deps)).toEqual({ state: "done" });
    finish(run, {}, { ...todo.inputs, dev: "another" });
    expect(await planTraining(run, [run], deps)).toMatchObject({ state: "todo" });
  });

  it("waits for a creation that is not there; the run says so", async () => {
    const run = await planOne("--setting tree --model m");
    expect(await planTraining(run, [run], deps)).toMatchObject({ state: "waits", for: "creation" });
    await expect(trainRun(run, [run], context)).rejects.toThrow(
      "expected created examples; run the creator first",
    );
  });

  it("waits for a creation that failed, which has said so itself", async () => {
    const run = await planOne("--setting tree --model m");
    writeEnding(toCreationFolder(run), "failed", { error: "no reply", at: "2026-11-29" });
    const waits = { state: "waits", for: "failed creation" };
    expect(await planTraining(run, [run], deps)).toMatchObject(waits);
    await trainRun(run, [run], context);
  });

  it.each([
    ["", /of "True": give examples of the others, or create with --balance, or --names on, /],
    ["--balance --head mlp", /of "True": give examples of the others$/],
  ])(
    "of created examples with one label cannot start, and says what helps: %s",
    async (line, help) => {
      const examples = makeExamples("created", 12).map((one) => ({ ...one, label: 0 }));
      const data = tempFolder({
        "task.json": '{"options": ["True", "False"]}',
        "example.json": toExamplesJsonl(examples.slice(0, 1)),
      });
      const run = await planOne(`--data ${data} --setting tree --model m --names off ${line}`);
      writeCreation(run, 12, 12, { examples });
      const planned = await planTraining(run, [run], deps);
      expect(planned.state === "cannot start" && planned.error.message).toMatch(help);
    },
  );

  it("waits for a download when it may not download", async () => {
    const run = await planOne("--setting human", tempFolder());
    run.data.download = true;
    const waits = { state: "waits", for: "download" };
    expect(await planOffline(run, [run], deps)).toMatchObject(waits);
  });
});

describe("a label in another form", () => {
  it.each(["train", "dev", "test"])(
    "in the %s split is named by file, line and code points before anything is started",
    async (split) => {
      const task = toyTask();
      const line = toExamplesJsonl(toyClaims(1));
      const changed = line.replace('"False"]', '"False\u200b"]');
      expect(changed).not.toBe(line);
      writeFileSync(join(task, `${split}.jsonl`), line + changed);
      await expect(
        plan(`--data ${task} --setting human --results ${tempFolder()}`),
      ).rejects.toThrow(
        new FlagError(
          `--data ${task}: ${join(task, split)}.jsonl:2: expected the options ["True", "False"] of claims, got ["True", "False\u200b"]; "False\u200b" has U+200B where "False" has nothing, at letter 6`,
        ),
      );
    },
  );
});

describe("labels of the dev split that nothing was trained on", () => {
  const claim = (option: string) => ({
    question: "q",
    context: null,
    options: ["a", "b", "c"],
    label: ["a", "b", "c"].indexOf(option),
  });

  it.each<[train: string, dev: string, said: string | null]>([
    ["abc", "abc", null],
    ["ab", "c", '1 of 1 dev example with labels that no training example has, ["c"]: '],
    ["a", "bcab", '3 of 4 dev examples with labels that no training example has, ["b", "c"]: '],
  ])("%s, %s: are said", (train, dev, said) => {
    const data = { train: [...train].map(claim), dev: [...dev].map(claim) };
    const line = renderUntrained(data);
    if (said === null) expect(line).toBeNull();
    else expect(line).toContain(said);
  });
});
