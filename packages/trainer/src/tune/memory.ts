import { freemem } from "node:os";
import {
  type Backend,
  countNumbers,
  ExpectedError,
  type Flags,
  toMessage,
} from "@seedling/core/internal";
import type { EncoderConfig } from "../encoder/encoder-config.ts";
import { isTrainedParameter, type Parameter } from "../encoder/parameters.ts";
import type { TuningPlan } from "./plan.ts";
import { countLongest, type TokenItem } from "./token-items.ts";

/** What a step's memory depends on. */
export interface StepSize {
  config: EncoderConfig;
  parameters: readonly Parameter[];
  freeze: number;
  /** Sequences of a part of a step, and tokens of the longest. */
  sequences: number;
  longest: number;
}

/**
 * Estimates a training step's memory, in bytes: the parameters with gradients and two moments, and what the
 * layers keep for the backward pass, counted from what the modules of a layer save, at full padding.
 * @param recompute whether layers keep only their input; one at a time is whole all the same
 */
export function estimateMemory(size: StepSize, recompute: boolean): number {
  const { config, parameters, freeze, sequences, longest } = size;
  const { hidden, up, heads, layers } = config;
  const tokens = sequences * longest;
  let numbers = 0;
  for (const { name, shape } of parameters)
    numbers += countNumbers(shape) * (isTrainedParameter(name, freeze) ? 4 : 1);
  // Input, queries to values, context, two norms, the middle, two masks; the inner part twice, and with gates twice more.
  const dense = tokens * (10 * hidden + 2 * up);
  const attention = sequences * heads * longest ** 2;
  const layer = dense + 2 * attention;
  // In the backward pass of a layer: gradients of the inner part and of the scores, in several copies.
  const working = tokens * (4 * hidden + 3 * up) + 4 * attention;
  const kept = layers - freeze;
  const saved = recompute ? kept * tokens * hidden + layer : kept * layer;
  return 4 * (numbers + saved + working);
}

/** Bytes in GB, or in MB where there are few: `7.1 GB`, `35 MB`. */
export function renderMemory(bytes: number): string {
  return bytes < 1e8
    ? `${Math.max(1, Math.round(bytes / 1e6))} MB`
    : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Memory assumed of a graphics card, in bytes: backends do not report it. */
const cardBytes = 16e9;

/** Chooses whether layers are computed twice, "auto": where they would not fit otherwise; estimates what a step takes, in bytes. */
export function planMemory(
  flag: Flags["recompute"],
  { grid, freeze, parts }: Pick<TuningPlan, "grid" | "freeze" | "parts">,
  model: Pick<StepSize, "config" | "parameters">,
  items: readonly TokenItem[],
  { device }: Pick<Backend, "device">,
): { recompute: boolean; bytes: number } {
  const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), 0);
  const largest = most(grid.map(({ batchSize }) => batchSize));
  const size: StepSize = {
    ...model,
    freeze,
    sequences:
      most(items.map(({ sequences }) => sequences.length)) *
      Math.ceil(Math.min(largest, items.length) / parts),
    longest: most(items.map(countLongest)),
  };
  const room = device === "CPU" ? Math.min(0.8 * freemem(), cardBytes) : cardBytes;
  const recompute = flag === "on" || (flag === "auto" && estimateMemory(size, false) > room);
  return { recompute, bytes: estimateMemory(size, recompute) };
}

/** How TensorFlow, V8, C++ and WebGPU report that memory is exhausted. */
const words = /\bOOM\b|resource[_ ]?exhausted|out of memory|allocation failed|bad_alloc/i;

/**
 * Explains an error for lack of memory, with what to do; returns any other error as it is.
 * @param size the estimate of a step's memory, in words
 */
export function explainOutOfMemory(error: unknown, size: string): unknown {
  const message = toMessage(error);
  if (!words.test(message)) return error;
  return new ExpectedError(
    `out of memory (a step needs about ${size}): give --recompute on, a larger --accumulate, a smaller --max-length or --batch-size, or --freeze N (${message.split("\n")[0]})`,
    { cause: error },
  );
}
