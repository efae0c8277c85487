import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { sampleMarker } from "../src/data/benchmark.ts";
import { createdSettings, sources } from "../src/data/settings.ts";
import { formats, taskNamed, tasks } from "../src/data/tasks.ts";
import { FlagError, toMessage } from "../src/errors.ts";
import { parseCommandLine } from "../src/flags/command-line.ts";
import { places, repository } from "../src/flags/paths.ts";
import { redact } from "../src/redact.ts";
import { planExperiment } from "../src/runs/plan-experiment.ts";
import type { Run } from "../src/runs/runs.ts";
import { toRunName } from "../src/runs/runs.ts";
import { openServer } from "./local-server.ts";
import { plan, type Surroundings } from "./planning.ts";
import { writeRecording } from "./recordings.ts";
import { tempFolder } from "./temp-folder.ts";

const key = { OPENAI_API_KEY: "sk-secret-0123456789" };
const server = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };

/** Stands in for data/recordings: the five settings of open BoolQ, made on the sample. */
function bundle(): string {
  const before = places.recordings;
  onTestFinished(() => {
    places.recordings = before;
  });
  places.recordings = tempFolder();
  for (const setting of createdSettings)
    writeRecording(join(places.recordings, setting), { setting, data: "sample" });
  return places.recordings;
}

async function refused(line: string, around: Surroundings = {}): Promise<string> {
  const error = await plan(line, around).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FlagError);
  expect(toMessage(error)).not.toMatch(/\n/);
  return toMessage(error);
}

