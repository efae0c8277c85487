import { type Backend, type BackendName, openBackend } from "@seedling/core/internal";
import { beforeAll, describe, expect, it } from "vitest";
import { adamW } from "../src/encoder/adamw.ts";
import { type HeldWeights, isDecayed, openWeights } from "../src/encoder/held-weights.ts";
import { createGradients } from "../src/encoder/module.ts";
import { createOps, type Ops } from "../src/encoder/ops.ts";
import { computeBatchGradients, type EncoderModel } from "../src/tune/model.ts";
import { createVocabulary } from "../src/tune/vocabulary.ts";
import { type OpenedCase, openCase, readTinyCase } from "./golden.ts";

let backend: Backend;
let ops: Ops;
beforeAll(async () => {
  const force = (process.env.SEEDLING_TEST_BACKEND ?? null) as BackendName | null;
  backend = await openBackend({ force });
  ops = createOps(backend);
});

describe("isDecayed", () => {
  it.each([
    ["embeddings.words", true],
    ["layer.0.qkv.weight", true],
    ["relativeBias", true],
    ["head.output.weight", true],
    ["embeddings.norm.weight", false],
    ["layer.0.attentionNorm.weight", false],
    ["layer.0.outputNorm.weight", false],
    ["layer.0.qkv.bias", false],
    ["head.output.bias", false],
  ])("%s: %s", (name, wanted) => {
    expect(isDecayed(name)).toBe(wanted);
  });
});

describe.each([
  ["as the backend has it", () => createOps(backend)],
  ["in tfjs operations", () => createOps({ tf: backend.tf, name: "webgpu" })],
])("AdamW, %s", (_, create) => {
  let ops: Ops;
  beforeAll(() => {
    ops = create();
  });

  it("does what its formula says, in doubles", async () => {
    const { tf } = ops;
    const start = [0.5, -1, 2];
    const gradients = [
      [0.1, -0.2, 0],
      [0.3, 0.1, 0],
      [-0.2, 0.4, 1e-6],
    ];
    const shape = { name: "some.weight", shape: [3] };
    const load = async (_: object, kind: string) =>
      kind === "values" ? Float32Array.from(start) : null;
    const trainable = await openWeights(ops, [shape], load, () => true);
    const { beta1, beta2, epsilon } = adamW;
    const [rate, scale, weightDecay] = [0.01, 0.5, 0.1];
    const wanted = start.map((value) => ({ value, m: 0, v: 0 }));
    for (const [at, gradient] of gradients.entries()) {
      const step = at + 1;
      const given = createGradients(tf, () => true);
      given.add(shape.name, () => tf.tensor1d(gradient));
      trainable.step(given, { step, learningRate: rate, scale, weightDecay });
      given.dispose();
      wanted.forEach((one, i) => {
        const g = scale * (gradient[i] ?? 0);
        one.m = beta1 * one.m + (1 - beta1) * g;
        one.v = beta2 * one.v + (1 - beta2) * g * g;
        const [m, v] = [one.m / (1 - beta1 ** step), one.v / (1 - beta2 ** step)];
        one.value -= rate * weightDecay * one.value + (rate * m) / (Math.sqrt(v) + epsilon);
      });
    }
    const read = (await read3(trainable)).map(([, values]) => values);
    for (const [at, key] of (["value", "m", "v"] as const).entries())
      wanted.forEach((one, i) => {
        expect(Math.abs((read[at]?.[i] ?? Number.NaN) - one[key])).toBeLessThan(3e-7);
      });
    trainable.dispose();
  });

  // torch.optim.AdamW([1, -2, 0.5], lr=0.01, weight_decay=0.1) in 64 bits, after each of three steps.
  const byTorch = [
    [0.9890000009999999, -1.9880000005, 0.5094999996666667],
    [0.9783591813511252, -1.9760120009995001, 0.5084641838950702],
    [0.9678008103721331, -1.9640359894985007, 0.5113136531785798],
  ];

  it("takes PyTorch's steps", async () => {
    const shape = { name: "some.weight", shape: [3] };
    const load = async (_: object, kind: string) =>
      kind === "values" ? Float32Array.of(1, -2, 0.5) : null;
    const trainable = await openWeights(ops, [shape], load, () => true);
    for (const [at, expected] of byTorch.entries()) {
      const step = at + 1;
      const given = createGradients(ops.tf, () => true);
      given.add(shape.name, () => ops.tf.tensor1d([0.1 * step, -0.2, 0.3 * (-1) ** step]));
      trainable.step(given, { step, learningRate: 0.01, scale: 1, weightDecay: 0.1 });
      given.dispose();
      const [[, values] = []] = await read3(trainable);
      for (const [i, value] of expected.entries()) expect(values?.[i]).toBeCloseTo(value, 6);
    }
    trainable.dispose();
  });

  it("leaves what is not trained bit by bit, and holds no moments of it", async () => {
    const values = Float32Array.of(1, 2);
    const load = async (_: object, kind: string) => (kind === "values" ? values : null);
    const parameter = { name: "frozen.weight", shape: [2] };
    const trainable = await openWeights(ops, [parameter], load, () => false);
    const given = createGradients(ops.tf, () => true);
    given.add(parameter.name, () => ops.tf.ones([2]));
    trainable.step(given, { step: 1, learningRate: 1, scale: 1, weightDecay: 0.1 });
    given.dispose();
    expect(await read3(trainable)).toEqual([["values/frozen.weight", values]]);
    expect(() => trainable.weights("other")).toThrow("no parameter other");
    trainable.dispose();
  });

  it("frees what it opened where a parameter cannot be loaded", async () => {
    const before = ops.tf.memory().numTensors;
    const parameters = ["one.weight", "two.weight"].map((name) => ({ name, shape: [2] }));
    const load = async ({ name }: { name: string }) => {
      if (name === "two.weight") throw new Error("none");
      return new Float32Array(2);
    };
    await expect(openWeights(ops, parameters, load, () => true)).rejects.toThrow("none");
    expect(ops.tf.memory().numTensors).toBe(before);
  });
});

