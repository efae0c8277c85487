import { setImmediate } from "node:timers/promises";
import { createRandom, ExpectedError } from "@seedling/core/internal";
import type { LabelledItem } from "../data/examples.ts";
import { isBetterTrial, pickSettings, renderTrial, type TrialResult } from "../data/trials.ts";
import { activations } from "../encoder/activations.ts";
import { dense } from "../encoder/functional.ts";
import { openWeights } from "../encoder/held-weights.ts";
import { chain, type Module, type Net } from "../encoder/module.ts";
import { type Ops, tidy } from "../encoder/ops.ts";
import { stackRows } from "./matrix.ts";

/** The numbers of a dense layer, y = x W + b. */
export interface Layer {
  inputs: number;
  outputs: number;
  /** [inputs, outputs], row by row. */
  weight: Float32Array;
  /** [outputs], or null for none. */
  bias: Float32Array | null;
}

/** The numbers of a head. A choice's output has no bias: it would cancel in the softmax over options. */
export interface Head {
  /** The hidden layer of an MLP, with ReLU after it; null: the head is linear. */
  dense: Layer | null;
  /** One output for each class, or one for a choice. */
  output: Layer;
}

const hiddenWidth = 256;

/**
 * Creates a head.
 * @param hidden the width of an MLP's dense layer; null: the head is linear
 * @param draw a number of a layer by its inputs, the weight's row by row, then the bias's; left out: 0
 */
export function shapeHead(
  dimensions: number,
  hidden: number | null,
  outputs: number,
  draw: (inputs: number) => number = () => 0,
): Head {
  const layer = (inputs: number, width: number, hasBias: boolean): Layer => {
    const weight = Float32Array.from({ length: inputs * width }, () => draw(inputs));
    const bias = hasBias ? Float32Array.from({ length: width }, () => draw(inputs)) : null;
    return { inputs, outputs: width, weight, bias };
  };
  const dense = hidden === null ? null : layer(dimensions, hidden, true);
  return { dense, output: layer(hidden ?? dimensions, outputs, outputs > 1) };
}

/**
 * A fresh MLP head: weights and biases uniform within 1 / sqrt(inputs), as torch.nn.Linear begins. The
 * same seed gives the same head.
 */
export function createMlp(dimensions: number, outputs: number, seed: number): Head {
  const random = createRandom("head", seed);
  const draw = (inputs: number) => (1 / Math.sqrt(inputs)) * (2 * random.next() - 1);
  return shapeHead(dimensions, hiddenWidth, outputs, draw);
}

/** Shapes of a head's arrays by their names in `listNumbers`, before any is made. */
export function listShapes(dimensions: number, hidden: number | null, outputs: number) {
  const dense = hidden === null ? [] : [["dense.weight", [dimensions, hidden]] as const];
  const denseBias = hidden === null ? [] : [["dense.bias", [hidden]] as const];
  const bias = outputs > 1 ? [["output.bias", [outputs]] as const] : [];
  const output = ["output.weight", [hidden ?? dimensions, outputs]] as const;
  return [...dense, ...denseBias, output, ...bias];
}

/** Lists a head's arrays by name: of each layer the weight, then its bias if it has one. */
export function listNumbers({ dense, output }: Head) {
  return Object.entries({ ...(dense && { dense }), output }).flatMap(
    ([layer, { inputs, outputs, weight, bias }]) => [
      { name: `${layer}.weight`, shape: [inputs, outputs], values: weight },
      ...(bias ? [{ name: `${layer}.bias`, shape: [outputs], values: bias }] : []),
    ],
  );
}

/**
 * Creates the way from vectors [rows, dimensions] to scores [rows, outputs].
 * @param net the head's weights, by the names of `listNumbers`
 */
export function createScorer(net: Net, { dense: hidden, output }: Head): Module {
  const last = dense(net, "output", {
    inputsFirst: true,
    hasBias: output.bias !== null,
    isFirst: hidden === null,
  });
  if (!hidden) return last;
  const first = dense(net, "dense", { inputsFirst: true, isFirst: true });
  return chain(first, activations.relu(net.ops), last);
}

const rowsAtOnce = 1024;

/** Scores items: one array for each, with a score for each of its positions. */
export async function scoreItems(
  ops: Ops,
  head: Head,
  items: readonly { vectors: readonly Float32Array[] }[],
): Promise<Float32Array[]> {
  const { tf } = ops;
  const { inputs } = head.dense ?? head.output;
  const rows = items.flatMap(({ vectors }) => vectors);
  const scores = new Float32Array(rows.length * head.output.outputs);
  const frozen = await openWeights(ops, listNumbers(head), async ({ values }) => values);
  const net = { ops, weights: frozen.weights };
  try {
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      const chunk = rows.slice(from, from + rowsAtOnce);
      const own = tidy(tf, () => {
        const vectors = tf.tensor(stackRows(chunk), [chunk.length, inputs]);
        return createScorer(net, head)(vectors).y;
      });
      scores.set(await own.data<"float32">(), from * head.output.outputs);
      own.dispose();
      await setImmediate();
    }
  } finally {
    frozen.dispose();
  }
  return splitScores(scores, head, items);
}

/** Splits the scores of all vectors: one array for each item. */
export function splitScores<Scores extends Float32Array | Float64Array>(
  scores: Scores,
  { output }: Head,
  items: readonly { vectors: readonly unknown[] }[],
): Scores[] {
  let next = 0;
  return items.map(({ vectors }) => {
    const from = next;
    next += vectors.length * output.outputs;
    return scores.subarray(from, next) as Scores;
  });
}

/** The items that a head is fitted to and chosen by. */
export interface FitData {
  train: readonly VectorItem[];
  dev: readonly VectorItem[];
  /** The length of a vector. */
  dimensions: number;
  /** The number of classes; 1 for a choice. */
  outputs: number;
}

/** Trials of a grid. */
export interface HeadTrials<Point extends TrialResult> {
  /** In the order of the grid. */
  log: Point[];
  /** The best of them with its head, the first of equals; null: no loss was finite. */
  best: { point: Point; head: Head } | null;
}

/** Adds trials, one or several, to those before them in the grid. */
export function addTrials<Point extends TrialResult>(
  all: HeadTrials<Point>,
  { log, best }: HeadTrials<Point>,
): void {
  all.log.push(...log);
  if (best && isBetterTrial(best.point, all.best?.point ?? null)) all.best = best;
}

/** Takes the best trial with its head. @throws ExpectedError if none has a finite loss */
export function takeBestHead<Point extends TrialResult>({ log, best }: HeadTrials<Point>) {
  if (best) return { log, ...best };
  const settings = log.map((point) => renderTrial(pickSettings(point)));
  throw new ExpectedError(
    `training failed in every trial (${settings.join("; ")}): the loss was never finite; are all numbers of the embeddings finite?`,
  );
}

/** A labelled example as the head reads it. */
export interface VectorItem extends LabelledItem {
  /** "classes": one; "choice": one for each option. */
  vectors: Float32Array[];
}
