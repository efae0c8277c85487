import { setImmediate } from "node:timers/promises";
import { openRandom } from "@seedling/core";
import { type Ops, type Tensor, tidy } from "../encoder/ops.ts";
import { toFigures } from "../scores/figures.ts";
import { isBetter, isOver, toJudged } from "../scores/grid.ts";
import { toLoss } from "../scores/loss.ts";
import type { TunedPoint } from "../scores/tuned-point.ts";
import { stepAdamW, type Trained } from "./adamw.ts";
import type { FitData, HeadPoint } from "./fit.ts";
import {
  createMlp,
  disposeTensors,
  type Head,
  type HeadTensors,
  type Layer,
  toScores,
  toTensors,
} from "./head.ts";
import type { Item } from "./items.ts";
import { toMatrix } from "./matrix.ts";
import { scoreItems } from "./score-items.ts";

/** How an MLP head stood after an epoch. */
export type MlpPoint = TunedPoint;

/** A point of the grid, before its epochs. */
export type MlpChoice = Pick<MlpPoint, "learningRate" | "batchSize">;

export interface MlpOptions {
  epochs: number;
  weightDecay: number;
  /** Epochs without a better dev accuracy that end it; null: none does. */
  earlyStop: number | null;
  seed: number;
}

/**
 * Trains an MLP head by AdamW with a rate that stays, in batches shuffled by the seed. The same input,
 * seed and backend give the same bytes. A loss that is not finite ends it.
 * @returns every epoch; the best has its head
 */
export async function trainMlp(
  ops: Ops,
  data: FitData,
  choice: MlpChoice,
  options: MlpOptions,
): Promise<HeadPoint<MlpPoint>[]> {
  const { kind, dev, dimensions, outputs } = data;
  const { seed } = options;
  const head = createMlp(kind, dimensions, outputs, seed);
  const random = openRandom("batches", seed);
  const trained = toTrained(head);
  const points: HeadPoint<MlpPoint>[] = [];
  let best: HeadPoint<MlpPoint> | null = null;
  let step = 0;
  while (
    !isOver(
      points.map(({ point }) => point),
      options,
    )
  ) {
    const order = random.shuffled(data.train);
    let sum = 0;
    for (let from = 0; from < order.length && Number.isFinite(sum); from += choice.batchSize) {
      const batch = order.slice(from, from + choice.batchSize);
      const { loss, gradients } = await toGradients(ops, head, batch);
      sum += loss * batch.length;
      step += 1;
      trained.forEach((one, place) => {
        stepAdamW(one, gradients[place] as Float32Array, {
          step,
          rate: choice.learningRate,
          weightDecay: options.weightDecay,
        });
      });
      if (step % 16 === 0) await setImmediate();
    }
    const judged = toJudged(sum / order.length, toFigures(dev, await scoreItems(ops, head, dev)));
    const epoch = points.length + 1;
    const point: HeadPoint<MlpPoint> = { point: { ...choice, epoch, ...judged }, head: null };
    points.push(point);
    if (!isBetter(point.point, best?.point ?? null)) continue;
    if (best) best.head = null;
    point.head = structuredClone(head);
    best = point;
  }
  return points;
}

/** The layers that a head has, from below. */
function toLayers({ dense, output }: Head): Layer[] {
  return dense ? [dense, output] : [output];
}

/** A head's numbers, changed where they are: of each layer the weight, then its bias if it has one. */
function toTrained(head: Head): Trained[] {
  const open = (values: Float32Array, decayed: boolean): Trained => ({
    values,
    firstMoments: new Float32Array(values.length),
    secondMoments: new Float32Array(values.length),
    decayed,
  });
  return toLayers(head).flatMap(({ weight, bias }) =>
    bias ? [open(weight, true), open(bias, false)] : [open(weight, true)],
  );
}

/** The mean loss of a batch, in nats, and its gradients in the order of layers, weight before bias. */
export async function toGradients(
  ops: Ops,
  head: Head,
  batch: readonly Item[],
): Promise<{ loss: number; gradients: Float32Array[] }> {
  const { tf } = ops;
  const rows = batch.flatMap(({ vectors }) => vectors);
  // Typed arrays first: slices of one large tensor are slow.
  const hidden = tf.tensor(toMatrix(rows), [rows.length, rows[0]?.length ?? 0]);
  const tensors = toTensors(tf, head);
  const { scores, active } = tidy(tf, () => toScores(ops, tensors, hidden));
  const { loss, gradient } = toLoss(await scores.data<"float32">(), batch, batch.length);
  const own = tidy(tf, () =>
    toLayerGradients(ops, tensors, hidden, active, tf.tensor(gradient, scores.shape)),
  );
  const gradients = await Promise.all(own.map((one) => one.data<"float32">()));
  tf.dispose([hidden, scores, ...own, ...(active ? [active] : [])]);
  disposeTensors(tf, tensors);
  return { loss, gradients };
}

function toLayerGradients(
  ops: Ops,
  { dense, output }: HeadTensors,
  hidden: Tensor,
  active: Tensor | null,
  dy: Tensor,
): Tensor[] {
  const { tf, matMul, sumRows } = ops;
  const own = [matMul(active ?? hidden, dy, true, false), ...(output.bias ? [sumRows(dy)] : [])];
  if (!dense || !active) return own;
  const onActive = matMul(dy, output.weight, false, true);
  const below = tf.mul(onActive, tf.step(active));
  return [matMul(hidden, below, true, false), sumRows(below), ...own];
}
