import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allSettings } from "../src/data/sources.ts";
import { formats, taskNamed, tasks } from "../src/data/tasks.ts";
import { parseCommandLine } from "../src/flags/command-line.ts";
import { projectFolders } from "../src/logs/paths.ts";
import { FlagError } from "../src/messages/errors.ts";
import { toCreationFolder, toTrainingFolder } from "../src/runs/identity.ts";
import { planExperiment } from "../src/runs/plan-runs.ts";
import { type Run, toRunName } from "../src/runs/run.ts";
import { chooseShard } from "../src/runs/shard.ts";
import { key, plan, refused, type Surroundings } from "./planning.ts";
import { writeRecording } from "./recordings.ts";

describe("a replayed run", () => {
  it("has the recording's values in place of the defaults", async () => {
    const values = {
      exampleSeed: 3,
      creationSeed: 4,
      temperature: 0.7,
      numExamples: 4,
      examples: 9,
    };
    const folder = writeRecording(tempFolder(), { values });
    const [run] = await plan(`--data boolq --replay ${folder} --train-seed 8`);
    expect(run?.seeds).toEqual({ example: 3, creation: 4, train: 8 });
    expect(run?.flags).toMatchObject({ temperature: 0.7, numExamples: 4, examples: 9 });
    expect(run?.completions?.model).toBe("recorded-model");
  });

  it("may have fewer examples than were recorded", async () => {
    const folder = writeRecording(tempFolder());
    const [run] = await plan(`--data boolq --replay ${folder} --examples 7`);
    expect(run?.flags.examples).toBe(7);
  });

  it("takes the recording that fits where there are several", async () => {
    const root = tempFolder();
    for (const seed of [1, 2])
      writeRecording(join(root, `${seed}`), { values: { exampleSeed: seed, creationSeed: seed } });
    const runs = await plan(`--data boolq --replay ${root} --seed 2,1`);
    expect(runs.map(({ seeds }) => seeds.creation)).toEqual([2, 1]);
  });
});

describe("the product of tasks, settings and seeds", () => {
  async function names(line: string): Promise<string[]> {
    return (await plan(line, { env: key })).map(toRunName);
  }

  it.each<[string, string[]]>([
    ["--data creak", ["yesno_close/creak tree seed 1"]],
    ["--data creak,mcqa_5/csqa", ["yesno_close/creak tree seed 1", "mcqa_5/csqa tree seed 1"]],
    ["--data creak,yesno_close/creak", ["yesno_close/creak tree seed 1"]],
    ["--data creak --seed 1,2", ["yesno_close/creak tree seed 1", "yesno_close/creak tree seed 2"]],
    [
      "--data creak --train-seed 1,2,3",
      [
        "yesno_close/creak tree seed 1",
        "yesno_close/creak tree seed 1/1/2",
        "yesno_close/creak tree seed 1/1/3",
      ],
    ],
    [
      "--data creak --seed 1,2 --train-seed 1,2",
      [
        "yesno_close/creak tree seed 1",
        "yesno_close/creak tree seed 1/1/2",
        "yesno_close/creak tree seed 2/2/1",
        "yesno_close/creak tree seed 2",
      ],
    ],
    [
      "--data creak --example-seed 5 --creation-seed 6,7",
      ["yesno_close/creak tree seed 5/6/1", "yesno_close/creak tree seed 5/7/1"],
    ],
    [
      "--data creak,csqa --setting naive,human",
      [
        "yesno_close/creak naive seed 1",
        "yesno_close/creak human seed 1",
        "mcqa_5/csqa naive seed 1",
        "mcqa_5/csqa human seed 1",
      ],
    ],
  ])("%s", async (line, expected) => {
    expect(await names(line)).toEqual(expected);
  });

  it("--data all is the ten tasks, --setting all the five and human", async () => {
    const runs = await plan("--data all --setting all --seed 1,2", { env: key });
    expect(runs).toHaveLength(10 * 6 * 2);
    expect([...new Set(runs.map(({ task }) => task.name))]).toEqual(tasks.map(({ name }) => name));
    expect([...new Set(runs.map(({ source }) => source))]).toEqual(allSettings);
    expect(new Set(runs.map(toRunName)).size).toBe(runs.length);
  });

  it("bare boolq is the open one, and says so", async () => {
    const logged: string[] = [];
    const [run] = await plan("--data boolq", { env: key, logged });
    expect(run?.task.name).toBe("yesno_open/boolq");
    expect(logged).toEqual(["boolq means yesno_open/boolq here (not yesno_close/boolq)"]);
  });

  it.each([
    ["direct", 1, ["direct"]],
    ["all,direct", 7, [...allSettings, "direct"]],
    ["direct,tree", 2, ["direct", "tree"]],
  ])("--setting %s plans %i runs", async (setting, n, expected) => {
    const runs = await plan(`--data creak --setting ${setting}`, { env: key });
    expect(runs).toHaveLength(n);
    expect(runs.map(({ source }) => source)).toEqual(expected);
    expect(runs.find(({ source }) => source === "direct")?.completions?.kind).toBe("live");
  });

  it("direct has a run for each creation seed, and no more: it reads no other", async () => {
    const seeds = async (line: string) =>
      (await plan(`--data creak --setting direct ${line}`, { env: key })).map((run) => run.seeds);
    expect(await seeds("--train-seed 1,2,3 --example-seed 4,5")).toEqual([
      { example: 1, creation: 1, train: 1 },
    ]);
    expect(await seeds("--seed 2,3")).toEqual([
      { example: 2, creation: 2, train: 2 },
      { example: 3, creation: 3, train: 3 },
    ]);
  });

  it("human has no completions, created sources have", async () => {
    for (const run of await plan("--data creak --setting all", { env: key }))
      expect(run.completions === null).toBe(run.source === "human");
  });

  it.each([
    ["", "--data: expected tasks: one of mcqa_2/piqa, "],
    ["--data bolq", 'got "bolq"'],
    ["--data creak,bolq", 'got "bolq"'],
    ["--data all,bolq", 'got "bolq"'],
    ["--data bolq,all", 'got "bolq"'],
    ["--data yesno_open/creak", 'got "yesno_open/creak"'],
  ])("%j is refused with the tasks there are", async (line, expected) => {
    const told = await refused(line, { env: key });
    expect(told).toContain(expected);
    for (const { name } of tasks) expect(told).toContain(name);
  });
});

