import type { ActivationName } from "../encoder/activations.ts";
import type { GraphBuilder } from "./graph.ts";
import { quantizeDense, quantizeRows, transpose } from "./quantize.ts";

/** Numbers of a dense layer, as PyTorch has them. */
interface DenseNumbers {
  name: string;
  outputs: number;
  /** [outputs, inputs], row by row; a function is called when they are needed. */
  weight: () => Float32Array;
  /** [outputs]; null: none. */
  bias: (() => Float32Array) | null;
}

/** Adds a dense layer, [..., inputs] -> [..., outputs]. */
export function addDense(g: GraphBuilder, x: string, layer: DenseNumbers): string {
  const { name, outputs, weight } = layer;
  const inputs = weight().length / outputs;
  const w = g.tensor(`${name}.weight`, "float", [inputs, outputs], () =>
    transpose(weight(), outputs),
  );
  return addBias(g, g.add("MatMul", [x, w]), layer);
}

/**
 * Adds a dense layer that computes in 8 bits: x has one scale, found as it runs, and the weight one for each
 * output (dynamic quantisation). onnxruntime makes one operation of these nodes.
 * @param apart inputs that are computed in floats, beside the others (`findOutliers`)
 */
export function addQuantizedDense(
  g: GraphBuilder,
  x: string,
  { name, outputs, weight, bias }: DenseNumbers,
  apart: readonly number[],
): string {
  const own = weight().slice();
  const inputs = own.length / outputs;
  const taken = new Float32Array(apart.length * outputs);
  for (const [row, input] of apart.entries())
    for (let output = 0; output < outputs; output++) {
      const at = output * inputs + input;
      taken[row * outputs + output] = own[at] as number;
      own[at] = 0;
    }
  const { values, scales } = quantizeDense(own, outputs);
  const w = g.tensor(`${name}.weight.int8`, "int8", [inputs, outputs], () => values);
  const s = g.tensor(`${name}.weight.scale`, "float", [outputs], () => scales);
  const left = apart.length === 0 ? x : leaveOut(g, x, inputs, apart);
  const [quantized = "", scale = "", zero = ""] = g.addMany("DynamicQuantizeLinear", [left], 3);
  const sums = g.toFloat(g.add("MatMulInteger", [quantized, w, zero]));
  const y = addBias(g, g.add("Mul", [sums, g.add("Mul", [scale, s])]), { name, outputs, bias });
  if (apart.length === 0) return y;
  const picked = g.add("Gather", [x, g.ints(...apart)], { axis: -1 });
  const t = g.tensor(`${name}.weight.apart`, "float", [apart.length, outputs], () => taken);
  return g.add("Add", [y, g.add("MatMul", [picked, t])]);
}

/** Puts 0 in the place of some of x's columns. */
function leaveOut(g: GraphBuilder, x: string, columns: number, out: readonly number[]): string {
  const mask = () => Float32Array.from({ length: columns }, (_, at) => Number(!out.includes(at)));
  return g.add("Mul", [x, g.tensor(`left_${columns}_${out.join("_")}`, "float", [columns], mask)]);
}

function addBias(
  g: GraphBuilder,
  x: string,
  { name, outputs, bias }: Omit<DenseNumbers, "weight">,
): string {
  return bias ? g.add("Add", [x, g.tensor(`${name}.bias`, "float", [outputs], bias)]) : x;
}

/** A table of embeddings, [rows, columns]. */
interface Table {
  name: string;
  rows: number;
  values: () => Float32Array;
}

/** Adds the look-up of rows by their indices, [...] -> [..., columns]. @param isQuantized keeps the table in 8 bits, with a scale for each row */
export function addLookup(
  g: GraphBuilder,
  indices: string,
  { name, rows, values }: Table,
  isQuantized: boolean,
): string {
  const columns = values().length / rows;
  if (!isQuantized)
    return g.add("Gather", [g.tensor(name, "float", [rows, columns], values), indices]);
  const table = quantizeRows(values(), rows);
  const int8 = g.tensor(`${name}.int8`, "int8", [rows, columns], () => table.values);
  const scales = g.tensor(`${name}.scale`, "float", [rows, 1], () => table.scales);
  const found = g.toFloat(g.add("Gather", [int8, indices]));
  return g.add("Mul", [found, g.add("Gather", [scales, indices])]);
}

/** GELU by a hyperbolic tangent, which is x times a sigmoid (encoder/functional.ts). */
function addGeluByTanh(g: GraphBuilder, x: string): string {
  const [a, b] = [Math.sqrt(2 / Math.PI), 0.044715];
  const inner = g.add("Add", [g.add("Mul", [g.add("Mul", [x, x]), g.number(b)]), g.number(1)]);
  const scaled = g.add("Mul", [g.add("Mul", [x, inner]), g.number(2 * a)]);
  return g.add("Mul", [x, g.add("Sigmoid", [scaled])]);
}

function addSilu(g: GraphBuilder, x: string): string {
  return g.add("Mul", [x, g.add("Sigmoid", [x])]);
}

/** Activations, by their names in the hub's configurations. */
export const addActivation: Record<ActivationName, (g: GraphBuilder, x: string) => string> = {
  gelu_new: addGeluByTanh,
  gelu_pytorch_tanh: addGeluByTanh,
  gelu_fast: addGeluByTanh,
  silu: addSilu,
  swish: addSilu,
  // In the order in which onnxruntime finds a GELU, and makes one operation of it.
  gelu(g, x) {
    const erf = g.add("Erf", [g.add("Div", [x, g.number(Math.SQRT2)])]);
    const doubled = g.add("Mul", [x, g.add("Add", [erf, g.number(1)])]);
    return g.add("Mul", [doubled, g.number(0.5)]);
  },
  relu: (g, x) => g.add("Relu", [x]),
  tanh: (g, x) => g.add("Tanh", [x]),
};
