import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom, ExpectedError, openBackend } from "@seedling/core/internal";
import { beforeAll, describe, expect, it } from "vitest";
import { type ActivationName, activations } from "../src/encoder/activations.ts";
import { computeBuckets, embedTokens } from "../src/encoder/embeddings.ts";
import { parseEncoderConfig } from "../src/encoder/encoder-config.ts";
import { createDropoutMask, scatterRows } from "../src/encoder/functional.ts";
import { createGradients, type Module } from "../src/encoder/module.ts";
import { createOps, type Ops, type Tensor } from "../src/encoder/ops.ts";
import {
  disposePacked,
  packSequences,
  toPacked,
  toPadded,
  toPaddedWithZeros,
} from "../src/encoder/packed.ts";

import { toTinyFolder } from "./golden.ts";

let ops: Ops;
beforeAll(async () => {
  ops = createOps(await openBackend({ force: "wasm" }));
});

const read = async (tensor: Tensor) => [...(await tensor.data<"float32">())];

describe("pack", () => {
  const long = { ids: [5, 6, 7], typeIds: [0, 1, 1] };
  const short = { ids: [8], typeIds: [0] };

  it("lays sequences end to end", async () => {
    const batch = packSequences(ops.tf, [long, short, { ids: [9, 10], typeIds: [0, 0] }]);
    expect(batch).toMatchObject({ sequences: 3, longest: 3, tokens: 6 });
    expect([...batch.ids]).toEqual([5, 6, 7, 8, 9, 10]);
    expect([...batch.typeIds]).toEqual([0, 1, 1, 0, 0, 0]);
    expect([...batch.positions]).toEqual([0, 1, 2, 0, 0, 1]);
    expect([...batch.starts]).toEqual([0, 3, 4]);
    expect([...batch.lengths]).toEqual([3, 1, 2]);
    disposePacked(ops.tf, batch);
  });

  it("pads and packs again", async () => {
    const { tf } = ops;
    const before = tf.memory().numTensors;
    const batch = packSequences(tf, [long, short]);
    const x = tf.tensor2d([[1], [2], [3], [4]]);
    const padded = toPadded(tf, batch, x);
    // What stands at padding is row 0; zeros where gradients need them.
    expect(await read(padded)).toEqual([1, 2, 3, 4, 1, 1]);
    const zeros = tf.tidy(() => toPaddedWithZeros(tf, batch, x));
    expect(await read(zeros)).toEqual([1, 2, 3, 4, 0, 0]);
    const packed = toPacked(tf, batch, padded);
    expect(await read(packed)).toEqual([1, 2, 3, 4]);
    const mask = await read(batch.padding?.mask as Tensor);
    expect(mask.map((value) => value === 0)).toEqual([true, true, true, true, false, false]);
    tf.dispose([x, padded, zeros, packed]);
    disposePacked(tf, batch);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("has no padding where all are as long", () => {
    const { tf } = ops;
    const batch = packSequences(tf, [long, long]);
    expect(batch.padding).toBeNull();
    const x = tf.zeros([6, 1]);
    expect(toPadded(tf, batch, x)).toBe(x);
    x.dispose();
  });
});

describe("embedTokens", () => {
  it.each([
    ["words", [1, 4], 4],
    ["words", [-1], -1],
    ["positions", [0, 0, 0, 0, 0], 4],
  ])("reads nothing outside of its table of %s", (name, ids, outside) => {
    const { tf } = ops;
    const config = parseEncoderConfig(
      JSON.parse(readFileSync(join(toTinyFolder("tiny-distilbert"), "config.json"), "utf8")),
      "c",
    );
    const batch = packSequences(tf, [{ ids, typeIds: ids.map(() => 0) }]);
    const net = { ops, weights: () => tf.zeros([4, config.hidden]) };
    expect(() => tf.tidy(() => embedTokens(net, config, batch, null).y)).toThrow(
      new ExpectedError(
        `embeddings.${name}: expected a row below 4, got ${outside}: the tokenizer, or config.json, does not fit the weights`,
      ),
    );
    disposePacked(tf, batch);
  });
});

describe("addRows", () => {
  it("adds up as a loop does", async () => {
    const random = createRandom("rows");
    const [size, columns] = [7, 3];
    const rows = Int32Array.from({ length: 20 }, () => random.int(size - 1));
    const dy = Float32Array.from({ length: rows.length * columns }, () => random.normal());
    const wanted = new Float64Array(size * columns);
    rows.forEach((row, i) => {
      for (let column = 0; column < columns; column++)
        wanted[row * columns + column] =
          (wanted[row * columns + column] ?? 0) + (dy[i * columns + column] ?? 0);
    });
    const found = await read(
      ops.tf.tidy(() => scatterRows(ops, ops.tf.tensor2d(dy, [rows.length, columns]), rows, size)),
    );
    expect(found).toHaveLength(wanted.length);
    found.forEach((value, at) => {
      expect(value).toBeCloseTo(wanted[at] ?? Number.NaN, 5);
    });
    // No row 6 came.
    expect(found.slice(-columns)).toEqual([0, 0, 0]);
  });
});

describe("createDropoutMask", () => {
  const mask = (rate: number, seed: number, index: number) =>
    read(createDropoutMask(ops, [100, 200], rate, { seed, index }) as Tensor);

  it.each([0.1, 0.5])("keeps the share that a rate of %f says, and their sum", async (rate) => {
    const values = await mask(rate, 1, 1);
    const kept = values.filter((value) => value !== 0);
    // 20,000 values: three standard errors of a share of one half are 0.011.
    expect(Math.abs(kept.length / values.length - (1 - rate))).toBeLessThan(0.011);
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / (1 - rate))]));
  });

  it("is the same at the same place, and another at another step or place", async () => {
    const first = await mask(0.5, 1, 1);
    expect(await mask(0.5, 1, 1)).toEqual(first);
    for (const other of [await mask(0.5, 2, 1), await mask(0.5, 1, 2)]) {
      const equal = other.filter((value, at) => value === first[at]).length;
      expect(Math.abs(equal / first.length - 0.5)).toBeLessThan(0.02);
    }
  });

  it("drops neighbours independently", async () => {
    const values = await mask(0.5, 3, 0);
    for (const apart of [1, 2, 200]) {
      const pairs = values.slice(apart).filter((value, at) => value !== 0 && values[at] !== 0);
      expect(Math.abs(pairs.length / values.length - 0.25)).toBeLessThan(0.015);
    }
  });
});