async function read3(trainable: HeldWeights) {
  const held = [...trainable.listState()];
  return Promise.all(held.map(async ([key, { data }]) => [key, await data()] as const));
}

describe("a vocabulary", () => {
  const of = (...ids: number[]) => ({
    sequences: [{ ids, typeIds: ids.map(() => 0) }],
    label: 0,
    right: [],
  });

  it("takes rows of a table and puts them back, all others decayed", () => {
    const table = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const vocabulary = createVocabulary([of(3, 1)], 2);
    expect([...vocabulary.select(table)]).toEqual([3, 4, 7, 8]);
    const back = vocabulary.restore(table, Float32Array.of(30, 40, 70, 80), 0.5);
    expect([...back]).toEqual([0.5, 1, 30, 40, 2.5, 3, 70, 80]);
    expect([...table]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("is the words of all sequences, once each, in order", () => {
    const items = [of(90, 5, 10), of(5, 7)];
    const vocabulary = createVocabulary(items, 2);
    expect(vocabulary.size).toBe(4);
    expect(vocabulary.toRows(items).map(({ sequences }) => sequences[0]?.ids)).toEqual([
      [3, 0, 2],
      [0, 1],
    ]);
  });

  it("trains to what the whole table does", async () => {
    const whole = await openCase(ops, readTinyCase("tiny-roberta-classification"));
    const { config } = whole.student;
    const vocabulary = createVocabulary(whole.items, config.hidden);
    const table = await whole.student.weights("embeddings.words").data<"float32">();
    const small = await openSmall(whole, vocabulary.select(table));
    const items = vocabulary.toRows(whole.items);
    const [rate, weightDecay] = [1e-3, 0.1];
    let decay = 1;
    for (let step = 1; step <= 3; step++) {
      for (const [student, trainable, own] of [
        [whole.student, whole.trainable, whole.items],
        [small.student, small.trainable, items],
      ] as const) {
        const options = { freeze: 0, recompute: false, parts: 1, seed: step };
        const { gradients } = await computeBatchGradients(student, own, options);
        trainable.step(gradients, { step, learningRate: rate, scale: 1, weightDecay });
        gradients.dispose();
      }
      decay *= 1 - rate * weightDecay;
    }
    const read = (student: EncoderModel, name: string) => student.weights(name).data<"float32">();
    for (const { name } of whole.parameters) {
      const wanted = await read(whole.student, name);
      const values = await read(small.student, name);
      const isWords = name === "embeddings.words";
      const found = isWords ? vocabulary.restore(table, values, decay) : values;
      expect(found).toHaveLength(wanted.length);
      const gap = found.reduce((most, x, at) => Math.max(most, Math.abs(x - (wanted[at] ?? 0))), 0);
      expect(gap, name).toBeLessThan(1e-6);
    }
    // Words that did not come are there, and decayed.
    expect(vocabulary.size).toBeLessThan(config.vocabulary);
    whole.trainable.dispose();
    small.trainable.dispose();
  });
});

/** The same student with the rows of a vocabulary in place of its whole table. */
async function openSmall({ student, parameters }: OpenedCase, words: Float32Array) {
  const { hidden } = student.config;
  const own = parameters.map((parameter) =>
    parameter.name === "embeddings.words"
      ? { ...parameter, shape: [words.length / hidden, hidden] }
      : parameter,
  );
  const load = async ({ name }: { name: string }, kind: string) => {
    if (kind !== "values") return null;
    return name === "embeddings.words" ? words : student.weights(name).data<"float32">();
  };
  const trainable = await openWeights(ops, own, load, () => true);
  return { student: { ...student, weights: trainable.weights }, trainable };
}
