import { computeBuckets } from "../encoder/embeddings.ts";
import type { EncoderConfig } from "../encoder/encoder-config.ts";
import { hasAttentionNorm } from "../encoder/parameters.ts";
import {
  addDistances,
  addPositions,
  addTurn,
  countAlong,
  createViews,
  type GraphView,
} from "./attention-graph.ts";
import type { GraphBuilder } from "./graph.ts";
import { addActivation, addDense, addLookup, addQuantizedDense } from "./layers.ts";
import { findOutliers } from "./outliers.ts";

/** What an encoder is given, [texts, tokens] each. */
export interface TokenInputs {
  ids: string;
  /** 1 at a token, 0 at padding, which comes last. */
  mask: string;
  /** Segments; null: all are 0. */
  types: string | null;
}

/** An encoder's numbers, by the names of `listParameters`. */
export interface EncoderNumbers {
  config: EncoderConfig;
  weights: (name: string) => Float32Array;
  /** Whether layers compute in 8 bits, and the tables of words and positions are kept in them. */
  isQuantized: boolean;
}

/** An encoder's numbers, with the outliers among the inputs of its products, by their names; null: in floats there are none. */
type LayerNumbers = EncoderNumbers & { outliers: ReturnType<typeof findOutliers> | null };

/** Adds one of our encoders, as encoder/encoder.ts computes it. @returns the hidden states, [texts, tokens, hidden] */
export function addEncoder(g: GraphBuilder, given: EncoderNumbers, inputs: TokenInputs): string {
  const { config, weights, isQuantized } = given;
  const numbers = { ...given, outliers: isQuantized ? findOutliers(config, weights) : null };
  const { family } = config;
  const tokens = countAlong(g, inputs.ids);
  const bias = addRelativeBias(g, numbers, tokens);
  const findView = createViews(g, numbers, inputs.mask, tokens);
  let x = addEmbeddings(g, numbers, inputs, tokens);
  for (const [layer, kind] of config.attention.entries()) {
    const own = `layer.${layer}`;
    const norm = (name: string, x: string) => addNorm(g, numbers, `${own}.${name}`, x);
    const attend = (x: string) => addAttention(g, numbers, own, x, bias, findView(kind));
    const feed = (x: string) => addFeedForward(g, numbers, own, x);
    const isFirst = family.finalNorm !== null;
    const seen = isFirst && hasAttentionNorm(config, layer) ? norm("attentionNorm", x) : x;
    const attended = g.add("Add", [x, attend(seen)]);
    x = isFirst ? attended : norm("attentionNorm", attended);
    const fed = g.add("Add", [x, feed(isFirst ? norm("outputNorm", x) : x)]);
    x = isFirst ? fed : norm("outputNorm", fed);
  }
  return family.finalNorm ? addNorm(g, numbers, "finalNorm", x) : x;
}

function addEmbeddings(
  g: GraphBuilder,
  numbers: EncoderNumbers,
  { ids, types }: TokenInputs,
  tokens: string,
): string {
  const { config, weights, isQuantized } = numbers;
  const { family, vocabulary, typeCount, positionOffset, maxPositions } = config;
  const table = (name: string, rows: number) => ({ name, rows, values: () => weights(name) });
  let sum = addLookup(g, ids, table("embeddings.words", vocabulary), isQuantized);
  if (family.embeddings.positions) {
    const positions = table("embeddings.positions", maxPositions + positionOffset);
    const indices = g.add("Add", [addPositions(g, tokens), g.index(positionOffset)]);
    sum = g.add("Add", [sum, addLookup(g, indices, positions, isQuantized)]);
  }
  if (typeCount > 0) {
    const segments = table("embeddings.types", typeCount);
    sum = g.add("Add", [sum, addLookup(g, types ?? g.index(0), segments, false)]);
  }
  return addNorm(g, numbers, "embeddings.norm", sum);
}

function addFeedForward(g: GraphBuilder, numbers: LayerNumbers, layer: string, x: string): string {
  const { family, activation, hidden, up: width, bias } = numbers.config;
  const activate = addActivation[activation];
  const up = addLayer(g, numbers, `${layer}.up`, width, bias.inner, x);
  let active: string;
  if (family.isGated) {
    const [left = "", right = ""] = g.addMany("Split", [up], 2, { axis: 2 });
    active = g.add("Mul", [activate(g, left), right]);
  } else active = activate(g, up);
  return addLayer(g, numbers, `${layer}.down`, hidden, bias.inner, active);
}

