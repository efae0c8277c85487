import { setImmediate } from "node:timers/promises";
import { openRandom, type Tf } from "@seedling/core";
import { type Batch, disposeBatch, toBatch } from "./batch.ts";
import { type Head, type HeadTensors, toScores, toTensors } from "./head.ts";
import type { Item } from "./items.ts";

export interface TrainOptions {
  tf: Tf;
  items: readonly Item[];
  learningRate: number;
  epochs: number;
  batchSize: number;
  seed: number;
}

/** A head in training, after an epoch. */
export interface Epoch {
  /** From 1. */
  epoch: number;
  /** Mean cross entropy over the epoch's batches, in nats. */
  loss: number;
  /** The head's numbers, good until the next epoch is asked for. */
  tensors: HeadTensors;
}

/**
 * Trains a head by cross entropy and Adam, in batches shuffled by the seed, and yields after each
 * epoch. Gives way to signals and timers after each batch.
 */
export async function* trainHead(start: Head, options: TrainOptions): AsyncGenerator<Epoch> {
  const { tf, items, learningRate, epochs, batchSize, seed } = options;
  const random = openRandom("batches", seed);
  const fresh = toTensors(tf, start);
  const weight = tf.variable(fresh.weight);
  const bias = fresh.bias && tf.variable(fresh.bias);
  const tensors = { weight, bias };
  const variables = bias ? [weight, bias] : [weight];
  tf.dispose(fresh.bias ? [fresh.weight, fresh.bias] : fresh.weight);
  const optimizer = tf.train.adam(learningRate);
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const order = random.shuffled(items);
      let loss = tf.scalar(0);
      for (let from = 0; from < order.length; from += batchSize) {
        const batch = toBatch(tf, order.slice(from, from + batchSize));
        const before = loss;
        loss = tf.tidy(() => {
          const cost = optimizer.minimize(() => toLoss(tf, tensors, batch), true, variables);
          return tf.add(before, tf.mul(cost ?? Number.NaN, batch.items));
        });
        before.dispose();
        disposeBatch(tf, batch);
        await setImmediate();
      }
      const [sum = Number.NaN] = await loss.data();
      loss.dispose();
      yield { epoch, loss: sum / items.length, tensors };
    }
  } finally {
    optimizer.dispose();
    tf.dispose(variables);
  }
}

/** Mean cross entropy of a batch, in nats. */
export function toLoss(tf: Tf, tensors: HeadTensors, batch: Batch) {
  const scores = toScores(tf, tensors, batch.hidden, batch.positions);
  const open = tf.add(scores, batch.mask);
  return tf.losses.softmaxCrossEntropy(batch.target, open).asScalar();
}
