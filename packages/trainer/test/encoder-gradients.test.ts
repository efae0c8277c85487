import { createRandom, openBackend } from "@seedling/core/internal";
import { beforeAll, describe, expect, it } from "vitest";
import { createOps, type Ops } from "../src/encoder/ops.ts";
import { isTrainedParameter } from "../src/encoder/parameters.ts";
import { computeBatchGradients, type GradientOptions, scoreTokenItems } from "../src/tune/model.ts";
import { openCase, readTinyCase, type tinyNames } from "./golden.ts";

let ops: Ops;
beforeAll(async () => {
  ops = createOps(await openBackend({ force: "wasm" }));
});

const withDropout: GradientOptions = { freeze: 0, recompute: false, parts: 1, seed: 17 };

/** Half of it to both sides: short enough for the third derivative and a relu's corner, long enough for 32 bits. */
const step = 0.006;

function toUnit(values: ArrayLike<number>): number[] {
  const length = Math.hypot(...Array.from(values));
  return Array.from(values, (value) => value / length);
}

const dot = (a: ArrayLike<number>, b: readonly number[]) =>
  b.reduce((sum, value, at) => sum + value * (a[at] ?? Number.NaN), 0);

/**
 * Compares gradients with slopes of the loss, with dropout at work: along each parameter's own
 * gradient and a random direction together, so that a wrong length and a wrong direction both show.
 */
async function expectSlopes(
  name: (typeof tinyNames)[number],
  options: GradientOptions,
  names: readonly string[],
): Promise<void> {
  const { student, trainable, items } = await openCase(ops, readTinyCase(name));
  const { gradients } = await computeBatchGradients(student, items, options);
  for (const parameter of names) {
    const weight = student.weights(parameter);
    const values = await weight.data<"float32">();
    const gradient = await gradients.all.get(parameter)?.data<"float32">();
    if (!gradient) throw new Error(`${name} has no gradient of ${parameter}`);
    const random = createRandom(name, parameter);
    const other = toUnit(Float32Array.from(gradient, () => random.normal()));
    const own = toUnit(gradient);
    const direction = toUnit(own.map((value, at) => value + (other[at] ?? 0)));
    const toLossAt = async (by: number) => {
      const moved = ops.tf.tensor(
        values.map((value, at) => value + by * (direction[at] ?? 0)),
        weight.shape,
      );
      const weights = (asked: string) => (asked === parameter ? moved : student.weights(asked));
      const { loss, gradients } = await computeBatchGradients(
        { ...student, weights },
        items,
        options,
      );
      gradients.dispose();
      moved.dispose();
      return loss;
    };
    const slope = ((await toLossAt(step / 2)) - (await toLossAt(-step / 2))) / step;
    const wanted = dot(gradient, direction);
    const gap = Math.abs(slope - wanted);
    expect(gap, `${parameter}: ${slope} against ${wanted}`).toBeLessThan(
      0.01 * Math.abs(wanted) + 5e-5,
    );
  }
  gradients.dispose();
  trainable.dispose();
}

const layers = [
  ...["qkv.weight", "attentionNorm.weight", "up.weight"].map((part) => `layer.0.${part}`),
  ...["qkv.bias", "out.weight", "down.bias"].map((part) => `layer.1.${part}`),
];
const words = ["embeddings.words", "embeddings.positions", "embeddings.norm.weight"];
const output = ["head.output.weight", "head.output.bias"];
const dense = ["head.dense.weight", "head.dense.bias"];

describe("gradients are the slopes of the loss, dropout included", () => {
  it.each([
    ["tiny-bert", [...words, "embeddings.types", ...layers, ...output]],
    ["tiny-bert-classification", [...words, ...layers, ...dense, ...output]],
    ["tiny-roberta-choice", [...words, ...layers, ...dense, "head.output.weight"]],
    ["tiny-roberta-classification", [...layers, ...dense, ...output]],
    ["tiny-mpnet", [...words, "relativeBias", ...layers, ...output]],
    ["tiny-mpnet-classification", ["relativeBias", ...layers, ...dense]],
    ["tiny-distilbert-classification", [...words, ...layers, ...dense]],
  ] as const)("of %s", (name, names) => expectSlopes(name, withDropout, names));

  it.each(["tiny-bert", "tiny-mpnet-classification"] as const)(
    "of %s with its lower layer frozen, in two parts, layers computed twice",
    async (name) => {
      const upper = [...layers.filter((one) => one.startsWith("layer.1.")), ...output];
      await expectSlopes(name, { freeze: 1, recompute: true, parts: 2, seed: 3 }, upper);
    },
  );
});

