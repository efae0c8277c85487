import type { Worker } from "node:worker_threads";
import { type Backend, openBackend } from "@seedling/core/internal";
import { part, runScript } from "@seedling/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { computeCrossEntropy, judgeTrial } from "../src/data/metrics.ts";
import { pickSettings } from "../src/data/trials.ts";
import { openWeights } from "../src/encoder/held-weights.ts";
import { createOps } from "../src/encoder/ops.ts";
import { computeHeadGradients, fitMlp, type MlpFitOptions } from "../src/head/fit-mlp.ts";
import {
  createMlp,
  type Head,
  type Layer,
  listNumbers,
  scoreItems,
  type VectorItem,
} from "../src/head/head.ts";
import { choices, separable, toFitData, vector } from "./items.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend({ force: "wasm" });
});

function toOptions(more: Partial<MlpFitOptions> = {}): MlpFitOptions {
  const grid = { learningRates: [0.01], batchSizes: [16], epochs: 8, weightDecay: 0.01 };
  return { backend, earlyStop: null, seed: 1, ...grid, ...more };
}

function toData(kind: "classes" | "choice" = "classes") {
  const items = kind === "choice" ? choices(60) : separable(60);
  return toFitData(kind, items.slice(0, 40), items.slice(40));
}

describe("fitMlp", () => {
  it.each(["classes", "choice"] as const)("learns separable %s", async (kind) => {
    const { point, log } = await fitMlp(toData(kind), toOptions());
    expect(point).toMatchObject({ devAccuracy: 1, collapsed: false });
    expect(log).toHaveLength(8);
    expect(log.at(-1)?.trainLoss).toBeLessThan(0.1);
  });

  it("gives the same bytes again, on threads too, and others with another seed", async () => {
    const options = toOptions({ learningRates: [0.01, 0.003, 0.001], epochs: 2, threads: 1 });
    const fit = await fitMlp(toData(), options);
    const threads: Worker[] = [];
    const note = (thread: Worker) => void threads.push(thread);
    process.on("worker", note);
    expect(await fitMlp(toData(), { ...options, threads: 2 })).toEqual(fit);
    process.off("worker", note);
    // It has ended.
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1]);
    const other = await fitMlp(toData(), { ...options, seed: 2 });
    expect(other.head.output.weight).not.toEqual(fit.head.output.weight);
  });

  it.skipIf(part("native") === null)("does so on native TensorFlow", async () => {
    const text = `
      const { openBackend } = await import("@seedling/core/internal");
      const { fitMlp } = await import("../src/head/fit-mlp.ts");
      const { separable, toFitData } = await import("./items.ts");
      const backend = await openBackend();
      const items = separable(200);
      const data = toFitData("classes", items, items);
      const grid = { learningRates: [0.01, 0.001], batchSizes: [32], epochs: 2 };
      const options = { backend, ...grid, weightDecay: 0.01, earlyStop: null, seed: 1 };
      const fits = [];
      for (const threads of [1, 1, 2]) fits.push(await fitMlp(data, { ...options, threads }));
      console.log(JSON.stringify({ name: backend.name, fits }));
      process.exit(0);
    `;
    const { out } = await runScript(text, import.meta.dirname);
    type Fit = Awaited<ReturnType<typeof fitMlp>>;
    const { name, fits }: { name: string; fits: [Fit, Fit, Fit] } = JSON.parse(out);
    expect(name).toMatch(/^tfjs-node/);
    expect(fits[1]).toEqual(fits[0]);
    expect(fits[2]).toEqual(fits[0]);
    expect(fits[0].point.devAccuracy).toBeGreaterThan(0.9);
  });

  it("starts anew at each point and logs every epoch in the grid's order", async () => {
    const options = toOptions({ learningRates: [0.01, 0.1], batchSizes: [16, 8], epochs: 2 });
    const { log } = await fitMlp(toData(), options);
    const alone = await fitMlp(toData(), { ...options, learningRates: [0.1], batchSizes: [8] });
    expect(log.map((one) => Object.values(one).slice(0, 3))).toEqual([
      [0.01, 16, 1],
      [0.01, 16, 2],
      [0.1, 16, 1],
      [0.1, 16, 2],
      [0.01, 8, 1],
      [0.01, 8, 2],
      [0.1, 8, 1],
      [0.1, 8, 2],
    ]);
    expect(log.slice(6)).toEqual(alone.log);
  });

  it("gives the head as it stood at the best point, not the last", async () => {
    const data = toData();
    const { head, point } = await fitMlp(data, toOptions({ learningRates: [0.003, 3] }));
    expect(Object.keys(pickSettings(point))).toEqual(["learningRate", "batchSize", "epoch"]);
    const scores = await scoreItems(createOps(backend), head, data.dev);
    expect(point).toMatchObject(judgeTrial(point.trainLoss ?? 0, data.dev, scores));
  });

  it("stops a point early", async () => {
    const { log } = await fitMlp(toData(), toOptions({ epochs: 30, earlyStop: 2 }));
    const accuracies = log.map(({ devAccuracy }) => devAccuracy ?? 0);
    expect(log.length).toBe(accuracies.indexOf(Math.max(...accuracies)) + 3);
  });

  it("records a point whose loss is not finite, and passes over it", async () => {
    const learningRates = [1e38, 0.01];
    const { log, point } = await fitMlp(toData(), toOptions({ learningRates, epochs: 3 }));
    const failed = log.filter(({ devLoss }) => devLoss === null);
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({ learningRate: 1e38, trainLoss: null, devAccuracy: null });
    expect(point.learningRate).toBe(0.01);
  });

  it("says so when no point has a finite loss", async () => {
    const items = separable(20).map((item) => ({ ...item, vectors: [vector(Number.NaN, 0, 0)] }));
    await expect(fitMlp(toFitData("classes", items, items), toOptions())).rejects.toThrow(
      "training failed in every trial (learning rate 0.01, batch size 16, epoch 1): the loss was never finite",
    );
  });

  it("leaves no tensors", async () => {
    const before = backend.tf.memory().numTensors;
    await fitMlp(toData("choice"), toOptions({ epochs: 1 }));
    expect(backend.tf.memory().numTensors).toBe(before);
  });
});

