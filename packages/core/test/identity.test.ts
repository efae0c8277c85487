import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createdSettings } from "../src/data/sources.ts";
import {
  type Changes,
  type Flag,
  type FlagName,
  flagNames,
  flagTable,
} from "../src/flags/flags.ts";
import { checkFlags } from "../src/runs/label-check.ts";
import { collectConditions } from "../src/runs/run.ts";
import { options } from "./flag-changes.ts";
import { key, plan } from "./planning.ts";
import { writeRecording } from "./recordings.ts";
import { base, changedBy, differing, only, toFolders } from "./stage-folders.ts";

describe("folders", () => {
  it("of live, replayed and sample runs are never shared", async () => {
    const root = tempFolder();
    const task = "yesno_close/strategyqa";
    const real = writeRecording(join(root, "real"), { task });
    const sample = writeRecording(join(root, "sample"), { task, data: "sample" });
    const runs = [
      await only("--data strategyqa --model recorded-model --examples 40"),
      await only(`--data strategyqa --replay ${real}`),
      await only(`--data strategyqa --replay ${sample}`),
    ];
    const all = runs.map(toFolders);
    expect(new Set(all.map(({ create }) => create)).size).toBe(3);
    expect(new Set(all.map(({ train }) => train)).size).toBe(3);
    expect(new Set(all.flatMap(({ evaluate }) => evaluate)).size).toBe(3 * 2);
  });

  it("of human runs on sample and on benchmark are not shared", async () => {
    const line = "--data strategyqa --setting human --data-dir";
    const folder = tempFolder({ "copy/SAMPLE.md": "#", "real/x.txt": "" });
    const [sample, real] = [
      await only(`${line} ${folder}/copy`),
      await only(`${line} ${folder}/real`),
    ];
    expect(differing(toFolders(sample), toFolders(real))).toEqual(changedBy.create);
  });

  it("of a replay change with the number of examples and with the recording, not with its path", async () => {
    const root = tempFolder();
    const task = "yesno_close/strategyqa";
    const of = async (folder: string, words = "") =>
      toFolders(await only(`--data strategyqa --replay ${folder} ${words}`));
    const one = writeRecording(join(root, "one"), { task });
    const same = writeRecording(join(root, "same"), { task });
    const other = writeRecording(join(root, "other"), { task, values: { model: "m2" } });
    expect(await of(one, "--examples 40")).toEqual(await of(one));
    expect(await of(same)).toEqual(await of(one));
    expect(differing(await of(one), await of(one, "--examples 9"))).toEqual(changedBy.create);
    expect(differing(await of(one), await of(other))).toEqual(changedBy.create);
  });

  it("of a replay are known even if the instruction's file is gone", async () => {
    const root = tempFolder({ "how.txt": "Write more." });
    const values = { instruction: join(root, "gone.txt") };
    const folder = writeRecording(join(root, "r"), { task: "yesno_close/strategyqa", values });
    const run = await only(`--data strategyqa --replay ${folder}`);
    expect(toFolders(run).create).toContain("creations");
    expect(collectConditions(run, "create").instruction).toMatch(/^[0-9a-f]{64}$/);
  });

  it("say task and source, and stand below the results", async () => {
    const folder = tempFolder();
    const run = await only(`${base} --results ${folder}`);
    const { create, train, evaluate } = toFolders(run);
    const id = "[0-9a-f]{12}";
    const place = `${folder}/%s/yesno_close-strategyqa/tree/${id}`;
    expect(create).toMatch(new RegExp(`^${place.replace("%s", "creations")}$`));
    expect(train).toMatch(new RegExp(`^${place.replace("%s", "trainings")}$`));
    expect(evaluate[1]).toMatch(
      new RegExp(`^${place.replace("%s", "evaluations")}/yesno_close-creak$`),
    );
  });

  it("of two test folders with one name are two", async () => {
    const root = tempFolder({ "a/x/test.jsonl": "", "b/x/test.jsonl": "" });
    const run = await only(`${base} --test-on ${root}/a/x,${root}/b/x`);
    const { evaluate } = toFolders(run);
    expect(new Set(evaluate).size).toBe(evaluate.length);
    expect(evaluate).toHaveLength(4);
  });
});

