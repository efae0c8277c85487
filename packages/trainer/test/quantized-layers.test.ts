import { createRequire } from "node:module";
import { join } from "node:path";
import { createRandom } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { expect, it } from "vitest";
import { readForeignGraph } from "../src/onnx/foreign-graph.ts";
import { createGraph, elementTypes, proto, writeModel } from "../src/onnx/graph.ts";
import { addQuantizedDense } from "../src/onnx/layers.ts";
import { findOutliers } from "../src/onnx/outliers.ts";
import { type Chunk, encodeField } from "../src/onnx/protobuf.ts";
import { packColumns, quantizeDense } from "../src/onnx/quantize.ts";

const { resolve } = createRequire(import.meta.resolve("@seedling/trainer"));
const runtime = createRequire(resolve("@xenova/transformers"));
const { InferenceSession, Tensor } = runtime("onnxruntime-node");

const [inputs, outputs] = [12, 3];
const weight = Float32Array.from({ length: outputs * inputs }, (_, at) => Math.sin(at + 1));
const bias = Float32Array.of(0.5, -1, 2);
// The fourth is far larger than the others.
const x = Float32Array.from({ length: inputs }, (_, at) => (at === 3 ? 300 : Math.cos(at)));
const exact = [...bias].map((own, output) =>
  x.reduce((sum, one, at) => sum + one * (weight[output * inputs + at] ?? 0), own),
);

/** The largest error of a layer in 8 bits. */
async function measureError(apart: number[]): Promise<number> {
  const g = createGraph();
  const given = g.input({ name: "x", type: "float", shape: [1, inputs] });
  const layer = { name: "layer", outputs, weight: () => weight, bias: () => bias };
  const y = addQuantizedDense(g, given, layer, apart);
  g.output(y, { name: "y", type: "float", shape: [1, outputs] });
  const path = join(tempFolder(), "layer.onnx");
  await writeModel(path, g.encode());
  const session = await InferenceSession.create(path);
  const found = await session.run({ x: new Tensor("float32", x, [1, inputs]) });
  return Math.max(...exact.map((one, at) => Math.abs(one - found.y.data[at])));
}

it("an input far larger than the others takes their digits, unless it is computed apart", async () => {
  expect(await measureError([])).toBeGreaterThan(0.5);
  expect(await measureError([3])).toBeLessThan(0.05);
  expect(await measureError([0, 3, 11])).toBeLessThan(0.05);
});

it("a weight's neighbours are at most 128 together, whose products by 255 fit 16 bits", () => {
  const random = createRandom("weights");
  const [outputs, inputs] = [40, 64];
  const drawn = Float32Array.from({ length: outputs * inputs }, () => random.normal());
  // All of one size, and one alone.
  drawn.fill(-0.5, 0, inputs).fill(0, inputs, 2 * inputs)[inputs + 7] = 3;
  const { values, scales } = quantizeDense(drawn, outputs);
  const [sums, errors]: [number[], number[]] = [[], []];
  for (let output = 0; output < outputs; output++)
    for (let input = 0; input < inputs; input++) {
      const at = (input: number) => values[input * outputs + output] ?? 0;
      sums.push(Math.abs(at(input)) + Math.abs(at(input + 1)));
      const scale = scales[output] ?? 0;
      errors.push(Math.abs(at(input) - (drawn[output * inputs + input] ?? 0) / scale));
    }
  expect(Math.max(...sums)).toBe(128);
  expect(Math.max(...errors)).toBeLessThan(0.5001);
  expect([values[0], scales[0]]).toEqual([-64, Math.fround(1 / 127)]);
  expect([values[7 * outputs + 1], scales[1]]).toEqual([127, Math.fround(3 / 127)]);
});