describe("what is trained", () => {
  const human = "--data strategyqa --setting human";

  it.each([
    ["--tune full", "--tune full: expected an encoder with weights that can be trained"],
    ["--head own", '--head: expected linear or mlp with --tune head, got "own"'],
    ["--tune full --encoder X/y --head mlp", "--head: expected own or mean with --tune full"],
    ["--head sine", "--head: expected linear or mlp or own or mean"],
    ["--batch-size 8,0", "--batch-size: expected a whole number from 1 on"],
    ["--backend cuda", "--backend: expected tfjs-node-gpu or tfjs-node or webgpu or wasm"],
  ])("%s is refused", async (words, message) => {
    await expect(plan(`${human} ${words}`)).rejects.toThrow(message);
  });

  it.each([
    ["--epochs 3 --freeze 1", ["--epochs", "--freeze"]],
    ["--tune full --encoder X/y --features pair --epochs 3", ["--features"]],
    ["--head mlp --epochs 3", []],
    ["--max-length 64", []],
  ])("%s tells of the flags that no run reads", async (words, unread) => {
    const logged: string[] = [];
    await plan(`${human} ${words}`, { logged });
    expect(logged).toEqual(unread.map((flag) => `${flag} is read by none of these runs`));
  });
});

describe("the repository's experiments", () => {
  const files = existsSync(projectFolders.experiments)
    ? readdirSync(projectFolders.experiments)
    : [];
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(readFileSync(join(projectFolders.experiments, `${name}.json`), "utf8"));

  const names = files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -5));

  const planNamed = async (name: string, words: string[] = []): Promise<Run[]> => {
    const asked = await parseCommandLine(["--experiment", name, ...words], read);
    if (asked === null) throw new Error("expected runs");
    const told = asked.about?.length ?? 0;
    expect(told).toBeGreaterThan(20);
    return planExperiment(asked, { env: key, fetch, log: () => {} });
  };

  it.each(names)(
    "%s is good sets of flags that plan runs, and says what it is about",
    async (name) => {
      expect((await planNamed(name)).length).toBeGreaterThan(0);
    },
  );

  it.each([
    ["table3", 10 * 5],
    ["table4", 10 * 5],
    ["table5", 10 * 5],
    ["figure5", 5 * 10],
    ["table3-small", 10 * 6],
    ["figure5-small", 6 * 10],
    ["dev-free", 10 * 6],
  ])("%s has %i runs a seed", async (name, n) => {
    expect(await planNamed(name, ["--seed", "1"])).toHaveLength(n);
  });

  it.each(["table3", "table4", "table5", "figure5"])(
    "%s is in the paper's conditions",
    async (name) => {
      for (const { flags, source } of await planNamed(name)) {
        expect(source).not.toBe("naive");
        expect(flags).toMatchObject({
          instruction: "original",
          replies: "strict",
          encoder: "FacebookAI/roberta-large",
          tune: "full",
          recipe: "paper",
          dev: "human",
          examples: null,
        });
      }
    },
  );

  it("figure5 is RiddleSense by the first tenths of what is trained on", async () => {
    const runs = await planNamed("figure5");
    expect(new Set(runs.map(({ task }) => task.name))).toEqual(new Set(["mcqa_5/riddle_sense"]));
    expect(
      runs.filter(({ source }) => source === "tree").map(({ flags }) => flags.fraction),
    ).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(runs.every(({ flags }) => flags.fractionBy === "prefix")).toBe(true);
  });

  it("controls has the creator's own answers, shuffled labels and cut inputs beside what they control", async () => {
    const runs = await planNamed("controls", ["--data", "csqa,yesno_open/boolq"]);
    const has = (task: string) =>
      new Set(
        runs
          .filter((run) => run.task.name.endsWith(task))
          .map(({ source, flags }) => [source, flags.labels, flags.input].join(" ")),
      );
    const common = ["human true full", "tree true full", "direct true full"];
    const shuffled = ["human shuffled full", "tree shuffled full"];
    expect(has("csqa")).toEqual(
      new Set([...common, ...shuffled, "human true options", "tree true options"]),
    );
    expect(has("boolq")).toEqual(
      new Set([...common, ...shuffled, "human true question", "tree true question"]),
    );
  });

  it("says of a flag that no grid of it reads, and of none that one does", async () => {
    const told = async (words: string[]) => {
      const logged: string[] = [];
      const asked = await parseCommandLine(
        ["--experiment", "controls", "--data", "csqa", ...words],
        read,
      );
      if (asked === null) throw new Error("expected runs");
      await planExperiment(asked, { env: key, fetch, log: (line) => logged.push(line) });
      return logged.filter((line) => line.includes("is read by none"));
    };
    expect(await told(["--train-seed", "1,2"])).toEqual([]);
    expect(await told(["--clip", "2"])).toEqual(["--clip is read by none of these runs"]);
  });

  it.each([
    ["sensitivity", 3],
    ["table3-small", 6],
    ["dev-free", 6],
    ["controls", 19],
  ])(
    "%s runs on the sample by itself, its recordings' values in place of its own",
    async (name, n) => {
      const runs = await planNamed(name, ["--data", "boolq", "--sample"]);
      expect(runs).toHaveLength(n);
      for (const { source, seeds, flags } of runs)
        if (source === "tree") {
          expect(seeds).toMatchObject({ example: 1, creation: 1 });
          expect(flags.examples).toBe(44);
        }
      for (const words of ["--examples 50", "--creation-seed 2"])
        if (name === "sensitivity")
          await expect(
            planNamed(name, ["--data", "boolq", "--sample", ...words.split(" ")]),
          ).rejects.toThrow("contradicts the recording");
    },
  );

  it("what it says of itself ends with what was given over it", async () => {
    const about = async (line: string) =>
      (await parseCommandLine(["--experiment", "dev-free", ...line.split(" ")], read))?.about;
    expect(await about("--examples 40 --encoder use-lite --concurrency 2")).toMatch(
      /\. Given over it: --examples 40 --encoder use-lite\.$/,
    );
    expect(await about("--dry-run")).not.toContain("Given over it");
  });

  it("tells once what the numbers of a run's seeds are", async () => {
    const logged: string[] = [];
    const asked = await parseCommandLine(
      ["--experiment", "sensitivity", "--data", "boolq", "--sample"],
      read,
    );
    if (asked === null) throw new Error("expected runs");
    await planExperiment(asked, { env: {}, fetch, log: (line) => logged.push(line) });
    expect(logged).toContain("seeds such as 1/1/2: formatting example, creation, training");
  });

  it("sensitivity crosses the three seeds", async () => {
    const runs = await planNamed("sensitivity", ["--data", "creak"]);
    const seeds = runs.map(({ seeds }) => `${seeds.example} ${seeds.creation} ${seeds.train}`);
    expect(new Set(seeds).size).toBe(27);
    expect(runs).toHaveLength(27);
  });
});