it("what is evaluated on changes a creation only where it is filtered by", async () => {
  const toCreate = async (more: string) => toFolders(await only(`${base} ${more}`)).create;
  const further = "--test-on yesno_close/boolq";
  expect(await toCreate(further)).toBe(await toCreate(""));
  const filtered = "--reject contaminated";
  expect(await toCreate(`${filtered} ${further}`)).not.toBe(await toCreate(filtered));
});

it("a file that changes between two runs makes another creation", async () => {
  const path = join(tempFolder({ "how.txt": "one" }), "how.txt");
  const before = toFolders(await only(`${base} --instruction ${path}`));
  writeFileSync(path, "two");
  const after = toFolders(await only(`${base} --instruction ${path}`));
  expect(differing(before, after)).toEqual(changedBy.create);
});

const tuned = "--tune full --encoder X/y";

/** Flags that are read only beside another one. */
const beside: Partial<Record<FlagName, [words: string, reader: string]>> = {
  chains: ["--chains 3", "--setting random"],
  chunk: ["--chunk 7", "--stop-when-flat"],
  humanRows: ["--human-rows 3", "--setting human"],
  distinct: ["--distinct", `--created ${import.meta.dirname}/fixtures/physics/example.jsonl`],
  selectEncoder: ["--select-encoder X/z", "--select coverage --keep 0.5"],
  nearOverlap: ["--near-overlap 0.5", "--reject near-duplicate"],
  verifyModel: ["--verify-model other", "--verify 2"],
  minAgreement: ["--min-agreement 0.5", "--verify 2"],
  answers: ["--answers letters", "--verify 1"],
  dtype: ["--dtype q8", "--encoder X/y"],
  prompt: ["--prompt query:", "--encoder X/y"],
  learningRates: ["--learning-rates 0.1", "--head mlp"],
  epochs: ["--epochs 3", "--head mlp"],
  batchSize: ["--batch-size 8", "--head mlp"],
  weightDecay: ["--weight-decay 0.1", "--head mlp"],
  earlyStop: ["--early-stop 2", "--head mlp"],
  recipe: ["--recipe script", tuned],
  accumulate: ["--accumulate 2", tuned],
  warmUp: ["--warm-up 10", tuned],
  clip: ["--clip 2", tuned],
  freeze: ["--freeze 1", tuned],
  gridSeeds: ["--grid-seeds 1", tuned],
};

