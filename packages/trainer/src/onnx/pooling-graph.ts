import {
  type DenseLayer,
  type PoolingName,
  parsePooling,
  type Recipe,
} from "@seedling/core/internal";
import { addPositions, countAlong } from "./attention-graph.ts";
import type { TokenInputs } from "./encoder-graph.ts";
import type { GraphBuilder } from "./graph.ts";
import { addActivation, addDense } from "./layers.ts";

// These nodes may be put behind another program's graph. They are of operators that are the same in all versions
// since 11: a sum is a product with ones, as sums changed.

/** What pooling looks at, as floats. */
interface Tokens {
  /** [texts, tokens]: 1 where a token is pooled. */
  pooled: string;
  /** [tokens] */
  positions: string;
  /** [texts, 1]: the first token that is pooled, and the last one. */
  first: string;
  last: string;
}

/** A pooling by weights of tokens, [texts, tokens], and what their weighted sum is divided by, [texts, 1]. */
type Weigh = (g: GraphBuilder, tokens: Tokens) => { weights: string; divisor: string | null };

const pick = (g: GraphBuilder, positions: string, one: string) => ({
  weights: g.toFloat(g.add("Equal", [positions, one])),
  divisor: null,
});

/** All poolings but the maximum, as core's `toVector` computes them. */
const weighers: Record<Exclude<PoolingName, "max">, Weigh> = {
  cls: (g, { positions, first }) => pick(g, positions, first),
  lasttoken: (g, { positions, last }) => pick(g, positions, last),
  mean: (g, { pooled }) => ({ weights: pooled, divisor: addSum(g, pooled) }),
  mean_sqrt_len_tokens: (g, { pooled }) => ({
    weights: pooled,
    divisor: g.add("Sqrt", [addSum(g, pooled)]),
  }),
  weightedmean(g, { pooled, positions }) {
    const weights = g.add("Mul", [pooled, g.add("Add", [positions, g.number(1)])]);
    return { weights, divisor: addSum(g, weights) };
  },
};

/** Adds the pooling of hidden states, [texts, tokens, columns] -> [texts, columns x poolings]. */
export function addPooling(
  g: GraphBuilder,
  hidden: string,
  { ids, mask }: Pick<TokenInputs, "ids" | "mask">,
  { pooling, skipped }: Pick<Recipe, "pooling" | "skipped">,
): string {
  const real = g.toFloat(mask);
  const positions = g.toFloat(addPositions(g, countAlong(g, ids)));
  const last = g.add("Sub", [addSum(g, real), g.number(1)]);
  // A text that was truncated within its prompt is its last token.
  const first = g.add("Min", [g.number(skipped), last]);
  const before = g.toFloat(g.add("Less", [positions, first]));
  const pooled = skipped === 0 ? real : g.add("Sub", [real, before]);
  const tokens = { pooled, positions, first, last };
  const parts = (parsePooling(pooling) ?? []).map((name) => {
    if (name === "max") return addMaximum(g, hidden, pooled);
    const { weights, divisor } = weighers[name](g, tokens);
    const row = g.add("Reshape", [weights, g.ints(0, 1, -1)]);
    const sum = g.add("Reshape", [g.add("MatMul", [row, hidden]), g.ints(0, -1)]);
    return divisor ? g.add("Div", [sum, divisor]) : sum;
  });
  return parts.length === 1 ? (parts[0] as string) : g.add("Concat", parts, { axis: 1 });
}

function addMaximum(g: GraphBuilder, hidden: string, pooled: string): string {
  const others = g.add("Mul", [g.add("Sub", [pooled, g.number(1)]), g.number(1e9)]);
  const lowered = g.add("Add", [hidden, g.add("Reshape", [others, g.ints(0, -1, 1)])]);
  const columns = g.add("Transpose", [lowered], { perm: [0, 2, 1] });
  return g.add("Reshape", [g.add("GlobalMaxPool", [columns]), g.ints(0, -1)]);
}

/** Activations of Dense layers, by their classes in PyTorch. */
const denseActivations: Record<string, (g: GraphBuilder, x: string) => string> = {
  Identity: (_, x) => x,
  Tanh: addActivation.tanh,
  ReLU: addActivation.relu,
  Sigmoid: (g, x) => g.add("Sigmoid", [x]),
  SiLU: addActivation.silu,
};

/** Adds sentence-transformers' Dense layers, and scales to length 1: [texts, columns] -> [texts, dimensions]. */
export function addUnitVector(
  g: GraphBuilder,
  pooled: string,
  layers: readonly DenseLayer[],
): string {
  let x = pooled;
  for (const [at, { weight, bias, outputs, activation }] of layers.entries()) {
    const layer = {
      name: `dense.${at}`,
      outputs,
      weight: () => weight,
      bias: bias && (() => bias),
    };
    x = denseActivations[activation]?.(g, addDense(g, x, layer)) ?? x;
  }
  const length = g.add("Sqrt", [addSum(g, g.add("Mul", [x, x]))]);
  // One of length 0 stays as it is.
  return g.add("Div", [x, g.add("Max", [length, g.number(1e-30)])]);
}

/** The sums of rows, [rows, columns] -> [rows, 1]. */
function addSum(g: GraphBuilder, x: string): string {
  const columns = g.add("Reshape", [countAlong(g, x), g.ints(1)]);
  const ones = g.add("Expand", [g.number(1), g.add("Concat", [columns, g.ints(1)], { axis: 0 })]);
  return g.add("MatMul", [x, ones]);
}
