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
  change: object = {},
): Promise<void> {
  const { student, trainable, items } = await openCase(ops, readTinyCase(name), change);
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

  const modernLayers = [
    ...["layer.0.qkv", "layer.1.attentionNorm", "layer.2.qkv", "layer.2.up", "layer.3.out"],
    ...["layer.1.down", "layer.0.outputNorm", "finalNorm", "head.dense", "head.norm"],
  ];
  const rates = {
    embedding_dropout: 0.1,
    attention_dropout: 0.2,
    mlp_dropout: 0.1,
    classifier_dropout: 0.1,
  };
  const biases = {
    attention_bias: true,
    mlp_bias: true,
    norm_bias: true,
    classifier_bias: true,
    hidden_activation: "silu",
  };
  it.each([
    ["tiny-modernbert-classification", "weight", rates],
    ["tiny-modernbert-mean", "bias", { ...rates, ...biases }],
  ] as const)("of %s, each %s", (name, kind, change) => {
    const names = modernLayers.map((one) => `${one}.${kind}`);
    return expectSlopes(name, withDropout, ["embeddings.words", ...names], change);
  });

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

describe("freezing of all layers", () => {
  it("leaves gradients of the norm above them and of the head", async () => {
    const one = readTinyCase("tiny-modernbert-classification");
    const { student, trainable, items } = await openCase(ops, one);
    const whole = await computeBatchGradients(student, items, { ...withDropout, seed: null });
    const options = { ...withDropout, seed: null, freeze: student.config.layers };
    const { gradients } = await computeBatchGradients(student, items, options);
    const names = ["head.output.weight", "head.output.bias", "head.norm.weight"];
    expect([...gradients.all.keys()]).toEqual([...names, "head.dense.weight", "finalNorm.weight"]);
    for (const [name, gradient] of gradients.all)
      expect(await gradient.data()).toEqual(await whole.gradients.all.get(name)?.data());
    gradients.dispose();
    whole.gradients.dispose();
    trainable.dispose();
  });
});

describe("a step", () => {
  it.each([
    [withDropout],
    [{ ...withDropout, recompute: true }],
    [{ ...withDropout, freeze: 1, parts: 2 }],
  ])("leaves no tensor behind: %o", async (options) => {
    for (const name of ["tiny-mpnet", "tiny-modernbert"] as const) {
      const { student, trainable, items } = await openCase(ops, readTinyCase(name));
      const before = ops.tf.memory().numTensors;
      const { gradients } = await computeBatchGradients(student, items, options);
      gradients.dispose();
      expect(ops.tf.memory().numTensors).toBe(before);
      trainable.dispose();
    }
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

describe("windows", () => {
  const lengths = [23, 1, 2, 5, 11, 17];
  const items = lengths.map((length, row) => {
    const ids = Array.from({ length }, (_, at) => 5 + ((at * at * 7 + row) % 80));
    return { sequences: [{ ids, typeIds: ids.map(() => 0) }], label: 0, right: [] };
  });
  const name = "tiny-modernbert-classification";
  const score = async (change: object, of = items) => {
    const { student, trainable } = await openCase(ops, readTinyCase(name), change);
    const scores = (await scoreTokenItems(student, of)).map((one) => [...one]);
    trainable.dispose();
    return scores;
  };
  const gap = (a: number[][], b: number[][]) =>
    Math.max(...a.flat().map((value, at) => Math.abs(value - (b.flat()[at] ?? Number.NaN))));

  it.each([1, 3, 10, 44])("of %i score each text in a batch as alone", async (n) => {
    const alone: number[][] = [];
    for (const item of items) alone.push(...(await score({ local_attention: n }, [item])));
    expect(gap(await score({ local_attention: n }), alone)).toBeLessThan(1e-6);
  });

  it("as long as the longest text are no windows, shorter ones are", async () => {
    const bases = { global_rope_theta: 10_000 };
    const full = await score({ ...bases, global_attn_every_n_layers: 1 });
    // 22 tokens to each side are all of 23.
    expect(await score({ ...bases, local_attention: 44 })).toEqual(full);
    expect(gap(await score({ ...bases, local_attention: 42 }), full)).toBeGreaterThan(1e-6);
  });

  it.each([
    [2, 8, true],
    [2, 9, false],
    [1, 4, true],
    [1, 5, false],
  ])(
    "of %i to each side let the first token see the %ith of four layers: %s",
    async (side, at, sees) => {
      const change = {
        local_attention: 2 * side,
        global_attn_every_n_layers: null,
        layer_types: Array(4).fill("sliding_attention"),
      };
      const [whole] = items;
      const ids = whole?.sequences[0]?.ids.with(at, 99) ?? [];
      const other = { sequences: [{ ids, typeIds: ids.map(() => 0) }], label: 0, right: [] };
      const first = async (item: typeof other) => (await score(change, [item]))[0];
      const [before, after] = [await first(items[0] as typeof other), await first(other)];
      expect(JSON.stringify(after) !== JSON.stringify(before)).toBe(sees);
    },
  );
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
