import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { openBackend, openRandom, type Tf } from "@seedling/core";
import { beforeAll, describe, expect, it } from "vitest";
import { part } from "../../core/test/parts.ts";
import { disposeBatch, toBatch } from "../src/head/batch.ts";
import { toDevFigures } from "../src/head/dev-figures.ts";
import { type Fit, type FitOptions, fitHead } from "../src/head/fit.ts";
import { type GridPoint, isBetter } from "../src/head/grid.ts";
import { createHead, toScores, toTensors } from "../src/head/head.ts";
import type { Item } from "../src/head/items.ts";
import { argMax, softmax, toCrossEntropy } from "../src/head/softmax.ts";
import { toLoss } from "../src/head/train-head.ts";

let tf: Tf;
beforeAll(async () => {
  ({ tf } = await openBackend({ force: "wasm" }));
});

const vector = (...values: number[]) => Float32Array.from(values);

/** Points on both sides of a line, one class each. */
function separable(count: number): Item[] {
  const random = openRandom("toy", count);
  return Array.from({ length: count }, (_, i) => ({
    vectors: [vector(i % 2 ? 1 : -1, random.normal(), random.normal())],
    label: i % 2,
    right: [i % 2 === 0, i % 2 === 1],
  }));
}

/** Choices of two to four options; the right one points along the first axis. */
function choices(count: number): Item[] {
  const random = openRandom("choices", count);
  return Array.from({ length: count }, () => {
    const options = 2 + random.int(3);
    const label = random.int(options);
    const vectors = Array.from({ length: options }, (_, i) =>
      vector(i === label ? 1 : 0, random.normal(), random.normal()),
    );
    return { vectors, label, right: vectors.map((_, i) => i === label) };
  });
}

function toOptions(more: Partial<FitOptions>): FitOptions {
  const items = more.kind === "choice" ? choices(60) : separable(60);
  const grid = { learningRates: [0.1], epochs: 30, batchSize: 16, seed: 1 };
  return { tf, kind: "classes", train: items.slice(0, 40), dev: items.slice(40), ...grid, ...more };
}

describe("fitHead", () => {
  it.each(["classes", "choice"] as const)("learns separable %s", async (kind) => {
    const { best, log } = await fitHead(toOptions({ kind }));
    expect(best.devAccuracy).toBe(1);
    expect(log).toHaveLength(30);
    expect(log.at(-1)?.trainLoss).toBeLessThan(0.1);
  });

  it("gives the same bytes again, and others with another seed", async () => {
    const fits = await Promise.all([1, 1, 2].map((seed) => fitHead(toOptions({ seed }))));
    const [first, again, other] = fits;
    expect(again).toEqual(first);
    expect(other?.head.weight).not.toEqual(first?.head.weight);
  });

  it.skipIf(part("native") === null)(
    "gives the same bytes again on native TensorFlow",
    async () => {
      const text = `
      const { openBackend, openRandom } = await import("@seedling/core");
      const { fitHead } = await import("../src/head/fit.ts");
      const { name, tf } = await openBackend();
      const random = openRandom("native");
      const items = Array.from({ length: 200 }, (_, i) => ({
        vectors: [Float32Array.from({ length: 64 }, () => random.normal() + (i % 2))],
        label: i % 2,
        right: [i % 2 === 0, i % 2 === 1],
      }));
      const grid = { learningRates: [0.1, 0.01], epochs: 3, batchSize: 32, seed: 1 };
      const fit = () => fitHead({ tf, kind: "classes", train: items, dev: items, ...grid });
      console.log(JSON.stringify({ name, fits: [await fit(), await fit()] }));
    `;
      const args = ["--import", "tsx", "--input-type=module", "--eval", text];
      const run = promisify(execFile);
      const { stdout } = await run(process.execPath, args, { cwd: import.meta.dirname });
      const { name, fits }: { name: string; fits: [Fit, Fit] } = JSON.parse(stdout);
      expect(name).toMatch(/^tfjs-node/);
      expect(fits[1]).toEqual(fits[0]);
      expect(fits[0].best.devAccuracy).toBeGreaterThan(0.9);
    },
  );

  it("starts anew at each learning rate and logs every point in order", async () => {
    const told: GridPoint[] = [];
    const learningRates = [0.01, 0.1];
    const { log } = await fitHead(toOptions({ learningRates, epochs: 2 }), (p) => told.push(p));
    const alone = await fitHead(toOptions({ learningRates: [0.1], epochs: 2 }));
    expect(log.map(({ learningRate, epoch }) => [learningRate, epoch])).toEqual([
      [0.01, 1],
      [0.01, 2],
      [0.1, 1],
      [0.1, 2],
    ]);
    expect(told).toEqual(log);
    expect(log.slice(2)).toEqual(alone.log);
  });

  it("gives the head as it stood at the best point, not the last", async () => {
    const options = toOptions({ learningRates: [30, 0.1], epochs: 8 });
    const { head, best } = await fitHead(options);
    const batch = toBatch(tf, options.dev);
    const tensors = toTensors(tf, head);
    const scores = await toScores(tf, tensors, batch.hidden, batch.positions).data<"float32">();
    const { accuracy, loss } = toDevFigures(options.dev, scores);
    expect({ accuracy, loss }).toEqual({ accuracy: best.devAccuracy, loss: best.devLoss });
  });

  it("passes over a learning rate whose loss is not finite", async () => {
    const train = separable(20).map((item) => ({ ...item, vectors: [vector(100, 0, 0)] }));
    const { log, best } = await fitHead(
      toOptions({ train, dev: separable(20), learningRates: [1e38, 1e-30], epochs: 2 }),
    );
    expect(log[0]).toEqual({
      learningRate: 1e38,
      epoch: 1,
      trainLoss: null,
      devLoss: null,
      devAccuracy: null,
    });
    expect(best.learningRate).toBe(1e-30);
  });

  it("says so when no learning rate gives a finite loss", async () => {
    const train = separable(20).map((item) => ({ ...item, vectors: [vector(Number.NaN, 0, 0)] }));
    await expect(fitHead(toOptions({ train }))).rejects.toThrow(
      "training failed at every learning rate (0.1): the loss was never finite",
    );
  });

  it.each([
    ["train", "got 0 and 20"],
    ["dev", "got 40 and 0"],
  ])("refuses to go on without %s", async (part, message) => {
    await expect(fitHead(toOptions({ [part]: [] }))).rejects.toThrow(message);
  });

  it("leaves no tensors and gives way to timers", async () => {
    await fitHead(toOptions({ kind: "choice" }));
    const before = tf.memory().numTensors;
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    await fitHead(toOptions({ kind: "choice" }));
    clearInterval(timer);
    expect(tf.memory().numTensors).toBe(before);
    expect(ticks).toBeGreaterThan(5);
  });
});