const env = key;

async function left(line: string) {
  const logged: string[] = [];
  const runs = await plan(line, { env, logged });
  return { names: runs.map(({ task }) => task.name), logged };
}

describe("--input", () => {
  it.each([
    ["options", "csqa,creak,piqa", ["mcqa_5/csqa", "mcqa_2/piqa"], "yesno_close/creak"],
    ["question", "yesno_open/boolq,csqa", ["yesno_open/boolq"], "mcqa_5/csqa"],
  ])("%s of %s is for %j alone, and says so", async (input, data, names, out) => {
    const plan = await left(`--data ${data} --setting human --input ${input}`);
    expect(plan.names).toEqual(names);
    expect(plan.logged).toEqual([
      expect.stringMatching(new RegExp(`^--input ${input}: ${out} is left out, `)),
    ]);
  });

  it("leaves out nothing at its default", async () => {
    expect((await left("--data csqa,creak")).names).toHaveLength(2);
  });

  it("is refused where it would tell nothing of any task", async () => {
    await expect(left("--data creak --input options")).rejects.toThrow(FlagError);
    await expect(left("--data creak,csqa --input question")).rejects.toThrow(
      "expected runs, but all are left out",
    );
  });
});

/** The runs of each of n machines. */
async function toParts(line: string, n: number): Promise<Run[][]> {
  const parts = Array.from({ length: n }, (_, i) => plan(`${line} --shard ${i + 1}/${n}`, { env }));
  return Promise.all(parts);
}

