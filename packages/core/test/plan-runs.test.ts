import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { allSettings } from "../src/data/sources.ts";
import { formats, taskNamed, tasks } from "../src/data/tasks.ts";
import { FlagError } from "../src/messages/errors.ts";
import { type Run, toCreationFolder, toRunName } from "../src/runs/run.ts";
import { key, plan, refused, type Surroundings } from "./planning.ts";
import { writeRecording } from "./recordings.ts";

describe("tasks of one name", () => {
  const toTask = (name: string, label: string) => ({
    [`${name}/reviews/task.json`]: '{"options":["yes","no"]}',
    [`${name}/reviews/train.jsonl`]: "",
    [`${name}/reviews/example.json`]: JSON.stringify({
      question: "Is it?",
      options: ["yes", "no"],
      label,
    }),
  });

  it("are refused where their results would be the same", async () => {
    const home = tempFolder({ ...toTask("a", "yes"), ...toTask("b", "yes"), ...toTask("c", "no") });
    const flags = (one: string, other: string) =>
      `--data ${home}/${one}/reviews,${home}/${other}/reviews --setting human`;
    expect(await refused(flags("a", "b"))).toContain(
      `--data: ${home}/a/reviews and ${home}/b/reviews have the same name, example and labels`,
    );
    expect(await plan(flags("a", "a"))).toHaveLength(1);
    expect(await plan(flags("a", "c"))).toHaveLength(2);
  });
});

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

it.each([
  ["--keep 0.3", "--keep: expected --select coverage or --select random with it"],
  ["--select random", "--select random: expected --keep with the fraction that is kept"],
  ["--select coverage --keep 0", "--keep: expected a number above 0, 1 at most"],
  ["--select best --keep 0.3", "--select: expected coverage or random"],
  [
    "--select coverage --keep 0.3 --select-encoder bag-of-words",
    "--select-encoder: expected an encoder that knows texts beforehand",
  ],
])("%s is refused", async (words, message) => {
  expect(await refused(`--data creak --setting human ${words}`)).toContain(message);
});

