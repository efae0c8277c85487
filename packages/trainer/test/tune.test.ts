import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError, openBackend } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { openCheckpoint, openTokenizer } from "../src/checkpoint/checkpoint.ts";
import { addAnswers } from "../src/data/examples.ts";
import { type EncoderConfig, parseEncoderConfig } from "../src/encoder/encoder-config.ts";
import { createOps, type Ops } from "../src/encoder/ops.ts";
import { type EncoderHead, listParameters, loadParameter } from "../src/encoder/parameters.ts";
import { tokenizeExamples } from "../src/tune/token-items.ts";
import { type TuneOptions, tune } from "../src/tune/tune.ts";
import { openTuningFolder } from "../src/tune/tuning-state.ts";
import { toyCheckpoint, toyChoices, toyClaims } from "./toy-student.ts";

let ops: Ops;
beforeAll(async () => {
  ops = createOps(await openBackend({ force: "wasm" }));
});

/** What a toy task is tuned with: BERT of two layers, 24 items of 8 a step. */
async function toOptions(
  kind: "classes" | "choice" = "classes",
  more: Partial<TuneOptions> = {},
): Promise<TuneOptions> {
  const source = toyCheckpoint("tiny-bert");
  const checkpoint = await openCheckpoint(source);
  const config = parseEncoderConfig(checkpoint.config, source);
  const head = toHead(config, kind);
  const parameters = listParameters(config, head);
  const values = new Map<string, Float32Array>();
  for (const parameter of parameters)
    values.set(parameter.name, await loadParameter(checkpoint, config, parameter, 1));
  await checkpoint.close();
  const tokenizer = await openTokenizer(source);
  const toItems = (count: number, seed: number) => {
    const examples = (kind === "classes" ? toyClaims : toyChoices)(count, seed);
    const classes = kind === "classes" ? ["True", "False"] : null;
    const reading = { classes, tokenizer, maxLength: 40, input: "full" } as const;
    return addAnswers(examples, tokenizeExamples(examples, reading).items, classes);
  };
  return {
    ops,
    config,
    head,
    parameters,
    load: async (name) => values.get(name) ?? new Float32Array(),
    train: toItems(24, 1),
    dev: toItems(12, 2),
    grid: [{ learningRate: 3e-3, batchSize: 8 }],
    epochs: 2,
    warmUp: 0.1,
    microBatch: null,
    weightDecay: 0.01,
    clip: 1,
    freeze: 0,
    recompute: false,
    parts: 1,
    earlyStop: null,
    seed: 1,
    ...more,
  };
}

function toHead(config: EncoderConfig, kind: "classes" | "choice"): EncoderHead {
  return { own: config.family.heads[kind], outputs: kind === "classes" ? 2 : 1 };
}

/** Tunes in a folder. @returns the best point, its weights by name, and the log */
async function run(options: TuneOptions, folder = tempFolder(), key = "key") {
  const state = await openTuningFolder(folder, key);
  const best = await tune(options, state);
  const file = state.state.best?.file;
  const tuned = await state.open(`${file}`);
  const weights = new Map<string, Float32Array | null>();
  for (const { name } of options.parameters) weights.set(name, await tuned.read(`values/${name}`));
  await tuned.close();
  const log: object[] = state
    .readLog()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  return {
    best,
    weights,
    log,
    points: state.state.points,
    bytes: readFileSync(join(folder, `${file}`)),
    state,
    folder,
  };
}