function toFolders(runs: readonly Run[]): string[] {
  return runs.map(toTrainingFolder);
}

const wide = "--data all --setting all,direct --examples 100 --seed 1,2 --model m";

describe("--shard", () => {
  it("1/1 is everything, in the order of a run without it", async () => {
    const [part] = await toParts(wide, 1);
    expect(toFolders(part ?? [])).toEqual(toFolders(await plan(wide, { env })));
  });

  it.each([2, 3, 7])("of %i: every run once, each part in the plan's order", async (n) => {
    const all = toFolders(await plan(wide, { env }));
    const parts = (await toParts(wide, n)).map(toFolders);
    expect(parts.flat().sort()).toEqual([...all].sort());
    for (const part of parts) expect(part).toEqual(all.filter((run) => part.includes(run)));
  });

  it("leaves runs that share a creation on one machine, and direct's too", async () => {
    const line = `--data csqa,creak --setting tree,random,direct,human --train-seed 1,2,3 --creation-seed 4,5 --model m`;
    const parts = await toParts(line, 3);
    const where = new Map<string, number>();
    for (const [machine, runs] of parts.entries())
      for (const run of runs) {
        const shared = run.source === "direct" ? `direct ${run.seeds.creation}` : null;
        const key = run.completions ? (shared ?? toCreationFolder(run)) : toTrainingFolder(run);
        expect(where.get(key) ?? machine).toBe(machine);
        where.set(key, machine);
      }
  });

  it("leaves runs of which one repeats another's choice on one machine", async () => {
    const line =
      "--data csqa,creak --setting human,tree --seed 1,2,3 --tune full --encoder X/y --model m";
    for (const part of await toParts(`${line} --grid-seeds 1`, 3)) {
      const seeds = new Map<string, number>();
      for (const { task, source } of part) {
        const key = `${task.name} ${source}`;
        seeds.set(key, (seeds.get(key) ?? 0) + 1);
      }
      expect([...seeds.values()].every((n) => n === 3)).toBe(true);
    }
  });

  it("gives no part more than its share and one group", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), async (n) => {
        const parts = await toParts("--data all --setting all --model m", n);
        const sizes = parts.map((runs) =>
          runs.reduce((sum, { task }) => sum + (task.trainSize ?? 0), 0),
        );
        const all = sizes.reduce((sum, size) => sum + size, 0);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(all / n + 14_113);
      }),
      { numRuns: 9 },
    );
  });

  it("of more machines than there is to do leaves some without runs", async () => {
    const runs = await plan("--data creak --setting human", { env });
    expect(chooseShard(runs, { index: 1, of: 5 })).toEqual(runs);
    expect(chooseShard(runs, { index: 5, of: 5 })).toEqual([]);
  });
});