it("outliers are the columns that down writes with its largest weights, and the neurons that do", () => {
  const [hidden, width, layers] = [8, 16, 2];
  const down = Array.from({ length: layers }, () => new Float32Array(hidden * width).fill(0.01));
  const put = (layer: number, column: number, neuron: number, size: number) => {
    (down[layer] as Float32Array)[column * width + neuron] = size;
  };
  for (const [at, column] of [7, 5, 1, 3].entries()) put(0, column, 15 - at, at % 2 ? -2 : 2);
  for (const [at, column] of [4, 6].entries()) put(1, column, 2 + at, 3);
  for (const neuron of [9, 10, 11, 12]) put(1, 6, neuron, 1);
  for (const neuron of [3, 8]) put(0, 1, neuron, 1);
  const weights = (name: string) => down[Number(name.split(".")[1])] as Float32Array;
  const found = findOutliers({ hidden, layers }, weights);
  expect(Object.fromEntries(found)).toEqual({
    "layer.0.qkv": [1, 3, 4, 5, 6, 7],
    "layer.0.up": [1, 3, 4, 5, 6, 7],
    "layer.0.down": [3, 8, 12, 13, 14, 15],
    "layer.1.qkv": [1, 3, 4, 5, 6, 7],
    "layer.1.up": [1, 3, 4, 5, 6, 7],
    "layer.1.down": [2, 3, 9, 10, 11, 12],
  });
});

it("a matrix in 12 bits is within half a step of itself, and 4,095 steps wide", () => {
  const random = createRandom("packed");
  const [rows, columns] = [50, 4];
  const drawn = Float32Array.from({ length: rows * columns }, () => random.normal());
  for (let row = 0; row < rows; row++) drawn[row * columns + 1] = 0;
  const { high, low, scales } = packColumns(drawn, columns);
  const steps = drawn.map((x, at) => x / (scales[at % columns] || 1));
  const values = steps.map((_, at) => 16 * (high[at] ?? Number.NaN) + (low[at] ?? Number.NaN));
  const errors = values.map((value, at) => Math.abs(value - (steps[at] ?? 0)));
  expect(Math.max(...errors)).toBeLessThan(0.5001);
  expect(Math.max(...values.map(Math.abs))).toBe(2047);
  expect([Math.min(...low), Math.max(...low)]).toEqual([0, 15]);
  expect(scales[1]).toBe(0);
});

/** A foreign encoder's graph with a matrix of 32 by 32, and its bytes after weights were packed. */
function packForeign(values: Float32Array): Buffer {
  const join = (parts: readonly Chunk[]) =>
    Buffer.concat(parts.map((one) => (one instanceof Uint8Array ? one : one.make())));
  const foreign = createGraph();
  foreign.input({ name: "input_ids", type: "int64", shape: ["batch", "tokens"] });
  const { dimension, type, name, raw } = proto.tensor;
  const tensor = [
    ...[32, 32].flatMap((size) => encodeField(dimension, size)),
    ...encodeField(type, elementTypes.float),
    ...encodeField(name, "matrix"),
    ...encodeField(raw, new Uint8Array(values.buffer)),
  ];
  foreign.take({ nodes: [], initializers: encodeField(proto.graph.initializer, tensor) });
  foreign.output("matrix", { name: "last_hidden_state", type: "float", shape: [] });
  const g = createGraph("classifier/", true);
  readForeignGraph("model.onnx", join(foreign.encode())).addTo(
    g,
    { ids: "ids", mask: "mask" },
    { pooling: "mean", isDeclared: true },
    "",
  );
  return join(g.encode());
}

it.each<[string, Float32Array, boolean]>([
  ["numbers", new Float32Array(1024).fill(1), true],
  ["an infinite one among them", new Float32Array(1024).fill(-Infinity, 0, 1), false],
  ["what is no number", new Float32Array(1024).fill(Number.NaN, 0, 1), false],
])("a foreign matrix of %s is packed, or stays as it is", (_, values, isPacked) => {
  const bytes = packForeign(values);
  expect(bytes.includes("matrix.high")).toBe(isPacked);
  expect(bytes.includes(Buffer.from(values.buffer))).toBe(!isPacked);
});

it("a foreign matrix of fewer or more numbers than its shape says is refused in a sentence", () => {
  for (const size of [3, 1025])
    expect(() => packForeign(new Float32Array(size))).toThrow(
      `model.onnx: a head cannot be put behind this graph: expected 4096 bytes of matrix, as its shape says, got ${4 * size}`,
    );
});