/** MPNet's bias of the scores by the distance of two tokens, [heads, tokens, tokens]; null: it has none. */
function addRelativeBias(
  g: GraphBuilder,
  { config, weights }: EncoderNumbers,
  tokens: string,
): string | null {
  const { relativeBuckets, heads, maxPositions: longest } = config;
  if (relativeBuckets === 0) return null;
  const distances = 2 * longest - 1;
  // One row for each distance, from the farthest behind to the farthest ahead.
  const table = () => {
    const [all, own] = [weights("relativeBias"), computeBuckets(longest, relativeBuckets)];
    const values = new Float32Array(distances * heads);
    for (let row = 0; row < distances; row++) {
      const distance = row - (longest - 1);
      const bucket = own[distance < 0 ? -distance * longest : distance] ?? 0;
      values.set(all.subarray(bucket * heads, (bucket + 1) * heads), row * heads);
    }
    return values;
  };
  const rows = g.add("Add", [addDistances(g, addPositions(g, tokens)), g.ints(longest - 1)]);
  const byDistance = g.tensor("relativeBias.distances", "float", [distances, heads], table);
  return g.add("Transpose", [g.add("Gather", [byDistance, rows])], { perm: [2, 0, 1] });
}

/** Multi-head self-attention between its two dense layers, [texts, tokens, hidden] both. */
function addAttention(
  g: GraphBuilder,
  numbers: LayerNumbers,
  layer: string,
  x: string,
  relativeBias: string | null,
  { mask, rotation }: GraphView,
): string {
  const { hidden, heads, bias } = numbers.config;
  const size = hidden / heads;
  const all = addLayer(g, numbers, `${layer}.qkv`, 3 * hidden, bias.attention, x);
  // [texts, heads, tokens, size] each.
  const [asked = "", unturned = "", values = ""] = g
    .addMany("Split", [all], 3, { axis: 2 })
    .map((part) => g.add("Reshape", [part, g.ints(0, 0, heads, size)]))
    .map((part) => g.add("Transpose", [part], { perm: [0, 2, 1, 3] }));
  const queries = g.add("Mul", [addTurn(g, asked, rotation), g.number(1 / Math.sqrt(size))]);
  const keys = g.add("Transpose", [addTurn(g, unturned, rotation)], { perm: [0, 1, 3, 2] });
  let scores = g.add("MatMul", [queries, keys]);
  if (relativeBias) scores = g.add("Add", [scores, relativeBias]);
  const probabilities = g.add("Softmax", [g.add("Add", [scores, mask])], { axis: 3 });
  const context = g.add("Transpose", [g.add("MatMul", [probabilities, values])], {
    perm: [0, 2, 1, 3],
  });
  const joined = g.add("Reshape", [context, g.ints(0, 0, hidden)]);
  return addLayer(g, numbers, `${layer}.out`, hidden, bias.attention, joined);
}

function addLayer(
  g: GraphBuilder,
  { weights, outliers }: LayerNumbers,
  name: string,
  outputs: number,
  hasBias: boolean,
  x: string,
): string {
  const weight = () => weights(`${name}.weight`);
  const bias = hasBias ? () => weights(`${name}.bias`) : null;
  const layer = { name, outputs, weight, bias };
  return outliers
    ? addQuantizedDense(g, x, layer, outliers.get(name) ?? [])
    : addDense(g, x, layer);
}

/** Adds layer normalisation over the last axis. */
export function addNorm(
  g: GraphBuilder,
  { config, weights }: Pick<EncoderNumbers, "config" | "weights">,
  name: string,
  x: string,
): string {
  const parts = ["weight", ...(config.bias.norm ? ["bias"] : [])].map((part) =>
    g.tensor(`${name}.${part}`, "float", [config.hidden], () => weights(`${name}.${part}`)),
  );
  return g.add("LayerNormalization", [x, ...parts], {
    axis: -1,
    epsilon: { float: config.epsilon },
  });
}
