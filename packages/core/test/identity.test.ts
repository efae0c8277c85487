import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { collectConditions } from "../src/runs/identity.ts";
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
