import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import type { CreatedSetting } from "../src/data/sources.ts";
import { allSettings, paperSettings } from "../src/data/sources.ts";
import { projectFolders } from "../src/logs/paths.ts";
import { ExpectedError, FlagError } from "../src/messages/errors.ts";
import { findConflict, findRecordings, parseRecorded } from "../src/runs/recording.ts";
import { ask, plan } from "./planning.ts";
import { recordedValues, writeRecording } from "./recordings.ts";

describe("findRecordings", () => {
  it("takes a recording's own folder", async () => {
    const folder = writeRecording(join(tempFolder(), "one"), { setting: "naive" });
    const [recording, ...others] = await findRecordings(folder);
    expect(others).toEqual([]);
    expect(recording).toMatchObject({ folder, setting: "naive", values: recordedValues });
  });

  it("takes those below a folder, as deep as a results folder has them, by path", async () => {
    const root = tempFolder({ "notes.txt": "not a recording" });
    writeRecording(join(root, "creations/yesno_open-boolq/tree/0123"), { setting: "tree" });
    writeRecording(join(root, "b"), { setting: "similar" });
    writeRecording(join(root, "a"), { setting: "diverse" });
    const found = await findRecordings(root);
    expect(found.map(({ setting }) => setting)).toEqual(["diverse", "similar", "tree"]);
  });

  it("takes a folder before one whose name goes on, as earlier versions did: the first that fits is replayed", async () => {
    const root = tempFolder();
    for (const name of ["run-2", "run"]) writeRecording(join(root, name, "tree"));
    const found = await findRecordings(root);
    expect(found.map(({ folder }) => folder)).toEqual(
      ["run/tree", "run-2/tree"].map((name) => join(root, name)),
    );
  });

  it("passes over a folder that has not all three files", async () => {
    const folder = writeRecording(join(tempFolder(), "one"));
    rmSync(join(folder, "journal.jsonl"));
    expect(await findRecordings(folder)).toEqual([]);
  });

  it("takes a hash in the flags in place of the example's file, and needs one of the two", async () => {
    const folder = writeRecording(tempFolder());
    const flags = JSON.parse(readFileSync(join(folder, "flags.json"), "utf8"));
    rmSync(join(folder, "example.jsonl"));
    expect(await findRecordings(folder)).toEqual([]);
    const exampleSha256 = "0f".repeat(32);
    writeFileSync(join(folder, "flags.json"), JSON.stringify({ ...flags, exampleSha256 }));
    expect(await findRecordings(folder)).toMatchObject([{ folder, exampleSha256 }]);
  });

  it("dates a recording by its last reply, whatever a reply's text says", async () => {
    const folder = writeRecording(tempFolder());
    expect((await findRecordings(folder))[0]?.date).toBe("2026-11-22T10:00:00.000Z");
  });

  it.each(["flags.json", "example.jsonl", "journal.jsonl"])(
    "gives another hash when %s changes, and the same one when nothing does",
    async (file) => {
      const folder = writeRecording(tempFolder());
      const hash = async () => (await findRecordings(folder))[0]?.hash;
      const before = await hash();
      expect(await hash()).toBe(before);
      appendFileSync(join(folder, file), "\n");
      expect(await hash()).not.toBe(before);
    },
  );

  it("refuses a folder that is not there", async () => {
    const folder = join(tempFolder(), "nowhere");
    await expect(findRecordings(folder)).rejects.toThrow(FlagError);
    await expect(findRecordings(folder)).rejects.toThrow(`--replay: no folder ${folder}`);
  });

  it("refuses a file", async () => {
    const file = join(tempFolder({ "journal.jsonl": "" }), "journal.jsonl");
    await expect(findRecordings(file)).rejects.toThrow(FlagError);
    await expect(findRecordings(file)).rejects.toThrow(`--replay: no folder ${file}`);
  });

  it.each([
    ["an empty journal", ""],
    ["a journal without dates", '{"key":"k"}\n'],
  ])("refuses %s", async (_, journal) => {
    const folder = writeRecording(tempFolder(), { journal });
    await expect(findRecordings(folder)).rejects.toThrow(ExpectedError);
    await expect(findRecordings(folder)).rejects.toThrow(
      `${folder}: expected replies in journal.jsonl`,
    );
  });
});

describe("a damaged flags.json", () => {
  const good = { version: 1, task: "t", setting: "tree", data: "sample", instructionText: "i" };

  it.each<[string, string]>([
    ["is empty", ""],
    ["is cut", '{"version": 1, "task"'],
    ["is null", "null"],
    ["is of another version", JSON.stringify({ ...good, version: 2, values: recordedValues })],
    ["has no values", JSON.stringify(good)],
    ["is of human data", JSON.stringify({ ...good, setting: "human", values: recordedValues })],
    ["is of unknown data", JSON.stringify({ ...good, data: "mine", values: recordedValues })],
    ["lacks a value", JSON.stringify({ ...good, values: { ...recordedValues, model: undefined } })],
    [
      "has a value of another type",
      JSON.stringify({ ...good, values: { ...recordedValues, creationSeed: "1" } }),
    ],
  ])("that %s is refused with its path", async (_, text) => {
    const folder = writeRecording(tempFolder());
    const path = join(folder, "flags.json");
    writeFileSync(path, text);
    expect(() => parseRecorded(text, path)).toThrow(ExpectedError);
    await expect(findRecordings(folder)).rejects.toThrow(
      `${path}: expected the flags of a creation`,
    );
  });
});

