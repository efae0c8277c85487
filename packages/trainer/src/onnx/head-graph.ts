import type { EncoderHead } from "../encoder/parameters.ts";
import type { Head, Layer } from "../head/head.ts";
import { addNorm, type EncoderNumbers, type TokenInputs } from "./encoder-graph.ts";
import type { GraphBuilder } from "./graph.ts";
import { addActivation, addDense } from "./layers.ts";
import { addPooling } from "./pooling-graph.ts";
import { transpose } from "./quantize.ts";

/** Adds the head of a tuned encoder: hidden states -> scores, [texts, outputs]. */
export function addEncoderHead(
  g: GraphBuilder,
  { own, outputs }: EncoderHead,
  numbers: Pick<EncoderNumbers, "config" | "weights">,
  hidden: string,
  inputs: TokenInputs,
): string {
  const { config, weights } = numbers;
  const dense = (name: string, outputs: number, hasBias: boolean, x: string) => {
    const bias = hasBias ? () => weights(`${name}.bias`) : null;
    return addDense(g, x, { name, outputs, weight: () => weights(`${name}.weight`), bias });
  };
  const pooling = own?.pooling ?? "mean";
  let x = addPooling(g, hidden, inputs, { pooling, skipped: 0 });
  if (own) {
    const active = dense("head.dense", config.hidden, own.hasBias, x);
    x = addActivation[own.activation](g, active);
    if (own.norm) x = addNorm(g, numbers, "head.norm", x);
  }
  return dense("head.output", outputs, true, x);
}

/** Adds a head on vectors: [texts, dimensions] -> scores, [texts, outputs]. */
export function addHead(g: GraphBuilder, { dense, output }: Head, vectors: string): string {
  const add = (name: string, { outputs, inputs, weight, bias }: Layer, x: string) =>
    addDense(g, x, {
      name: `head.${name}`,
      outputs,
      weight: () => transpose(weight, inputs),
      bias: bias && (() => bias),
    });
  const hidden = dense && g.add("Relu", [add("dense", dense, vectors)]);
  return add("output", output, hidden ?? vectors);
}

/** Adds what a head reads of two vectors u, v of one text each: [u, v, |u - v|, u * v]. */
export function addPair(g: GraphBuilder, u: string, v: string): string {
  const difference = g.add("Abs", [g.add("Sub", [u, v])]);
  return g.add("Concat", [u, v, difference, g.add("Mul", [u, v])], { axis: 1 });
}