describe("a flag", () => {
  it("of every kind is tried here", () => {
    const elsewhere = [
      "data",
      "setting",
      "seed",
      "testOn",
      "experiment",
      "results",
      "dataDir",
      "columns",
    ];
    const special = [
      "sample",
      "replay",
      "example",
      "similarityEncoder",
      "allowShort",
      "created",
      "tune",
      "runtime",
      "input",
      // Neither without the other.
      "select",
      "keep",
      // A file, and what goes with it.
      "pool",
      "poolLimit",
      // Of a linear head alone: in a test of their own.
      "names",
      "penalty",
      // A target, which does not go with --balance or human alone: in the test of plans.
      "tokens",
    ];
    const dependent = Object.keys(beside);
    expect([...options.keys(), ...elsewhere, ...special, ...dependent].sort()).toEqual(
      [...flagNames].sort(),
    );
  });

  it.each([...options.values()])(
    "$words changes the folders from its stage on, and no others",
    async ({ words, changes }) => {
      const line = words.startsWith("--model") ? "--data strategyqa" : base;
      const [before, after] = [
        toFolders(await only(base)),
        toFolders(await only(`${line} ${words}`)),
      ];
      expect(differing(before, after)).toEqual(changedBy[changes]);
    },
  );

  it.each(Object.entries(beside))(
    "%s changes nothing, or is refused, unless it stands beside what reads it",
    async (name, [words, reader]) => {
      const of = async (more: string) => toFolders(await only(`${base} ${more}`));
      if (checkFlags.some((one) => one === name))
        await expect(of(words)).rejects.toThrow(`${words}: expected answers that check labels`);
      else expect(await of(words)).toEqual(await of(""));
      expect(differing(await of(reader), await of(`${reader} ${words}`))).toEqual(
        changedBy[flagTable[name as FlagName].changes],
      );
    },
  );

  it("--pool is another training of the same creation, and labels that its content and its model decide", async () => {
    const folder = tempFolder({ "a.csv": "text\none\n", "b.csv": "text\ntwo\n" });
    const of = async (words: string) => {
      const [run, pool] = await plan(`${base} ${words}`, { env: key });
      if (!run || pool?.source !== "pool") throw new Error("expected a run and its pool");
      return { own: toFolders(run), pool: toFolders(pool) };
    };
    const first = await of(`--pool ${folder}/a.csv`);
    const second = await of(`--pool ${folder}/b.csv`);
    expect(differing(first.own, second.own)).toEqual(changedBy.train);
    expect(differing(first.pool, second.pool)).toEqual(changedBy.create);
    expect(differing(first.own, toFolders(await only(base)))).toEqual(changedBy.train);
    for (const [words, own, pool] of [
      ["--pool-limit 3", "train", "create"],
      ["--temperature 0.5", "create", "create"],
      ["--verify 3", "create", "create"],
      ["--examples 40 --num-examples 3 --balance", "create", "none"],
      ["--max-length 64", "train", "train"],
    ] as const) {
      const other = await of(`--pool ${folder}/a.csv ${words}`);
      expect(differing(first.own, other.own)).toEqual(changedBy[own]);
      expect(differing(first.pool, other.pool)).toEqual(changedBy[pool]);
    }
  });

  it("--select with --keep is another training of the same creation", async () => {
    const folders = async (words: string) => toFolders(await only(`${base} ${words}`));
    const half = await folders("--select coverage --keep 0.5");
    for (const other of ["", "--select random --keep 0.5", "--select coverage --keep 0.4"])
      expect(differing(half, await folders(other))).toEqual(changedBy.train);
  });

  it("--tune full is another training", async () => {
    const folders = async (words: string) => toFolders(await only(`${base} ${words}`));
    expect(differing(await folders("--encoder X/y"), await folders(tuned))).toEqual(
      changedBy.train,
    );
  });

  it("--runtime is another training", async () => {
    const folders = async (words: string) =>
      toFolders(await only(`${base} --encoder X/y ${words}`));
    expect(differing(await folders(""), await folders("--runtime tfjs"))).toEqual(changedBy.train);
  });

  it("--input is another training, and its default none", async () => {
    const boolq = "--data boolq";
    const plain = toFolders(await only(boolq));
    const cut = toFolders(await only(`${boolq} --input question`));
    expect(differing(plain, cut)).toEqual(["train", "evaluate"]);
    expect(toFolders(await only(`${boolq} --input full --labels true`))).toEqual(plain);
  });

  it("--seed changes all three", async () => {
    const [before, after] = [await only(base), await only(`${base} --seed 2`)];
    expect(differing(toFolders(before), toFolders(after))).toEqual(changedBy.create);
  });

  it("--allow-short and --retries change nothing", async () => {
    const [before, after] = [await only(base), await only(`${base} --allow-short --retries 0`)];
    expect(toFolders(after)).toEqual(toFolders(before));
  });

  it("--test-on adds evaluations and changes none", async () => {
    const [before, after] = [await only(base), await only(`${base} --test-on yesno_close/boolq`)];
    expect(toFolders(after).train).toBe(toFolders(before).train);
    expect(toFolders(after).evaluate.slice(0, 2)).toEqual(toFolders(before).evaluate);
    expect(toFolders(after).evaluate).toHaveLength(3);
  });

  it("--results moves everything and renames nothing", async () => {
    const [one, other] = [tempFolder(), tempFolder()];
    const moved = toFolders(await only(`${base} --results ${other}`));
    const here = toFolders(await only(`${base} --results ${one}`));
    expect(JSON.parse(JSON.stringify(moved).replaceAll(other, one))).toEqual(here);
  });

  it("--similarity-encoder changes diverse, similar and feedback, which alone read it", async () => {
    for (const setting of createdSettings) {
      const line = `${base} --setting ${setting}`;
      const before = toFolders(await only(line));
      const after = toFolders(await only(`${line} --similarity-encoder X/y`));
      const reads = ["diverse", "similar", "feedback"].includes(setting);
      expect(differing(before, after)).toEqual(reads ? changedBy.create : []);
    }
  });

  it("that names a file counts by the file's content, not by its name", async () => {
    const folder = tempFolder({ "a.txt": "one", "b.txt": "one", "c.txt": "two" });
    for (const option of ["--instruction", "--example"]) {
      const of = async (file: string) =>
        toFolders(await only(`${base} ${option} ${join(folder, file)}`));
      const [a, b, c] = [await of("a.txt"), await of("b.txt"), await of("c.txt")];
      expect(a).toEqual(b);
      expect(differing(a, c)).toEqual(changedBy.create);
      expect(differing(a, toFolders(await only(base)))).toEqual(changedBy.create);
    }
  });

  it("--example makes the example seed meaningless", async () => {
    const file = join(tempFolder({ "a.json": "{}" }), "a.json");
    const line = `${base} --example ${file}`;
    expect(toFolders(await only(`${line} --example-seed 5`))).toEqual(toFolders(await only(line)));
  });
});