describe("toBuckets", () => {
  /** Where each bucket begins, by transformers' MPNetEncoder.relative_position_bucket. */
  const starts = {
    32: [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91],
    8: [0, 1, 2, 16],
  };
  it.each([32, 8] as const)("puts distances into %i buckets as transformers does", (buckets) => {
    const longest = 300;
    const found = computeBuckets(longest, buckets);
    for (let distance = 0; distance < longest; distance++) {
      const wanted = starts[buckets].findLastIndex((start) => start <= distance);
      expect(found[distance * longest], `${distance} before`).toBe(wanted);
      expect(found[distance], `${distance} behind`).toBe(distance === 0 ? 0 : wanted + buckets / 2);
    }
  });
});

describe("activations", () => {
  const points = [-3, -1.5, -0.4, 0.3, 1.1, 2.7];
  const geluByTanh = ["gelu_new", "gelu_pytorch_tanh", "gelu_fast"] as const;
  const silu = ["silu", "swish"] as const;
  /** GELU by tanh, and SiLU, at these points, from NumPy and SciPy in double precision. */
  const tabulated = [
    [-0.0036373921, -0.1422776195],
    [-0.100428423, -0.2736382857],
    [-0.1378388306, -0.160524936],
    [0.1853709235, 0.172332755],
    [0.9505810462, 0.8252861161],
    [2.6911124054, 2.5299719386],
  ];

  it.each([
    ["gelu", (x: number) => [-0.0040497, 2.6906389][x < 0 ? 0 : 1], [-3, 2.7]],
    ["relu", (x: number) => Math.max(0, x), points],
    ["tanh", Math.tanh, points],
    ...geluByTanh.map((name) => [name, (x: number) => tabulated[points.indexOf(x)]?.[0], points]),
    ...silu.map((name) => [name, (x: number) => tabulated[points.indexOf(x)]?.[1], points]),
  ] as [ActivationName, (x: number) => number | undefined, readonly number[]][])(
    "%s has its values",
    async (name, wanted, at) => {
      const found = await read(activations[name](ops)(ops.tf.tensor1d([...at])).y);
      at.forEach((x, i) => {
        expect(Math.abs((found[i] ?? Number.NaN) - (wanted(x) ?? Number.NaN))).toBeLessThan(2e-5);
      });
    },
  );

  it.each(["gelu", "relu", "tanh", ...geluByTanh, ...silu] as const)(
    "%s's derivative is its slope",
    async (name) => {
      const activate: Module = activations[name](ops);
      const step = 1e-2;
      const shifted = (by: number) => activate(ops.tf.tensor1d(points.map((x) => x + by))).y;
      const [above, below] = [await read(shifted(step)), await read(shifted(-step))];
      const x = ops.tf.tensor1d(points);
      const dy = ops.tf.fill(x.shape, 3);
      const none = createGradients(ops.tf, () => false);
      const slopes = await read(activate(x).back(dy, none));
      slopes.forEach((slope, i) => {
        const wanted = (3 * ((above[i] ?? 0) - (below[i] ?? 0))) / (2 * step);
        expect(Math.abs(slope - wanted)).toBeLessThan(1e-3);
      });
    },
  );
});