describe("what contradicts a recording", () => {
  const made = { exampleSeed: 3, creationSeed: 4, temperature: 0.7 };
  const own = { example: 3, creation: 4 };

  async function contradiction(
    line: string,
    seeds = own,
    setting: CreatedSetting = "similar",
  ): Promise<string | null> {
    const folder = writeRecording(tempFolder(), { values: made, setting });
    const [recording] = await findRecordings(folder);
    if (!recording) throw new Error("expected the recording just written");
    return findConflict(await ask(line), seeds, recording);
  }

  it.each<[string, { example: number; creation: number }]>([
    ["", own],
    ["", { example: 1, creation: 1 }],
    ["--num-examples 5 --model recorded-model --temperature 0.7 --top-p 1", own],
    ["--max-tokens 2048 --instruction own --similarity-encoder use-lite --replies salvage", own],
    ["--examples 40", own],
    ["--examples 7", own],
    ["--tokens 100 --examples 40", own],
    ["--example-seed 3 --creation-seed 4", own],
    ["--train-seed 9", { example: 1, creation: 1 }],
    ["--epochs 3 --encoder use-lite --patience 2 --concurrency 1", own],
  ])("%j does not", async (line, seeds) => {
    expect(await contradiction(line, seeds)).toBeNull();
  });

  it.each<[string, { example: number; creation: number }, string, string]>([
    ["--num-examples 4", own, "--num-examples 4", "(5)"],
    ["--model other", own, "--model other", "(recorded-model)"],
    ["--temperature 1", own, "--temperature 1", "(0.7)"],
    ["--top-p 0.5", own, "--top-p 0.5", "(1)"],
    ["--max-tokens 100", own, "--max-tokens 100", "(2048)"],
    ["--instruction original", own, "--instruction original", "(own)"],
    ["--similarity-encoder X/y", own, "--similarity-encoder X/y", "(use-lite)"],
    ["--replies strict", own, "--replies strict", "(salvage)"],
    ["--examples 41", own, "--examples 41", "(40)"],
    ["--example mine.json", own, "--example", "it has its own"],
    ["--seed 2", { example: 2, creation: 2 }, "seed 2", "--example-seed 3"],
    ["--example-seed 5", { example: 5, creation: 4 }, "seed 5", "--example-seed 3"],
    ["--creation-seed 5", { example: 3, creation: 5 }, "seed 5", "--creation-seed 4"],
  ])("%j does, and is told with what was recorded", async (line, seeds, given, recorded) => {
    const told = await contradiction(line, seeds);
    expect(told).toMatch(/^[^\n]* contradicts the recording in [^\n]*$/);
    expect(told).toContain(given);
    expect(told).toContain(recorded);
  });

  it("fewer tokens than were recorded do not, and more do", async () => {
    const folder = writeRecording(tempFolder(), { values: { tokens: 5000 } });
    const [recording] = await findRecordings(folder);
    if (!recording) throw new Error("expected the recording just written");
    const seeds = { example: 1, creation: 1 };
    expect(findConflict(await ask("--tokens 4000"), seeds, recording)).toBeNull();
    expect(findConflict(await ask("--tokens 5001"), seeds, recording)).toMatch(
      /^--tokens 5001 contradicts the recording in .* \(5000\)$/,
    );
  });

  it("a flag that the recorded setting does not read contradicts nothing", async () => {
    expect(await contradiction("--similarity-encoder X/y", own, "tree")).toBeNull();
  });

  it("a seed that does says what may vary instead", async () => {
    expect(await contradiction("--seed 2", { example: 2, creation: 2 })).toContain(
      "--train-seed varies the training alone",
    );
  });
});

describe.skipIf(!existsSync(projectFolders.recordings))(
  "the bundled recordings (data/recordings)",
  () => {
    it("are one of each created setting and of direct on the sample, tree and direct of banking, no two alike", async () => {
      const found = await findRecordings(projectFolders.recordings);
      const of = (kind: string) =>
        found.filter(({ data }) => data === kind).map(({ task, setting }) => `${task} ${setting}`);
      const boolq = [...paperSettings, "direct"].map((name) => `yesno_open/boolq ${name}`);
      expect(of("sample").sort()).toEqual(boolq.sort());
      expect(of("own").sort()).toEqual(["banking direct", "banking tree"]);
      expect(new Set(found.map(({ hash }) => hash)).size).toBe(found.length);
    });

    it("play, without a key, banking, whose task the folder of the sample holds", async () => {
      const runs = await plan("--data banking --setting tree,human,direct");
      const kinds = runs.map(({ source, completions }) => [source, completions?.kind]);
      expect(kinds).toEqual([
        ["tree", "sample"],
        ["human", undefined],
        ["direct", "sample"],
      ]);
    });

    it("play, without a key, every setting and the human row on the sample", async () => {
      const runs = await plan("--data boolq --setting all");
      expect(runs.map(({ source }) => source)).toEqual(allSettings);
      for (const { data, source, completions, flags } of runs) {
        expect(data.kind).toBe("sample");
        expect(completions?.kind ?? null).toBe(source === "human" ? null : "sample");
        if (source !== "human") expect(flags.examples).toBeGreaterThanOrEqual(40);
      }
    });
  },
);
