import { existsSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import type { TuneOptions } from "../src/tune/tune.ts";
import { run, toOptions } from "./tunings.ts";

/** Stops a training as it begins a step, as if the process had died there. */
async function interrupt(options: TuneOptions, folder: string, at: number): Promise<void> {
  let steps = 0;
  const progress = (what: string) => {
    if (!/ step \d/.test(what)) return;
    steps += 1;
    if (steps === at) throw new Error("stopped here");
  };
  await expect(run({ ...options, progress }, folder)).rejects.toThrow("stopped here");
}

/** A training's whole result, of which a stopped one is not to differ. */
type Whole = Pick<Awaited<ReturnType<typeof run>>, "bytes" | "log" | "state">;

describe("a training that was stopped", () => {
  let whole: Promise<Whole> | undefined;
  const undisturb = (options: TuneOptions) => {
    whole ??= run(options);
    return whole;
  };
  const grid = [
    { learningRate: 1e-3, batchSize: 8 },
    { learningRate: 3e-3, batchSize: 8 },
  ];

  it.each([1, 5, 11])("at step %i goes on to the same bytes and log", async (at) => {
    const options = await toOptions("classes", { grid });
    const undisturbed = await undisturb(options);
    const folder = tempFolder();
    await interrupt(options, folder, at);
    let steps = 0;
    const progress = (what: string) => {
      if (/ step \d/.test(what)) steps += 1;
    };
    const after = await run({ ...options, progress }, folder);
    expect(after.bytes.equals(undisturbed.bytes)).toBe(true);
    expect(after.log).toEqual(undisturbed.log);
    // What words without a gradient were decayed by goes on, too.
    expect(after.state.state).toEqual(undisturbed.state.state);
    // Of 12 steps, 3 an epoch: whole epochs are not done again.
    expect(steps).toBe(12 - 3 * Math.floor((at - 1) / 3));
  });

  it("between two epochs that share a step goes on to the same bytes and log", async () => {
    // Six micro-batches an epoch, four a step: after both the first and the third epoch two are carried over.
    const options = await toOptions("classes", {
      grid: [{ learningRate: 3e-3, batchSize: 16 }],
      microBatch: 4,
      epochs: 6,
      warmUp: 100,
    });
    const undisturbed = await run(options);
    const lines = undisturbed.log as { step?: number; epoch: number; rate: number }[];
    const steps = lines.filter(({ step }) => step !== undefined);
    expect(steps.map(({ epoch }) => epoch)).toEqual([1, 2, 2, 3, 4, 4]);
    expect(steps.map(({ rate }) => rate / 3e-3)).toEqual(
      [0, 0.01, 0.02, 0.03, 0.04, 0.05].map((factor) => expect.closeTo(factor, 12)),
    );
    expect(undisturbed.points).toHaveLength(4);
    for (const at of [2, 3, 5]) {
      const folder = tempFolder();
      await interrupt(options, folder, at);
      const after = await run(options, folder);
      expect(after.bytes.equals(undisturbed.bytes)).toBe(true);
      expect(after.log).toEqual(undisturbed.log);
      expect(after.state.state).toEqual(undisturbed.state.state);
    }
  });

  it("twice within one trial goes on to the same bytes and log", async () => {
    // The second time, two epochs later, in the third of one trial and, at last, in the next.
    const options = await toOptions("classes", { grid, epochs: 4 });
    const undisturbed = await run(options);
    const folder = tempFolder();
    for (const at of [5, 5, 5, 5]) await interrupt(options, folder, at);
    const after = await run(options, folder);
    expect(after.bytes.equals(undisturbed.bytes)).toBe(true);
    expect(after.log).toEqual(undisturbed.log);
    expect(after.state.state).toEqual(undisturbed.state.state);
  });

  it("goes on where the log has lines beyond its last epoch", async () => {
    const options = await toOptions("classes", { grid });
    const undisturbed = await undisturb(options);
    const folder = tempFolder();
    await interrupt(options, folder, 5);
    writeFileSync(join(folder, "log.jsonl"), '{"half":', { flag: "a" });
    expect((await run(options, folder)).log).toEqual(undisturbed.log);
  });

  it.each<[string, (folder: string) => void, string]>([
    ["of other inputs", () => {}, "other"],
    ["with a damaged state", (folder) => truncateSync(join(folder, "state.json"), 20), "key"],
    ["without a state", (folder) => writeFileSync(join(folder, "state.json"), ""), "key"],
  ])("%s begins anew", async (_, damage, key) => {
    const options = await toOptions("classes", { grid });
    const folder = tempFolder();
    await interrupt(options, folder, 8);
    expect(readdirSync(folder)).toContain("rate-0.001-batch-8-epoch-2.safetensors");
    damage(folder);
    const told: string[] = [];
    await run({ ...options, progress: (what) => told.push(what) }, folder, key);
    expect(told.filter((what) => / step \d/.test(what))).toHaveLength(12);
  });

  it("says what to do where its weights are damaged", async () => {
    const options = await toOptions("classes", { grid });
    const folder = tempFolder();
    await interrupt(options, folder, 5);
    const file = readdirSync(folder).find((name) => name.endsWith(".safetensors"));
    truncateSync(join(folder, `${file}`), 500);
    const error = await run(options, folder).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(String(error)).toContain("remove its folder to train anew");
  });

  it("keeps no more than the last weights and the best", async () => {
    const options = await toOptions("classes", { grid, epochs: 4 });
    const { folder, state } = await run(options);
    const kept = readdirSync(folder).filter((name) => name.includes("safetensors"));
    expect(kept).toEqual([state.state.best?.file]);
    state.remove();
    expect(existsSync(folder)).toBe(false);
  });
});