describe("which data and whose replies", () => {
  it.each<[string, object, string, string, (string | null)[]]>([
    ["nothing set", {}, "--data boolq", "sample", ["sample"]],
    [
      "nothing set, human beside created",
      {},
      "--data boolq --setting tree,human",
      "sample",
      ["sample", null],
    ],
    ["nothing set, human alone", {}, "--data csqa --setting human", "benchmark", [null]],
    ["a key", key, "--data boolq", "benchmark", ["live"]],
    [
      "a key, human beside created",
      key,
      "--data boolq --setting human,naive",
      "benchmark",
      [null, "live"],
    ],
    ["a key, human alone", key, "--data boolq --setting human", "benchmark", [null]],
    ["a server and --model", server, "--data boolq --model m", "benchmark", ["live"]],
    [
      "an empty key and base URL",
      { OPENAI_API_KEY: "", OPENAI_BASE_URL: "" },
      "--data boolq",
      "sample",
      ["sample"],
    ],
    ["--sample beside a key", key, "--data boolq --sample", "sample", ["sample"]],
    ["--sample beside a server", server, "--data boolq --sample", "sample", ["sample"]],
    ["--sample and human alone", key, "--data boolq --sample --setting human", "sample", [null]],
  ])("with %s", async (_, env, line, data, kinds) => {
    bundle();
    const runs = await plan(line, { env: env as Record<string, string> });
    expect(runs.map((run) => run.data.kind)).toEqual(kinds.map(() => data));
    expect(runs.map(({ completions }) => completions?.kind ?? null)).toEqual(kinds);
    if (data === "sample") expect(runs[0]?.data.root).toBe(places.sample);
  });

  it("SEEDLING_DATA without a model is no reason to leave the sample", async () => {
    bundle();
    const env = { SEEDLING_DATA: tempFolder() };
    expect((await plan("--data boolq", { env }))[0]?.data.root).toBe(places.sample);
    const [human] = await plan("--data boolq --setting human", { env });
    expect(human?.data).toEqual({ kind: "benchmark", root: env.SEEDLING_DATA, download: false });
  });

  it("without a data folder the benchmark is downloaded, into the repository's own", async () => {
    const [run] = await plan("--data boolq --setting human");
    expect(run?.data).toEqual({ kind: "benchmark", root: places.benchmarks, download: true });
  });

  it("--data-dir comes before SEEDLING_DATA, and neither is added to by downloads", async () => {
    const [one, other] = [tempFolder(), tempFolder()];
    const env = { ...key, SEEDLING_DATA: other };
    const [run] = await plan(`--data boolq --data-dir ${one}`, { env });
    expect(run?.data).toEqual({ kind: "benchmark", root: one, download: false });
    expect((await plan("--data boolq", { env }))[0]?.data.root).toBe(other);
  });

  it("a copy of the sample is the sample, wherever it is", async () => {
    const copy = tempFolder({ [sampleMarker]: "# Sample" });
    const [run] = await plan(`--data boolq --data-dir ${copy}`, { env: key });
    expect(run?.data).toEqual({ kind: "sample", root: copy, download: false });
    expect(run?.completions?.kind).toBe("live");
  });

  it("a replay takes the data that it was made on, whatever is set", async () => {
    const root = tempFolder();
    const sampled = writeRecording(join(root, "sampled"), { data: "sample" });
    const real = writeRecording(join(root, "real"), { data: "benchmark" });
    for (const env of [{}, key, server]) {
      const [first] = await plan(`--data boolq --replay ${sampled}`, { env });
      expect(first?.completions?.kind).toBe("replay");
      expect(first?.data).toMatchObject({ kind: "sample", root: places.sample });
      const [second] = await plan(`--data boolq --replay ${real}`, { env });
      expect(second?.data).toMatchObject({ kind: "benchmark", root: places.benchmarks });
    }
  });

  it("a replay's human row has the replay's data", async () => {
    const sampled = writeRecording(tempFolder(), { data: "sample" });
    for (const setting of ["human", "tree,human"]) {
      const runs = await plan(`--data boolq --setting ${setting} --replay ${sampled}`, {
        env: key,
      });
      expect(new Set(runs.map(({ data }) => data.kind))).toEqual(new Set(["sample"]));
    }
  });

  it("a replay can have the benchmark, or the sample's copy, where the user has it", async () => {
    const root = tempFolder({ "copy/SAMPLE.md": "#", "real/notes.txt": "" });
    const sampled = writeRecording(join(root, "a"), { data: "sample" });
    const real = writeRecording(join(root, "b"), { data: "benchmark" });
    const place = async (line: string) => (await plan(`--data boolq ${line}`))[0]?.data.root;
    expect(await place(`--replay ${real} --data-dir ${root}/real`)).toBe(`${root}/real`);
    expect(await place(`--replay ${sampled} --data-dir ${root}/copy`)).toBe(`${root}/copy`);
  });

  it.each([
    [
      "--data csqa",
      "no sample is bundled for mcqa_5/csqa (there is one for yesno_open/boolq): set OPENAI_API_KEY",
    ],
    ["--data boolq,csqa,creak", "no sample is bundled for mcqa_5/csqa, yesno_close/creak"],
    ["--data all", "no sample is bundled for mcqa_2/piqa"],
    ["--data csqa --sample", "no sample is bundled for mcqa_5/csqa"],
    [
      "--data boolq --sample --replay TEMP",
      "--sample brings its own data and replies: expected no --replay beside it",
    ],
    ["--data boolq --sample --data-dir TEMP", "expected no --data-dir beside it"],
    [
      "--data boolq --data-dir TEMP",
      "--data-dir names benchmarks, but there is no language model to ask: set OPENAI_API_KEY",
    ],
    ["--data boolq --setting human --data-dir TEMP/none", "--data-dir: no folder"],
    ["--data boolq --replay TEMP/none", "--replay: no folder"],
    ["--data boolq --replay TEMP", "no recording of yesno_open/boolq with --setting tree"],
    ["--data boolq --seed 2", "seed 2 contradicts the recording"],
    ["--data boolq --seed 1,2", "seed 2 contradicts the recording"],
    ["--data boolq --model other", "--model other contradicts the recording"],
    ["--data boolq --examples 41", "--examples 41 contradicts the recording"],
  ])("%s without a key is refused, saying what to do", async (line, expected) => {
    bundle();
    expect(await refused(line.replace("TEMP", tempFolder()))).toContain(expected);
  });

  it("recordings of sample and of benchmark are not mixed in one invocation", async () => {
    const root = tempFolder();
    writeRecording(join(root, "a"), { data: "sample", setting: "tree" });
    writeRecording(join(root, "b"), { data: "benchmark", setting: "naive" });
    expect(await refused(`--data boolq --setting tree,naive --replay ${root}`)).toContain(
      "expected recordings made on one kind of data",
    );
  });

  it.each(["sample", "benchmark"] as const)(
    "a replay made on the %s is not run on the other kind",
    async (data) => {
      const root = tempFolder({ "sample/SAMPLE.md": "#", "benchmark/notes.txt": "" });
      const other = data === "sample" ? "benchmark" : "sample";
      const recording = writeRecording(join(root, "recording"), { data });
      const told = await refused(`--data boolq --replay ${recording} --data-dir ${root}/${other}`);
      expect(told).toContain(`--data-dir`);
      expect(told).toContain(`made on the ${data}`);
    },
  );

  it("a recording of another task does not answer", async () => {
    const folder = writeRecording(tempFolder(), { task: "yesno_open/pubmedqa" });
    expect(await refused(`--data boolq --replay ${folder}`)).toContain(
      "no recording of yesno_open/boolq with --setting tree",
    );
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

describe("which model", () => {
  function listing(...ids: string[]) {
    return openServer(({ url, headers }, response) => {
      const known = url === "/v1/models" && headers.authorization === "Bearer sk-secret-0123456789";
      response.statusCode = known ? 200 : 401;
      response.end(
        known ? JSON.stringify({ object: "list", data: ids.map((id) => ({ id })) }) : "who?",
      );
    });
  }

  async function ask(base: string, line = "--data boolq", apiKey?: string) {
    const env = { OPENAI_BASE_URL: `${base}/v1/`, OPENAI_API_KEY: apiKey };
    return plan(line, { env, fetch });
  }

  it("is the only one that the server lists", async () => {
    const base = await listing("the-only-one");
    const [run] = await ask(base, "--data boolq", key.OPENAI_API_KEY);
    expect(run?.completions).toEqual({
      kind: "live",
      model: "the-only-one",
      file: null,
      endpoint: { baseUrl: `${base}/v1`, official: false, apiKey: key.OPENAI_API_KEY },
    });
    expect(run?.flags.model).toBe("the-only-one");
  });

  it("is the one given, and then the server is not asked", async () => {
    const [run] = await plan("--data boolq --model mine", { env: server });
    expect(run?.completions?.model).toBe("mine");
  });

  it("is OpenAI's default with a key alone, without asking", async () => {
    const [run] = await plan("--data boolq", { env: key });
    expect(run?.completions).toMatchObject({
      kind: "live",
      endpoint: { baseUrl: "https://api.openai.com/v1", official: true },
    });
    expect(run?.completions?.model).toMatch(/^gpt-/);
  });

  it.each<[string[], string]>([
    [[], "lists no model"],
    [["a", "b"], "lists 2 models (a, b)"],
    [[..."abcdefghij"], "lists 10 models (a, b, c, d, e, f, g, h, ...)"],
  ])("must be said where the server lists %j", async (ids, expected) => {
    const base = await listing(...ids);
    const env = { ...key, OPENAI_BASE_URL: `${base}/v1` };
    const told = await refused("--data boolq", { env, fetch });
    expect(told).toContain(`expected --model: ${base}/v1 ${expected}`);
  });

  it.each<[string, number, string, string]>([
    ["a page", 200, "<html>\n<body>\nhello", "does not tell its models"],
    ["null", 200, "null", "does not tell its models"],
    ["data that is no list", 200, '{"data": "x"}', "does not tell its models"],
    ["a null for a list", 200, '{"data": null}', "lists no model"],
    ["nothing of a model", 200, "{}", "does not tell its models"],
    ["ids that are no text", 200, '{"data": [{"id": 1}, null]}', "does not tell its models"],
    ["404", 404, "{}", "status 404"],
    ["500", 500, "{}", "status 500"],
  ])("must be said where the server answers with %s", async (_, status, body, expected) => {
    const base = await openServer((_, response) => {
      response.statusCode = status;
      response.end(body);
    });
    const told = await refused("--data boolq", { env: { OPENAI_BASE_URL: base }, fetch });
    expect(told).toContain(expected);
    expect(told).toContain("--model");
  });

  it("a server that is down is named, with what to do", async () => {
    const told = await refused("--data boolq", { env: server, fetch });
    expect(told).toContain("http://127.0.0.1:9/v1/models does not tell its models");
    expect(told).toContain("start the server, or name one by --model");
  });

  it("a 401 asks for a key, and never shows the one it echoes", async () => {
    const wrong = "sk-wrong-0123456789";
    const base = await openServer(({ headers }, response) => {
      response.statusCode = 401;
      response.statusMessage = `Bad ${headers.authorization}`;
      response.end(`invalid key ${headers.authorization}`);
    });
    const env = { OPENAI_BASE_URL: `${base}/v1`, OPENAI_API_KEY: wrong };
    const told = await refused("--data boolq", { env, fetch });
    expect(told).toContain("status 401");
    expect(told).toContain("OPENAI_API_KEY");
    expect(redact(told, env)).not.toContain(wrong);
    expect(told).not.toContain(wrong);
  });

  it.each(["127.0.0.1:8091/v1", "localhost:8091/v1", "not a url", "ftp://host/v1"])(
    "a base URL such as %j is refused before anything is asked, even with --model",
    async (url) => {
      const told = await refused("--data boolq --model m", { env: { OPENAI_BASE_URL: url } });
      expect(told).toContain("OPENAI_BASE_URL: expected a URL such as http://127.0.0.1:8080/v1");
    },
  );

  it("a base URL's credentials do not reach the terminal", async () => {
    const env = { OPENAI_BASE_URL: "http://me:hidden-password@127.0.0.1:9/v1" };
    const told = await refused("--data boolq", { env, fetch });
    expect(redact(told, env)).not.toContain("hidden-password");
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
    expect([...new Set(runs.map(({ source }) => source))]).toEqual(sources);
    expect(new Set(runs.map(toRunName)).size).toBe(runs.length);
  });

  it("bare boolq is the open one, and says so", async () => {
    const notices: string[] = [];
    const [run] = await plan("--data boolq", { env: key, notices });
    expect(run?.task.name).toBe("yesno_open/boolq");
    expect(notices).toEqual(["boolq means yesno_open/boolq here (not yesno_close/boolq)"]);
  });

  it.each([
    ["direct", 1, ["direct"]],
    ["all,direct", 7, [...sources, "direct"]],
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
      mark: expect.stringMatching(/^[0-9a-f]{8}$/),
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
    const notices: string[] = [];
    await plan(`${human} ${words}`, { notices });
    expect(notices).toEqual(unread.map((flag) => `${flag} is read by none of these runs`));
  });
});

describe("paths in flags", () => {
  it("that are relative are meant from where the user called turbo", async () => {
    const home = tempFolder({ "data/x.txt": "", "model/x.txt": "", "one.json": "", "how.txt": "" });
    const env = { ...key, TURBO_INVOCATION_DIR: home };
    const [run] = await plan(
      "--data boolq --results out --data-dir data --example one.json --instruction how.txt --encoder model --similarity-encoder ./model",
      { env },
    );
    expect(run?.flags).toMatchObject({
      results: join(home, "out"),
      dataDir: join(home, "data"),
      example: join(home, "one.json"),
      instruction: join(home, "how.txt"),
      encoder: join(home, "model"),
      similarityEncoder: join(home, "model"),
    });
    expect(run?.data.root).toBe(join(home, "data"));
  });

  it("that are relative are meant from the repository where turbo did not call", async () => {
    const [run] = await plan("--data boolq --results out --data-dir data/sample", { env: key });
    expect(run?.flags.results).toBe(join(repository, "out"));
    expect(run?.data).toMatchObject({ root: places.sample, kind: "sample" });
  });

  it("the results folder is the repository's wherever the user calls", async () => {
    const env = { ...key, TURBO_INVOCATION_DIR: tempFolder() };
    expect((await plan("--data boolq", { env }))[0]?.flags.results).toBe(
      join(repository, "results"),
    );
  });

  it("SEEDLING_DATA is the user's too", async () => {
    const home = tempFolder({ "data/x.txt": "" });
    const env = { ...key, TURBO_INVOCATION_DIR: home, SEEDLING_DATA: "data" };
    expect((await plan("--data boolq", { env }))[0]?.data.root).toBe(join(home, "data"));
  });

  it("a model's hub id stays as it is", async () => {
    const [run] = await plan("--data boolq --encoder X/y --instruction original", { env: key });
    expect(run?.flags).toMatchObject({
      encoder: "X/y",
      similarityEncoder: "Xenova/all-mpnet-base-v2",
      instruction: "original",
    });
  });

  it.each([
    ["--data boolq --example none.json", "--example: no file "],
    ["--data boolq --example .", "--example: no file "],
    ["--data boolq --instruction none.txt", "--instruction: no file "],
    ["--data boolq --instruction .", "--instruction: no file "],
    ["--data boolq --encoder ./none", "--encoder: no folder "],
    ["--data boolq --similarity-encoder /none/at/all", "--similarity-encoder: no folder "],
    ["--data boolq --data-dir none", "--data-dir: no folder "],
    ["--data boolq,creak --example one.json", "--example: expected one task in --data"],
  ])("%s is refused", async (line, expected) => {
    const env = { ...key, TURBO_INVOCATION_DIR: tempFolder({ "one.json": "{}" }) };
    expect(await refused(line, { env })).toContain(expected);
  });
});

describe("the repository's experiments", () => {
  const files = existsSync(places.experiments) ? readdirSync(places.experiments) : [];
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(readFileSync(join(places.experiments, `${name}.json`), "utf8"));

  const names = files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -5));

  const planNamed = async (name: string, words: string[] = []): Promise<Run[]> => {
    const asked = await parseCommandLine(["--experiment", name, ...words], read);
    if (asked === null) throw new Error("expected runs");
    const told = asked.about?.length ?? 0;
    expect(told).toBeGreaterThan(20);
    return planExperiment(asked, { env: key, fetch, notice: () => {} });
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
      const notices: string[] = [];
      const asked = await parseCommandLine(
        ["--experiment", "controls", "--data", "csqa", ...words],
        read,
      );
      if (asked === null) throw new Error("expected runs");
      await planExperiment(asked, { env: key, fetch, notice: (line) => notices.push(line) });
      return notices.filter((line) => line.includes("is read by none"));
    };
    expect(await told(["--train-seed", "1,2"])).toEqual([]);
    expect(await told(["--clip", "2"])).toEqual(["--clip is read by none of these runs"]);
  });

  it("sensitivity crosses the three seeds", async () => {
    const runs = await planNamed("sensitivity", ["--data", "creak"]);
    const seeds = runs.map(({ seeds }) => `${seeds.example} ${seeds.creation} ${seeds.train}`);
    expect(new Set(seeds).size).toBe(27);
    expect(runs).toHaveLength(27);
  });
});
