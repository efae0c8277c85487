import { createRandom, openBackend } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { speedUpWasmMatMul } from "../src/encoder/ops.ts";

const { tf } = await openBackend({ force: "wasm" });
const random = createRandom("products");
const tensor = (...shape: number[]) => {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  );
};
const cases = [
  { a: [3, 4], b: [4, 5], sides: [false, false] },
  { a: [4, 3], b: [4, 5], sides: [true, false] },
  { a: [3, 4], b: [5, 4], sides: [false, true] },
  { a: [4, 3], b: [5, 4], sides: [true, true] },
  { a: [2, 4, 3], b: [2, 5, 4], sides: [true, true] },
  { a: [1, 4, 3], b: [2, 4, 5], sides: [true, false] },
  { a: [4, 1], b: [1, 4], sides: [true, true] },
].map((one) => ({ ...one, x: tensor(...one.a), y: tensor(...one.b) }));

const products = () =>
  cases.map(({ x, y, sides: [left, right] }) =>
    tf.tidy(() => tf.matMul(x, y, left, right).arraySync()),
  );
const before = products();
const tensors = tf.memory().numTensors;
const kernel = tf.getKernel("BatchMatMul", "wasm");
speedUpWasmMatMul(tf);

describe("speedUpWasmMatMul", () => {
  it("leaves every product as it was, and nothing behind", () => {
    const after = products();
    expect(after.flat(4)).toHaveLength(before.flat(4).length);
    for (const [i, value] of (after.flat(4) as number[]).entries())
      expect(value).toBeCloseTo(before.flat(4)[i] as number, 5);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("is in force, once", () => {
    const own = tf.getKernel("BatchMatMul", "wasm");
    expect(own?.kernelFunc).not.toBe(kernel?.kernelFunc);
    speedUpWasmMatMul(tf);
    expect(tf.getKernel("BatchMatMul", "wasm")).toBe(own);
  });
});
