import { computeLoss } from "../data/metrics.ts";
import { type EncodeOptions, encode } from "../encoder/encoder.ts";
import type { EncoderConfig } from "../encoder/encoder-config.ts";
import { createHeadModule } from "../encoder/encoder-head.ts";
import { createGradients, type Gradients, type Net, type Traced } from "../encoder/module.ts";
import { type Ops, tidy } from "../encoder/ops.ts";
import { disposePacked, packSequences } from "../encoder/packed.ts";
import { type EncoderHead, isTrainedParameter } from "../encoder/parameters.ts";
import { countLongest, type TokenItem } from "./token-items.ts";

/** An encoder with its head, ready to score items. */
export interface EncoderModel extends Net {
  config: EncoderConfig;
  head: EncoderHead;
}

type ScoreOptions = Pick<EncodeOptions, "freeze" | "recompute" | "seed">;

export interface GradientOptions extends ScoreOptions {
  /** Parts that the batch is computed in, one after the other. */
  parts: number;
}

/**
 * Computes the mean cross entropy of a batch and the gradients of all trained parameters.
 * @returns loss in nats, and gradients, which the caller disposes of
 */
export async function computeBatchGradients(
  model: EncoderModel,
  items: readonly TokenItem[],
  { freeze, recompute, parts, seed }: GradientOptions,
): Promise<{ loss: number; gradients: Gradients }> {
  const { tf } = model.ops;
  const gradients = createGradients(tf, (name) => isTrainedParameter(name, freeze));
  const size = Math.ceil(items.length / parts);
  let loss = 0;
  for (let from = 0; from < items.length; from += size) {
    const part = items.slice(from, from + size);
    // Each part has dropout of its own.
    const own = seed === null ? null : seed + from;
    await scorePart(model, part, { freeze, recompute, seed: own }, async ({ y: scores, back }) => {
      const computed = computeLoss(await scores.data<"float32">(), part, items.length);
      loss += computed.loss;
      tf.dispose(tf.tidy(() => back(tf.tensor(computed.gradient, scores.shape), gradients)));
    });
  }
  return { loss, gradients };
}

/** Computes the scores of items, [positions, outputs], and frees them and the way back once they were used. */
async function scorePart(
  model: EncoderModel,
  items: readonly Sequences[],
  options: ScoreOptions,
  use: (scored: Traced) => Promise<void>,
): Promise<void> {
  const { ops, config, head } = model;
  const { tf } = ops;
  const sequences = items.flatMap((item) => item.sequences);
  const batch = packSequences(tf, sequences);
  const encoded = encode(model, { ...options, config, batch });
  const headModule = createHeadModule(model, head, config, batch, options.seed);
  const { y, saved, back } = tidy(tf, () => headModule(encoded.y));
  await use({
    y,
    saved,
    back: (dy, gradients) => encoded.back(back(dy, gradients), gradients),
  });
  tf.dispose([y, ...saved, encoded.y, ...encoded.saved]);
  disposePacked(tf, batch);
}

/** Computes the L2 norm of all gradients together. */
export async function computeGradientNorm({ tf, sumSquares }: Ops, { all }: Gradients) {
  const squares = tf.tidy(() => tf.stack([...all.values()].map(sumSquares)));
  const sum = (await squares.data<"float32">()).reduce((total, square) => total + square, 0);
  squares.dispose();
  return Math.sqrt(sum);
}

type Sequences = Pick<TokenItem, "sequences">;

/** Tokens, padding included, that are scored at once. */
const tokensAtOnce = 4096;

/**
 * Scores items, one array for each, in their order. Items of similar length share a batch.
 * @param progress is called with items done and items in all
 */
export async function scoreTokenItems(
  model: EncoderModel,
  items: readonly Sequences[],
  progress?: (done: number, total: number) => void,
): Promise<Float32Array[]> {
  const { config, head } = model;
  const scores: Float32Array[] = [];
  const order = items.map((item, index) => ({ item, index, longest: countLongest(item) }));
  order.sort((a, b) => a.longest - b.longest || a.index - b.index);
  const options = { freeze: config.layers, recompute: false, seed: null };
  const score = async (batch: typeof order) => {
    const scored = batch.map(({ item }) => item);
    await scorePart(model, scored, options, async ({ y }) => {
      const data = await y.data<"float32">();
      let at = 0;
      for (const { item, index } of batch) {
        const length = item.sequences.length * head.outputs;
        scores[index] = data.slice(at, at + length);
        at += length;
      }
    });
  };
  for (let from = 0; from < order.length; ) {
    const batch = takeBatch(order, from);
    from += batch.length;
    await score(batch);
    // In matrix products one item's NaN, times 0, becomes that of all.
    if (batch.length > 1 && batch.some(({ index }) => !scores[index]?.every(Number.isFinite)))
      for (const entry of batch) await score([entry]);
    progress?.(from, items.length);
  }
  return scores;
}

function takeBatch<Entry extends { item: Sequences; longest: number }>(
  order: readonly Entry[],
  from: number,
): Entry[] {
  const batch: Entry[] = [];
  let sequences = 0;
  for (const entry of order.slice(from, from + tokensAtOnce)) {
    sequences += entry.item.sequences.length;
    if (batch.length > 0 && sequences * entry.longest > tokensAtOnce) break;
    batch.push(entry);
  }
  return batch;
}