describe("toLoss", () => {
  it("is the mean cross entropy, with the gradient p - y", async () => {
    const items: Item[] = [
      {
        vectors: [vector(1, 0), vector(0, 1), vector(1, 1)],
        label: 2,
        right: [false, false, true],
      },
      { vectors: [vector(2, 0), vector(0, 2)], label: 0, right: [true, false] },
    ];
    const scores = [
      [0.5, -1, -0.5],
      [1, -2],
    ];
    const batch = toBatch(tf, items);
    const weight = tf.variable(tf.tensor2d([[0.5], [-1]]));
    const loss = () => toLoss(tf, { weight, bias: null }, batch);
    const expected = scores.map((row, i) => toCrossEntropy(row, items[i]?.label ?? 0));
    const mean = expected.reduce((sum, value) => sum + value, 0) / 2;
    expect((await loss().data())[0]).toBeCloseTo(mean, 5);

    const byHand = [0, 0];
    for (const [i, { vectors, label }] of items.entries())
      for (const [j, probability] of softmax(scores[i] ?? []).entries())
        for (const k of [0, 1])
          byHand[k] =
            (byHand[k] ?? 0) +
            ((probability - (j === label ? 1 : 0)) * (vectors[j]?.[k] ?? 0)) / items.length;
    const gradient = await tf.variableGrads(loss).grads[weight.name]?.data();
    for (const k of [0, 1]) expect(gradient?.[k]).toBeCloseTo(byHand[k] ?? 0, 5);
    weight.dispose();
    disposeBatch(tf, batch);
  });
});

describe("isBetter", () => {
  const point = (
    devAccuracy: number | null,
    devLoss: number | null,
    epoch: number,
    rate: number,
  ) => ({
    learningRate: rate,
    epoch,
    trainLoss: devLoss,
    devLoss,
    devAccuracy,
  });
  it.each([
    ["higher accuracy, though all else is worse", point(0.6, 9, 9, 9), point(0.5, 1, 1, 1)],
    ["lower loss, though later and larger", point(0.5, 1, 9, 9), point(0.5, 2, 1, 1)],
    ["earlier epoch, though larger rate", point(0.5, 1, 1, 9), point(0.5, 1, 2, 1)],
    ["smaller rate", point(0.5, 1, 1, 1), point(0.5, 1, 1, 2)],
    ["any number before none", point(0, 99, 9, 9), point(null, null, 1, 1)],
  ])("%s", (_, better, worse) => {
    expect(isBetter(better, worse)).toBe(true);
    expect(isBetter(worse, better)).toBe(false);
    expect(isBetter(better, null)).toBe(true);
  });

  it("is never said of a point that is not finite, nor of an equal one", () => {
    const equal = point(0.5, 1, 1, 1);
    expect(isBetter(point(null, null, 1, 1), null)).toBe(false);
    expect(isBetter(equal, { ...equal })).toBe(false);
  });
});

describe("scores", () => {
  it("counts an answer right by its text, and takes the first of equal scores", () => {
    const items: Item[] = [
      { vectors: [], label: 0, right: [true, false, true] },
      { vectors: [], label: 1, right: [false, true] },
    ];
    const scores = Float32Array.from([0, 0, 1, 2, 2, 9]);
    const { accuracy, loss } = toDevFigures(items, scores);
    expect(accuracy).toBe(0.5);
    expect(loss).toBeCloseTo((Math.log(2 + Math.E) + Math.log(2)) / 2, 6);
  });

  it.each([
    [
      [0, 0],
      [0.5, 0.5],
    ],
    [
      [1000, 1000 + Math.log(3)],
      [0.25, 0.75],
    ],
    [
      [-1e9, 0],
      [0, 1],
    ],
  ])("softmax of %j", (scores, probabilities) => {
    for (const [i, value] of softmax(scores).entries())
      expect(value).toBeCloseTo(probabilities[i] ?? 0);
    expect(toCrossEntropy(scores, 1)).toBeCloseTo(-Math.log(probabilities[1] ?? 0));
  });

  it("argMax takes the first of several", () => {
    expect([[1], [0, 2, 2], [3, 2, 3]].map(argMax)).toEqual([0, 1, 0]);
  });
});

describe("createHead", () => {
  it("depends on the seed alone; a choice has no bias", () => {
    const head = createHead("classes", 4, 3, 7);
    expect(createHead("classes", 4, 3, 7)).toEqual(head);
    expect(createHead("classes", 4, 3, 8)).not.toEqual(head);
    expect(head.weight).toHaveLength(12);
    expect(head.bias).toEqual(new Float32Array(3));
    expect(createHead("choice", 4, 1, 7).bias).toBeNull();
  });
});