describe("freezing", () => {
  it.each([
    [
      0,
      [
        "embeddings.words",
        "relativeBias",
        "layer.0.up.bias",
        "layer.1.up.bias",
        "head.output.bias",
      ],
    ],
    [1, ["layer.1.up.bias", "head.output.bias"]],
    [2, ["head.output.bias"]],
  ])("of %i layers leaves gradients of what is above alone", async (freeze, above) => {
    const { student, trainable, items } = await openCase(ops, readTinyCase("tiny-mpnet"));
    const { gradients } = await computeBatchGradients(student, items, { ...withDropout, freeze });
    const all = [
      "embeddings.words",
      "relativeBias",
      "layer.0.up.bias",
      "layer.1.up.bias",
      "head.output.bias",
    ];
    expect(all.filter((name) => gradients.all.has(name))).toEqual(above);
    expect(all.filter((name) => isTrainedParameter(name, freeze))).toEqual(above);
    gradients.dispose();
    trainable.dispose();
  });
});

describe("a step", () => {
  it.each([
    [withDropout],
    [{ ...withDropout, recompute: true }],
    [{ ...withDropout, freeze: 1, parts: 2 }],
  ])("leaves no tensor behind: %o", async (options) => {
    const { student, trainable, items } = await openCase(ops, readTinyCase("tiny-mpnet"));
    const before = ops.tf.memory().numTensors;
    const { gradients } = await computeBatchGradients(student, items, options);
    gradients.dispose();
    expect(ops.tf.memory().numTensors).toBe(before);
    trainable.dispose();
  });

  it("drops other values with another seed, and the same with the same", async () => {
    const { student, trainable, items } = await openCase(ops, readTinyCase("tiny-bert"));
    const losses: number[] = [];
    for (const seed of [1, 1, 2, null]) {
      const { loss, gradients } = await computeBatchGradients(student, items, {
        ...withDropout,
        seed,
      });
      gradients.dispose();
      losses.push(loss);
    }
    expect(losses[1]).toBe(losses[0]);
    expect(new Set(losses).size).toBe(3);
    trainable.dispose();
  });
});

describe("scoreTokenItems", () => {
  it("scores as many items at once as 4,096 tokens hold, and a larger one alone", async () => {
    const { student, trainable } = await openCase(ops, readTinyCase("tiny-bert-choice"));
    const sequence = { ids: [2, 5, 6, 7, 8, 9, 10, 3], typeIds: Array<number>(8).fill(0) };
    const items = [600, 256, 256, 256].map((n) => ({ sequences: Array(n).fill(sequence) }));
    const done: number[] = [];
    const scores = await scoreTokenItems(student, items, (n) => void done.push(n));
    expect(done).toEqual([1, 3, 4]);
    expect(scores.map(({ length }) => length)).toEqual([600, 256, 256, 256]);
    trainable.dispose();
  });

  it.each(["tiny-bert", "tiny-bert-classification"] as const)(
    "of %s gives an item NaN alone, not those beside it",
    async (name) => {
      const { student, trainable } = await openCase(ops, readTinyCase(name));
      const { tf } = ops;
      const words = student.weights("embeddings.words");
      const nan = tf.mul(
        words,
        tf.tensor2d(
          Array.from({ length: words.shape[0] ?? 0 }, (_, id) => [id === 9 ? Number.NaN : 1]),
        ),
      );
      const weights = (asked: string) =>
        asked === "embeddings.words" ? nan : student.weights(asked);
      const items = [
        [2, 9, 3],
        [2, 5, 3],
        [2, 5, 6, 3],
      ].map((ids) => ({
        sequences: [{ ids, typeIds: ids.map(() => 0) }],
      }));
      const scores = await scoreTokenItems({ ...student, weights }, items);
      expect(scores.map((one) => one.every(Number.isFinite))).toEqual([false, true, true]);
      nan.dispose();
      trainable.dispose();
    },
  );
});
