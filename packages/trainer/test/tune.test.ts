import { ExpectedError } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { run, toOptions } from "./tunings.ts";

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
    const none = { embeddings: 0, attention: 0, attentionOutput: 0, inner: 0, output: 0, head: 0 };
    const config = { ...options.config, dropout: none };
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

  it("tells of all the work there is, and no more, where items are carried over", async () => {
    const done: number[] = [];
    const grid = [{ learningRate: 3e-3, batchSize: 16 }];
    const options = await toOptions("classes", { grid, microBatch: 4, epochs: 6 });
    await run({ ...options, progress: (_, fraction) => void done.push(fraction) });
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(1);
  });
});