describe("a default", () => {
  const written = flagNames.flatMap((name) => {
    const { initial, value }: Flag<unknown> = flagTable[name];
    return initial === null || value === null || name === "results"
      ? []
      : [`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} ${initial}`];
  });

  it.each(written)("changes nothing if given: %s", async (words) => {
    expect(toFolders(await only(`${base} ${words}`))).toEqual(toFolders(await only(base)));
  });

  it.each([
    ["--temperature 1.0", ""],
    ["--example-seed 1 --creation-seed 1 --train-seed 1", ""],
    ["--example-seed 2 --creation-seed 2 --train-seed 2", "--seed 2"],
    ["--head mlp --learning-rates 0.10,3e-2", "--head mlp --learning-rates 0.1,0.03"],
  ])("written another way is the same: %s", async (one, other) => {
    expect(toFolders(await only(`${base} ${one}`))).toEqual(
      toFolders(await only(`${base} ${other}`)),
    );
  });

  it("does not stand among the conditions; what differs from it does", async () => {
    expect(collectConditions(await only(base), "create")).toEqual({ model: "m" });
    expect(collectConditions(await only(base), "train")).toEqual({});
    const run = await only(`${base} --top-p 0.5 --max-length 64 --patience 2 --seed 4`);
    expect(collectConditions(run, "create")).toEqual({ model: "m", topP: 0.5 });
    expect(collectConditions(run, "train")).toEqual({ maxLength: 64 });
  });
});

describe("any two sets of flags", () => {
  // --reply schema does not go with every other flag.
  const words = [...options.values()].filter(({ name }) => !["model", "reply"].includes(name));
  const chosen = fc.uniqueArray(fc.nat(words.length - 1), { maxLength: 5 });

  it("share a stage's folder exactly if they agree in all flags up to that stage", async () => {
    const reach: Changes[] = ["create", "train"];
    await fc.assert(
      fc.asyncProperty(chosen, chosen, async (one, other) => {
        const line = (at: number[]) => `${base} ${at.map((i) => words[i]?.words).join(" ")}`;
        const [a, b] = [toFolders(await only(line(one))), toFolders(await only(line(other)))];
        const upTo = (at: number[], stage: Changes) =>
          at
            .flatMap((i) => words[i] ?? [])
            .filter(({ changes }) => reach.slice(0, reach.indexOf(stage) + 1).includes(changes))
            .map(({ name }) => name)
            .sort()
            .join();
        expect(a.create === b.create).toBe(upTo(one, "create") === upTo(other, "create"));
        expect(a.train === b.train).toBe(upTo(one, "train") === upTo(other, "train"));
        expect(String(a.evaluate) === String(b.evaluate)).toBe(a.train === b.train);
      }),
      { numRuns: 60 },
    );
  });

  it("may stand in any order", async () => {
    await fc.assert(
      fc.asyncProperty(chosen, async (at) => {
        const line = (order: number[]) => `${base} ${order.map((i) => words[i]?.words).join(" ")}`;
        expect(toFolders(await only(line([...at].reverse())))).toEqual(
          toFolders(await only(line(at))),
        );
      }),
      { numRuns: 30 },
    );
  });
});