/** The mean loss in 64 bits, written out. */
function toLossByHand({ dense, output }: Head, items: readonly VectorItem[]): number {
  const apply = ({ weight, bias, inputs, outputs }: Layer, x: readonly number[]) =>
    Array.from({ length: outputs }, (_, o) => {
      let sum = bias?.[o] ?? 0;
      for (let i = 0; i < inputs; i++) sum += (x[i] ?? 0) * (weight[i * outputs + o] ?? 0);
      return sum;
    });
  const score = (x: Float32Array) => {
    const before = dense ? apply(dense, [...x]) : [...x];
    return apply(output, dense ? before.map((value) => Math.max(0, value)) : before);
  };
  const losses = items.map(({ vectors, label }) =>
    computeCrossEntropy(vectors.flatMap(score), { label }),
  );
  return losses.reduce((sum, loss) => sum + loss, 0) / items.length;
}

describe("toGradients", () => {
  it.each([
    ["classes", separable(8)],
    ["choice", choices(8)],
  ] as const)(
    "gives the loss of %s and the gradients that differences show",
    async (kind, items) => {
      const head = createMlp(3, kind === "choice" ? 1 : 2, 1);
      const ops = createOps(backend);
      const frozen = await openWeights(ops, listNumbers(head), async ({ values }) => values);
      const net = { ops, weights: frozen.weights };
      const { loss, gradients } = await computeHeadGradients(net, head, items);
      expect(loss).toBeCloseTo(toLossByHand(head, items), 6);
      const numbers = listNumbers(head);
      expect([...gradients.all.keys()].sort()).toEqual(numbers.map(({ name }) => name).sort());
      for (const { name, values } of numbers) {
        const gradient = await gradients.all.get(name)?.data();
        for (let i = 0; i < values.length; i += 61) {
          const value = values[i] ?? 0;
          // Powers of two: exact in 32 bits.
          const [above, below] = [2 ** -16, -(2 ** -16)].map((delta) => {
            values[i] = value + delta;
            const reached = values[i] ?? 0;
            return [toLossByHand(head, items), reached] as const;
          }) as [readonly [number, number], readonly [number, number]];
          values[i] = value;
          const slope = (above[0] - below[0]) / (above[1] - below[1]);
          expect(gradient?.[i]).toBeCloseTo(slope, 4);
        }
      }
    },
  );
});

describe("createMlp", () => {
  it("depends on the seed alone; a choice has no bias at its output", () => {
    const head = createMlp(4, 3, 7);
    expect(createMlp(4, 3, 7)).toEqual(head);
    expect(createMlp(4, 3, 8)).not.toEqual(head);
    expect(head.dense).toMatchObject({ inputs: 4, outputs: 256 });
    expect(Math.max(...(head.dense?.weight ?? []))).toBeLessThanOrEqual(0.5);
    expect(head.output.bias).toHaveLength(3);
    expect(createMlp(4, 1, 7).output.bias).toBeNull();
  });
});