describe("the test sets of a run", () => {
  async function testsOf(line: string, around: Surroundings = {}): Promise<string[]> {
    const [run] = await plan(line, { env: key, ...around });
    return (run?.tests ?? []).map(({ name }) => name);
  }

  it.each<[string, string[]]>([
    ["--data csqa", ["mcqa_5/csqa", "mcqa_5/riddle_sense"]],
    ["--data pubmedqa", ["yesno_open/pubmedqa", "yesno_open/boolq", "yesno_open/bioasq"]],
    ["--data yesno_close/boolq", ["yesno_close/boolq"]],
    ["--data yesno_close/boolq --test-on creak", ["yesno_close/boolq", "yesno_close/creak"]],
    ["--data yesno_close/boolq --test-on boolq", ["yesno_close/boolq", "yesno_open/boolq"]],
    ["--data csqa --test-on riddle_sense,csqa", ["mcqa_5/csqa", "mcqa_5/riddle_sense"]],
    ["--data csqa --test-on piqa", ["mcqa_5/csqa", "mcqa_5/riddle_sense", "mcqa_2/piqa"]],
  ])(
    "%s: in-domain first, then partners, then what is added, each once",
    async (line, expected) => {
      expect(await testsOf(line)).toEqual(expected);
    },
  );

  it("may be a folder, which then has the task's own format and no partners", async () => {
    const folder = tempFolder({ "test.jsonl": "" });
    const [run] = await plan(`--data csqa --test-on ${folder}`, { env: key });
    expect(run?.tests.at(-1)).toEqual({
      name: folder,
      folder,
      fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/),
      ...formats.mcqa_5,
      trainSize: null,
      partners: [],
    });
  });

  it("may be a folder by its name alone; a task of that name comes first", async () => {
    const home = tempFolder({ "mine/test.jsonl": "", "creak/test.jsonl": "" });
    const env = { ...key, TURBO_INVOCATION_DIR: home };
    const line = "--data strategyqa --test-on";
    const last = async (name: string) => (await plan(`${line} ${name}`, { env }))[0]?.tests.at(-1);
    expect(await last("mine")).toMatchObject({ name: "mine", folder: join(home, "mine") });
    expect(await last("./creak")).toMatchObject({ name: "./creak", folder: join(home, "creak") });
    expect(await last("creak")).toEqual(taskNamed("yesno_close/creak"));
  });

  it("has a folder once, however it is written", async () => {
    const home = tempFolder({ "mine/test.jsonl": "" });
    const env = { ...key, TURBO_INVOCATION_DIR: home };
    const names = await testsOf(`--data yesno_close/boolq --test-on mine,./mine,${home}/mine`, {
      env,
    });
    expect(names).toEqual(["yesno_close/boolq", "mine"]);
  });

  it.each([
    [
      "--data csqa --test-on creak",
      '--test-on yesno_close/creak: a classifier of mcqa_5/csqa cannot answer it (2 options ["True", "False"] against 5 options)',
    ],
    ["--data creak,csqa --test-on strategyqa", "a classifier of mcqa_5/csqa cannot answer it"],
    ["--data creak --test-on nothing", "--test-on: expected one of mcqa_2/piqa"],
    [
      "--data creak --test-on ./nothing",
      "--test-on: expected a task or a folder with a test.jsonl, got ./nothing",
    ],
    ["--data creak --test-on TEMP", "--test-on: expected a task or a folder with a test.jsonl"],
  ])("%s is refused", async (line, expected) => {
    expect(await refused(line.replace("TEMP", tempFolder()), { env: key })).toContain(expected);
  });

  it("--test-on all is refused without proposing it", async () => {
    const told = await refused("--data creak --test-on all", { env: key });
    expect(told).toContain('got "all"');
    expect(told).not.toContain("or all");
  });
});
