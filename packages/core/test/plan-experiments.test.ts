import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tempFolder } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../src/flags/command-line.ts";
import { projectFolders, repository } from "../src/logs/paths.ts";
import { planExperiment } from "../src/runs/plan-runs.ts";
import { findRecordings, recordingFiles } from "../src/runs/recording.ts";
import { type Run, toCreationFolder, toTrainingFolder } from "../src/runs/run.ts";
import { chooseShard } from "../src/runs/shard.ts";
import { externalFolder } from "./external-folder.ts";
import { key, plan } from "./planning.ts";

const env = key;

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
      const words = name === "external" ? ["--data-dir", externalFolder()] : [];
      expect((await planNamed(name, words)).length).toBeGreaterThan(0);
    },
  );

  it("external has three sources at the same N, each task's file from its own folder of --data-dir", async () => {
    const folder = externalFolder();
    const runs = await planNamed("external", ["--data-dir", folder, "--seed", "1"]);
    const asked = runs.filter(({ isBaseline }) => !isBaseline);
    expect(asked).toHaveLength(4 * 3 * 8);
    for (const { task, source, flags } of asked) {
      expect([task.folder, flags.examples]).toEqual([
        join(folder, task.name),
        flags.tune === "full" ? 1000 : 1300,
      ]);
      expect(flags.created === null ? null : dirname(flags.created)).toBe(
        source === "file" ? task.folder : null,
      );
    }
    await expect(planNamed("external")).rejects.toThrow(
      "--experiment external: expected --data-dir FOLDER, where its ./emotion is",
    );
  });

  it("methods gives every way the same tokens, and leaves the human rows out that a task has none of", async () => {
    const mine = tempFolder({
      "mine/task.json": '{"options": ["yes", "no"]}',
      "mine/example.json": '{"text": "Is it?", "label": "yes"}',
    });
    const runs = await planNamed("methods", [
      "--data",
      `creak,${join(mine, "mine")}`,
      "--model",
      "m",
    ]);
    const byTask = (name: string) =>
      runs.filter(({ task }) => task.name === name).map(({ source }) => source);
    const created = ["tree", "attributes", "feedback"];
    const ways = [...created, ...created, "tree", "tree"];
    const twice = ways.flatMap((way) => [way, way]).sort();
    expect(byTask("mine").sort()).toEqual(twice);
    expect(byTask("yesno_close/creak").sort()).toEqual([...twice, "human", "human"].sort());
    const tokens = runs.filter(({ source }) => source !== "human").map(({ flags }) => flags.tokens);
    expect(new Set(tokens)).toEqual(new Set([6000]));
  });

  it("recorded replays each recording of data/replays, none of which has a row of a benchmark", async () => {
    const folder = join(repository, "data/replays");
    const recordings = await findRecordings(folder);
    const runs = await planNamed("recorded");
    const replayed = runs.filter(({ completions }) => completions?.kind === "replay");
    expect(replayed.map(({ task, source }) => [task.name, source]).sort()).toEqual(
      recordings.map(({ task, setting }) => [task, setting]).sort(),
    );
    expect(replayed.length).toBeGreaterThan(0);
    expect(runs.filter(({ source }) => source === "human")).toHaveLength(2 * 6);
    for (const recording of recordings) {
      expect(recording.exampleSha256).toHaveLength(64);
      expect(existsSync(join(recording.folder, recordingFiles.example))).toBe(false);
    }
  });

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

  it("leaves texts to label, and what is trained on them beside created ones, on one machine", async () => {
    const pool = join(tempFolder({ "texts.csv": "text\na\n" }), "texts.csv");
    const line = `--data strategyqa,creak --setting tree,random,naive --model m --pool ${pool}`;
    const sizes = (await toParts(line, 2)).map((runs) => runs.map(({ task }) => task.name));
    expect(sizes.map(({ length }) => length)).toEqual([4, 4]);
    for (const names of sizes) expect(new Set(names).size).toBe(1);
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
