import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError, type Run, toCreationFolder, toPoolRun } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { loadTrainingData } from "../src/data/training-data.ts";
import { planTraining } from "../src/run/plan.ts";
import { toTrainingConditions } from "../src/run/train-run.ts";
import {
  deps,
  load,
  makeData,
  makeExamples,
  planOne,
  toQuestions,
  writeCreation,
} from "./creations.ts";

/** Why a run waits for a creation that is paused; null: it does not. */
async function findPause(run: Run): Promise<string | null> {
  const planned = await planTraining(run, [run], deps);
  return planned.state === "waits" && planned.for === "paused creation" ? planned.why : null;
}

describe("created data", () => {
  it("are what the creator kept, with its conditions", async () => {
    const folder = makeData();
    const run = await planOne("--setting tree --examples 30 --max-length 64", folder);
    writeCreation(run, 30, 30);
    const data = await loadTrainingData(run, deps);
    expect(toQuestions(data.train)).toEqual(toQuestions(makeExamples("created", 30)));
    expect(data.target).toBe(30);
    expect(data.creation?.completions.model).toBe("m");
    expect(toTrainingConditions(run, data)).toEqual({ temperature: 0.5, maxLength: 64 });
  });

  it("have the labelled texts of --pool among them, once these are there", async () => {
    const file = tempFolder({ "texts.csv": "text\na\n" });
    const folder = makeData();
    const run = await planOne(`--setting tree --examples 30 --pool ${file}/texts.csv`, folder);
    writeCreation(run, 30, 30);
    expect(await planTraining(run, [run], deps)).toMatchObject({ state: "waits", for: "creation" });
    const pool = toPoolRun(run);
    if (!pool) throw new Error("expected a pool");
    writeCreation(pool, 8, 8, { examples: makeExamples("pooled", 8) });
    const data = await loadTrainingData(run, deps);
    const both = [...makeExamples("created", 30), ...makeExamples("pooled", 8)];
    expect(toQuestions(data.train).sort()).toEqual(toQuestions(both).sort());
    expect(toQuestions(data.train)).not.toEqual(toQuestions(both));
    expect(data.target).toBe(38);
    expect(toTrainingConditions(run, data).pool).toMatch(/^texts\.csv \([0-9a-f]{12}\)$/);
    expect(toQuestions((await loadTrainingData(pool, deps)).train)).toEqual(
      toQuestions(makeExamples("pooled", 8)),
    );
  });

  it("must be there", async () => {
    await expect(load("--setting tree --examples 30")).rejects.toThrow(
      "expected created examples; run the creator first",
    );
  });

  it("fewer than asked for are taken with --allow-short alone, and the target stays known", async () => {
    const folder = makeData();
    const run = await planOne("--setting tree --examples 30", folder);
    writeCreation(run, 12, 30);
    await expect(loadTrainingData(run, deps)).rejects.toThrow("run the creator first");
    const short = await load("--setting tree --examples 30 --allow-short", folder);
    expect([short.train.length, short.target]).toEqual([12, 30]);
    const held = await load("--setting tree --examples 30 --allow-short --dev created", folder);
    expect([held.train.length, held.target]).toEqual([11, 27]);
  });

  it("that are not as many as an earlier version's manifest says are an error", async () => {
    const folder = makeData();
    const run = await planOne("--setting tree --examples 30", folder);
    writeCreation(run, 30, 30, { hashed: false });
    expect((await loadTrainingData(run, deps)).train).toHaveLength(30);
    writeCreation(run, 30, 30, { lines: 29, hashed: false });
    await expect(loadTrainingData(run, deps)).rejects.toThrow(
      "expected the file as its creation wrote it, with 30 examples, got another",
    );
  });
});

describe("a creation that goes on another day", () => {
  const line = "--setting tree --examples 30";

  it.each([
    [
      "cap",
      "creation stopped at its cap, 12 of 30 kept: not trained (--allow-short trains on these)",
    ],
    [
      "batch",
      "creation waits for its batch, 12 of 30 kept: not trained (--allow-short trains on these)",
    ],
    ["patience", null],
    ["interrupt", null],
    ["failure", null],
  ] as const)("stopped by %s: %s", async (stopped, expected) => {
    const folder = makeData();
    const run = await planOne(line, folder);
    writeCreation(run, 12, 30, { stopped });
    expect(await findPause(run)).toBe(expected);
    const allowed = await planOne(`${line} --allow-short`, folder);
    expect(await findPause(allowed)).toBeNull();
    expect((await loadTrainingData(allowed, deps)).train).toHaveLength(12);
  });

  it("with nothing kept is not trained on, whatever is allowed", async () => {
    const run = await planOne(`${line} --allow-short`);
    writeCreation(run, 0, 30, { stopped: "batch" });
    expect(await findPause(run)).toBe("creation waits for its batch, 0 of 30 kept: not trained");
  });

  it("is none where it is done, or was never begun, or is none at all", async () => {
    const folder = makeData();
    const run = await planOne(line, folder);
    expect(await findPause(run)).toBeNull();
    writeCreation(run, 30, 30);
    expect(await findPause(run)).toBeNull();
    expect(await findPause(await planOne("--setting human", folder))).toBeNull();
  });
});

describe("created examples that were edited", () => {
  it("are not trained on, and can be given by --created", async () => {
    const run = await planOne("--setting tree");
    writeCreation(run, 30, 30);
    const path = join(toCreationFolder(run), "created.jsonl");
    const edited = readFileSync(path, "utf8").replace("created 3 so", "created 3 not so");
    writeFileSync(path, edited);
    const error = await loadTrainingData(run, deps).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(String(error)).toContain(`${path}: expected the file as its creation wrote it`);
    expect(String(error)).toContain(`give --created ${path}`);
  });
});
