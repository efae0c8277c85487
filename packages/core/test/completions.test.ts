import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { sampleMarker } from "../src/data/benchmark.ts";
import { paperSettings, sources } from "../src/data/sources.ts";
import { projectFolders } from "../src/logs/paths.ts";
import { writeEnding } from "../src/runs/manifest.ts";
import { planExperiment } from "../src/runs/plan-runs.ts";
import { type Run, toAnswersFolder, toCreationFolder } from "../src/runs/run.ts";
import { ask, key, plan, refused, server } from "./planning.ts";
import { writeRecording } from "./recordings.ts";

const fixtures = join(import.meta.dirname, "fixtures");

/** Stands in for data/recordings: the five settings of open BoolQ, made on the sample. */
function bundle(): string {
  const before = projectFolders.recordings;
  onTestFinished(() => {
    projectFolders.recordings = before;
  });
  projectFolders.recordings = tempFolder();
  for (const setting of paperSettings)
    writeRecording(join(projectFolders.recordings, setting), { setting, data: "sample" });
  return projectFolders.recordings;
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
    if (data === "sample") expect(runs[0]?.data.root).toBe(projectFolders.sample);
  });

  it("SEEDLING_DATA is the user's data as --data-dir is: the sample does not replace it", async () => {
    bundle();
    const env = { SEEDLING_DATA: tempFolder() };
    expect(await refused("--data boolq", { env })).toContain(
      "SEEDLING_DATA names benchmarks, but there is no language model to ask: set OPENAI_API_KEY",
    );
    const [human] = await plan("--data boolq --setting human", { env });
    expect(human?.data).toEqual({ kind: "benchmark", root: env.SEEDLING_DATA, download: false });
    const [sample] = await plan("--data boolq --sample", { env });
    expect(sample?.data.root).toBe(projectFolders.sample);
  });

  it("a SEEDLING_DATA that is no folder is named as such", async () => {
    const env = { ...key, SEEDLING_DATA: join(tempFolder(), "none") };
    expect(await refused("--data boolq", { env })).toBe(
      `SEEDLING_DATA: no folder ${env.SEEDLING_DATA}`,
    );
  });

  it("without a data folder the benchmark is downloaded, into the repository's own", async () => {
    const [run] = await plan("--data boolq --setting human");
    expect(run?.data).toEqual({
      kind: "benchmark",
      root: projectFolders.benchmarks,
      download: true,
    });
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
      expect(first?.data).toMatchObject({ kind: "sample", root: projectFolders.sample });
      const [second] = await plan(`--data boolq --replay ${real}`, { env });
      expect(second?.data).toMatchObject({ kind: "benchmark", root: projectFolders.benchmarks });
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
      "--sample brings its own data and replies: expected no --replay with it",
    ],
    ["--data boolq --sample --data-dir TEMP", "expected no --data-dir with it"],
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

  it("where nothing is bundled, as in the published packages, it says what to set", async () => {
    bundle();
    projectFolders.recordings = join(tempFolder(), "none");
    expect(await refused("--data boolq")).toMatch(
      /^no sample is bundled for yesno_open\/boolq: set OPENAI_API_KEY/,
    );
  });

  it("recordings of sample and of benchmark are not mixed in one invocation", async () => {
    const root = tempFolder();
    writeRecording(join(root, "a"), { data: "sample", setting: "tree" });
    writeRecording(join(root, "b"), { data: "benchmark", setting: "naive" });
    expect(await refused(`--data boolq --setting tree,naive --replay ${root}`)).toContain(
      "the recording was made on the benchmark, but",
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

describe("a finished creation", () => {
  /** Writes the manifests of runs that a model has created, or answered for, completely. */
  async function finish(line: string, results: string, model = "made-by"): Promise<Run[]> {
    const runs = await plan(`${line} --results ${results} --model ${model}`, { env: server });
    const completions = { kind: "live", model, date: "2026-11-22" };
    for (const run of runs) {
      const folders = sources[run.source].trains
        ? [toCreationFolder(run)]
        : run.tests.map((test) => toAnswersFolder(run, test));
      if (sources[run.source].asksModel)
        for (const folder of folders) writeEnding(folder, "done", { completions });
    }
    return runs;
  }

  it.each([
    "--data boolq",
    "--data boolq,creak --setting all --seed 1,2",
    "--data boolq --setting direct --test-on pubmedqa",
    `--data ${fixtures}/reviews --setting tree --examples 30 --temperature 0.5`,
  ])("that %s asks for is used without a server, and its model named", async (line) => {
    const results = tempFolder();
    const made = await finish(line, results);
    const logged: string[] = [];
    const runs = await plan(`${line} --results ${results} --head mlp`, { logged });
    expect(runs.map(toCreationFolder)).toEqual(made.map(toCreationFolder));
    for (const { completions } of runs.filter(({ source }) => sources[source].asksModel))
      expect(completions).toEqual({ kind: "live", model: "made-by", endpoint: null, file: null });
    expect(logged).toContain(
      "all of it is finished already, by made-by; --model asks another model",
    );
  });

  it("comes before the one model of a server, which is not asked", async () => {
    const results = tempFolder();
    await finish("--data boolq", results);
    const [run] = await plan(`--data boolq --results ${results}`, { env: server });
    expect(run?.completions).toMatchObject({ model: "made-by", endpoint: { official: false } });
  });

  it.each(["--temperature 0.5", "--seed 2", "--setting tree,naive", "--model other"])(
    "is none for %s: the server is asked",
    async (words) => {
      const results = tempFolder();
      await finish("--data boolq", results);
      const fetch = async () => Response.json({ data: [{ id: "other" }] });
      const runs = await plan(`--data boolq --results ${results} ${words}`, { env: server, fetch });
      expect(new Set(runs.map(({ completions }) => completions?.model))).toEqual(
        new Set(["other"]),
      );
    },
  );

  it("is not replaced by OpenAI's model where that is named", async () => {
    const results = tempFolder();
    await finish("--data boolq", results);
    const [run] = await plan(`--data boolq --results ${results} --model m`, { env: key });
    expect(run?.completions?.model).toBe("m");
  });

  it("is found by the model that is given where there are several", async () => {
    const results = tempFolder();
    for (const model of ["one", "two"]) await finish("--data boolq", results, model);
    const line = `--data boolq --results ${results}`;
    expect((await plan(`${line} --model two`))[0]?.completions?.model).toBe("two");
    expect(await refused(line)).toBe(
      "--model: expected one of one, two, by each of which all of it is finished",
    );
  });

  it("is not mixed with the sample, nor replaced by it", async () => {
    bundle();
    const results = tempFolder();
    await finish("--data boolq", results);
    const line = `--data boolq --setting tree,naive --results ${results}`;
    expect(await refused(line)).toContain(
      "yesno_open/boolq tree seed 1 is finished by made-by, yesno_open/boolq naive seed 1 is not, and there is no language model to ask: set OPENAI_API_KEY",
    );
    const sampled = await plan(`${line} --sample`);
    expect(sampled.map(({ completions }) => completions?.kind)).toEqual(["sample", "sample"]);
  });

  it("is not mixed with the sample by another grid of an experiment", async () => {
    bundle();
    const results = tempFolder();
    await finish("--data boolq", results);
    const requests = [
      await ask(`--data boolq --results ${results}`),
      await ask(`--data boolq --setting naive --results ${results}`),
    ] as const;
    const deps = { env: {}, fetch, log: () => {} };
    await expect(planExperiment({ requests: [...requests] }, deps)).rejects.toThrow(
      "some runs are finished, and there is no language model to ask for the others",
    );
  });

  it("is none where the sample was replayed", async () => {
    bundle();
    const results = tempFolder();
    const [made] = await plan(`--data boolq --results ${results}`);
    if (!made) throw new Error("expected a run");
    const completions = { kind: "sample", model: "recorded-model", date: "2026-11-22" };
    writeEnding(toCreationFolder(made), "done", { completions });
    const [run] = await plan(`--data boolq --results ${results}`);
    expect(run?.completions?.kind).toBe("sample");
    expect(await refused(`--data ${fixtures}/reviews --results ${results}`)).toContain("no sample");
  });
});

describe("a dry run without a language model", () => {
  it.each([
    [`--data ${fixtures}/reviews`, ""],
    ["--data csqa", ""],
    ["--data boolq --examples 1000", ""],
    ["--data boolq --data-dir TEMP --model gpt-4o-mini", "gpt-4o-mini"],
  ])("plans %s, with the model that is given or none", async (line, model) => {
    bundle();
    const given = line.replace("TEMP", tempFolder());
    await refused(given);
    const [run] = await plan(`${given} --dry-run`);
    expect(run?.completions).toEqual({ kind: "live", model, endpoint: null, file: null });
    expect(run?.flags.model).toBe(model || null);
  });

  it("plans the sample where the run would play it", async () => {
    bundle();
    expect((await plan("--data boolq --dry-run"))[0]?.completions?.kind).toBe("sample");
  });
});