describe("the product of tasks, settings and seeds", () => {
  async function names(line: string): Promise<string[]> {
    return (await plan(line, { env: key })).map(toRunName);
  }

  it.each<[string, string[]]>([
    ["--data creak", ["yesno_close/creak tree seed 1"]],
    ["--data banking,creak", ["banking tree seed 1", "yesno_close/creak tree seed 1"]],
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
    ["--runtime tfjs", "--runtime tfjs: expected an encoder in the hub's layout, got use-lite"],
    ["--tune full --runtime tfjs", "--tune full: expected an encoder with weights"],
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

const env = key;

async function left(line: string) {
  const logged: string[] = [];
  const runs = await plan(line, { env, logged });
  return { names: runs.map(({ task }) => task.name), logged };
}

describe("a label check", () => {
  const line = "--data creak --model m";

  it.each([
    ["--verify 3 --relabel", "--relabel 1: expected --verify 1 or none, got --verify 3"],
    ["--labels soft", "--labels soft: expected answers to learn from: --relabel 3 or --verify 3"],
    ["--labels soft --verify 2", "; got 2 an example"],
    ["--labels answered", "--labels answered: expected answers that are stored: --verify 1"],
    ["--labels soft --answers letters", "; got 0 an example"],
    ["--verify 2 --answers letters", "--answers letters: expected --relabel or --verify 1, got 2"],
    ["--relabel --answers letters --batch", "expected a server that is asked at once, got --batch"],
    ["--answers letters", "--answers letters: expected answers that check labels: give --relabel"],
    ["--min-agreement 0.5", "--min-agreement 0.5: expected answers that check labels: give"],
    ["--setting tree,direct --verify-model n", "--verify-model n: expected answers that check"],
  ])("%s is refused", async (words, message) => {
    await expect(plan(`${line} ${words}`, { env: key })).rejects.toThrow(message);
  });

  it.each(["--relabel 3 --verify 3", "--labels soft --relabel 3", "--labels soft --verify 5"])(
    "%s is taken",
    async (words) => {
      expect(await plan(`${line} ${words}`, { env: key })).toHaveLength(1);
    },
  );

  const ownTask = () =>
    tempFolder({
      "task.json": '{"options":["yes","no"]}',
      "example.json": '{"question":"Is it?","options":["yes","no"],"label":"yes"}',
      "train.jsonl": "",
      "test.jsonl": "",
    });
  const relabelOf = async (line: string) =>
    (await plan(`${line} --model m --baselines off`, { env: key })).map(
      ({ flags }) => flags.relabel,
    );

  it.each([
    ["", [1]],
    ["--setting tree,human,direct", [1, "off", "off"]],
    ["--answers letters --min-agreement 0.5", [1]],
    ["--relabel 3", [3]],
    ["--relabel off", ["off"]],
    ["--verify 3", ["off"]],
    ["--verify 3 --relabel 3", [3]],
  ])("of an own task decides by default: %s", async (words, expected) => {
    expect(await relabelOf(`--data ${ownTask()} ${words}`)).toEqual(expected);
  });

  it("decides nothing by default where it never did: of a file, a benchmark, options that vary", async () => {
    const made = tempFolder({ "made.jsonl": '{"question":"Is it not?","label":"no"}' });
    expect(await relabelOf(`--data ${ownTask()} --created ${made}/made.jsonl`)).toEqual(["off"]);
    expect(await relabelOf("--data creak,csqa")).toEqual(["off", "off"]);
    const varying = tempFolder({
      "task.json": '{"options":"varying"}',
      "example.json": '{"question":"Which?","options":["a cat","a dog"],"label":"a cat"}',
    });
    expect(await relabelOf(`--data ${varying}`)).toEqual(["off"]);
  });

  it("of a creation that was begun with its labels as created stays so, and says so, unless it is asked for", async () => {
    const folder = ownTask();
    const line = `--data ${folder} --results ${tempFolder()} --baselines off`;
    const logged: string[] = [];
    const planned = async (words = "") => {
      const [run] = await plan(`${line} --model m ${words}`, { env: key, logged });
      return { relabel: run?.flags.relabel, folder: toCreationFolder(run as Run) };
    };
    const [asCreated, relabelled] = [await planned("--relabel off"), await planned("--relabel")];
    const begin = ({ folder }: typeof asCreated) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "flags.json"), "{}");
    };
    expect(await planned()).toEqual(relabelled);
    expect(logged).toEqual([]);
    begin(asCreated);
    expect(await planned()).toEqual(asCreated);
    expect(logged).toEqual([
      "1 creation was begun with labels as created and keeps them; --relabel makes the model's blind answers labels, in a creation of its own",
    ]);
    expect(await planned("--relabel")).toEqual(relabelled);
    begin(relabelled);
    expect(await planned()).toEqual(relabelled);
    expect(logged).toHaveLength(1);
  });

  it("of a replay is the recording's, and --answers contradict it", async () => {
    const folder = ownTask();
    const mark = (await plan(`--data ${folder} --model m`, { env: key }))[0]?.task.fingerprint;
    const made = { task: basename(folder), data: "own" as const, ...(mark && { mark }) };
    const without = writeRecording(tempFolder(), made);
    const line = `--data ${folder} --baselines off --replay`;
    for (const words of ["", "--relabel auto"])
      expect((await plan(`${line} ${without} ${words}`))[0]?.flags.relabel).toBe("off");
    expect(await refused(`${line} ${without} --answers letters`)).toContain(
      "--answers letters: exp",
    );
    expect(await refused(`${line} ${without} --relabel`)).toContain("--relabel 1 contradicts");
    const answered = writeRecording(tempFolder(), { ...made, values: { relabel: 3 } });
    expect((await plan(`${line} ${answered}`))[0]?.flags.relabel).toBe(3);
    for (const words of ["--answers letters", "--verify 3", "--relabel off"])
      expect(await refused(`${line} ${answered} ${words}`)).toContain(
        `${words} contradicts the recording`,
      );
  });

  it("with --labels soft leaves human labels out", async () => {
    const { logged } = await left(`${line} --setting tree,human --labels soft --relabel 3`);
    expect(logged).toContain("--labels soft: human is left out, its labels have no blind answers");
  });
});

describe("--tokens", () => {
  const line = "--data creak --model m --tokens 5000";
  const tokensOf = async (words: string) => {
    const runs = await plan(`${line} ${words}`, { env: key });
    return runs.map(({ flags }) => [flags.examples, flags.tokens]);
  };

  it("is a target beside --examples, or alone, for own tasks too", async () => {
    expect(await tokensOf("")).toEqual([[null, 5000]]);
    expect(await tokensOf("--examples 60 --setting tree,human --balance")).toEqual([
      [60, 5000],
      [60, 5000],
    ]);
    const own = tempFolder({
      "task.json": '{"options":["yes","no"]}',
      "example.json": '{"question":"Is it?","options":["yes","no"],"label":"yes"}',
    });
    expect(await tokensOf(`--data ${own} --baselines off`)).toEqual([[null, 5000]]);
  });

  it.each([
    ["--setting tree,human", "--setting human: expected --examples N beside --tokens"],
    ["--balance", "--balance: expected --examples N beside --tokens"],
  ])("%s is refused without a number of examples", async (words, message) => {
    await expect(plan(`${line} ${words}`, { env: key })).rejects.toThrow(message);
  });

  it("names a creation, live or replayed, and nothing else", async () => {
    const folderOf = async (words: string) => {
      const [run] = await plan(`--data creak ${words}`, { env: key });
      return run && toCreationFolder(run);
    };
    const recorded = writeRecording(tempFolder(), { task: "yesno_close/creak" });
    for (const who of ["--model m --examples 40", `--replay ${recorded}`]) {
      const all = ["", "--tokens 900", "--tokens 800"].map((words) => folderOf(`${who} ${words}`));
      expect(new Set(await Promise.all(all)).size).toBe(3);
    }
    const human = "--setting human --examples 9 --model m";
    expect(await folderOf(`${human} --tokens 900`)).toBe(await folderOf(human));
  });
});

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
      "--test-on: expected a task or a folder with a test split, got ./nothing",
    ],
    ["--data creak --test-on TEMP", "--test-on: expected a task or a folder with a test split"],
  ])("%s is refused", async (line, expected) => {
    expect(await refused(line.replace("TEMP", tempFolder()), { env: key })).toContain(expected);
  });

  it("--test-on all is refused without proposing it", async () => {
    const told = await refused("--data creak --test-on all", { env: key });
    expect(told).toContain('got "all"');
    expect(told).not.toContain("or all");
  });
});