describe("tune", () => {
  it.each(["classes", "choice"] as const)("learns separable %s", async (kind) => {
    const { best, log } = await run(
      await toOptions(kind, { epochs: 8, grid: [{ learningRate: 1e-2, batchSize: 8 }] }),
    );
    expect(best.devAccuracy).toBe(1);
    // Chance is 1 in 4,096, and for choices less.
    expect(best.devLoss).toBeLessThan(Math.log(kind === "classes" ? 2 : 3));
    // A line a step, and one an epoch.
    expect(log).toHaveLength(8 * 3 + 8);
    expect(log.at(0)).toMatchObject({ epoch: 1, step: 1, steps: 24, learningRate: 1e-2 });
    expect(log.at(3)).toMatchObject({
      epoch: 1,
      devAccuracy: expect.any(Number),
      collapsed: expect.any(Boolean),
    });
  });

  it("gives the same bytes again, and others with another seed", async () => {
    const [first, again, other] = [
      await run(await toOptions()),
      await run(await toOptions()),
      await run(await toOptions("classes", { seed: 2 })),
    ];
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect(again.log).toEqual(first.log);
    expect(other.bytes.equals(first.bytes)).toBe(false);
  });

  it("gives almost the same in parts: dropout alone falls otherwise", async () => {
    const options = await toOptions();
    const config = { ...options.config, dropout: 0, attentionDropout: 0, headDropout: 0 };
    const [whole, parts] = [
      await run({ ...options, config }),
      await run({ ...options, config, parts: 2 }),
    ];
    const losses = ({ log }: typeof whole) =>
      log.map((line) => ("loss" in line ? Number(line.loss) : 0));
    losses(parts).forEach((loss, at) => {
      expect(Math.abs(loss - (losses(whole)[at] ?? Number.NaN))).toBeLessThan(1e-4);
    });
  });

  it("computes layers twice to the same bytes", async () => {
    const [once, twice] = [
      await run(await toOptions()),
      await run(await toOptions("classes", { recompute: true })),
    ];
    expect(twice.bytes.equals(once.bytes)).toBe(true);
  });

  it("leaves frozen layers bit by bit, and writes no moments of them", async () => {
    const options = await toOptions("classes", { freeze: 1 });
    const { weights, bytes } = await run(options);
    for (const [name, values] of weights) {
      const before = await options.load(name);
      const isFrozen = name.startsWith("embeddings.") || name.startsWith("layer.0.");
      expect(
        Buffer.from(before.buffer).equals(Buffer.from(Float32Array.from(values ?? []).buffer)),
        name,
      ).toBe(isFrozen);
    }
    const header = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString();
    expect(header).toContain("firstMoments/layer.1.up.weight");
    expect(header).not.toContain("Moments/layer.0.");
    expect(header).not.toContain("Moments/embeddings");
  });

  it("takes the best of the grid, and the first of equals", async () => {
    const grid = [
      { learningRate: 1e-9, batchSize: 8 },
      { learningRate: 3e-3, batchSize: 8 },
      { learningRate: 3e-3, batchSize: 12 },
    ];
    const { best, points } = await run(await toOptions("classes", { grid, epochs: 4 }));
    expect(points).toHaveLength(12);
    expect(best.learningRate).toBe(3e-3);
    const highest = Math.max(...points.map(({ devAccuracy }) => devAccuracy ?? 0));
    expect(best.devAccuracy).toBe(highest);
    const equals = points.filter(({ devAccuracy }) => devAccuracy === highest);
    expect(best.devLoss).toBe(Math.min(...equals.map(({ devLoss }) => devLoss ?? 0)));
  });

  it("ends a point early, and starts the next", async () => {
    const grid = [
      { learningRate: 1e-12, batchSize: 8 },
      { learningRate: 3e-3, batchSize: 8 },
    ];
    const { points } = await run(await toOptions("classes", { grid, epochs: 6, earlyStop: 1 }));
    // Nothing moves at the first rate: its second epoch is no better than its first.
    expect(points.filter(({ learningRate }) => learningRate === 1e-12)).toHaveLength(2);
    expect(points.filter(({ learningRate }) => learningRate === 3e-3).length).toBeGreaterThan(1);
  });

  it("records a point whose loss is not finite, and goes on", async () => {
    const grid = [
      { learningRate: 1e30, batchSize: 8 },
      { learningRate: 3e-3, batchSize: 8 },
    ];
    const { best, points, log } = await run(await toOptions("classes", { grid }));
    expect(best.learningRate).toBe(3e-3);
    expect(points[0]).toEqual({
      learningRate: 1e30,
      batchSize: 8,
      epoch: 1,
      trainLoss: null,
      devLoss: null,
      devAccuracy: null,
      collapsed: false,
    });
    expect(points).toHaveLength(3);
    expect(log.some((line) => "step" in line && "loss" in line && line.loss === null)).toBe(true);
  });

  it("fails where no trial is finite, and says what may help", async () => {
    const grid = [{ learningRate: 1e30, batchSize: 8 }];
    const error = await run(await toOptions("classes", { grid })).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(String(error)).toContain(
      "training failed in every trial (learning rate 1e+30, batch size 8): the loss was not finite; smaller learning rates may help",
    );
  });
});

describe("what is told of a training", () => {
  it("is each step and each scoring of dev, at its share of the work", async () => {
    const grid = [1e-3, 3e-3].map((learningRate) => ({ learningRate, batchSize: 12 }));
    const told: [string, number][] = [];
    await run({
      ...(await toOptions("classes", { grid, freeze: 1 })),
      progress: (what, done) => told.push([what.replace(/loss .*/, "loss"), done]),
    });
    // One of two layers is trained: an item costs 1 + 2 / 2 passes, and one of dev 1; an epoch 2 * 24 + 12.
    const wanted = [0, 1, 2, 3].flatMap((before) => {
      const epoch = 1 + (before % 2);
      const trial = `learning rate 0.00${before < 2 ? 1 : 3}, batch size 12: epoch ${epoch},`;
      const closeTo = (passes: number) => expect.closeTo((60 * before + passes) / 240, 9);
      return [
        [`${trial} step ${2 * epoch - 1} of 4, loss`, closeTo(24)],
        [`${trial} step ${2 * epoch} of 4, loss`, closeTo(48)],
        [`${trial} 12 of 12 dev items scored`, closeTo(60)],
      ];
    });
    expect(told).toEqual(wanted);
  });
});

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

  it("tells of all the work there is, and no more, where items are carried over", async () => {
    const done: number[] = [];
    const grid = [{ learningRate: 3e-3, batchSize: 16 }];
    const options = await toOptions("classes", { grid, microBatch: 4, epochs: 6 });
    await run({ ...options, progress: (_, fraction) => void done.push(fraction) });
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(1);
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
