import { type Backend, type BackendName, openBackend } from "@seedling/core/internal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encode } from "../src/encoder/encoder.ts";
import { averageTokens } from "../src/encoder/encoder-head.ts";
import { createOps, type Ops, type Tensor, tidy } from "../src/encoder/ops.ts";
import { disposePacked, packSequences } from "../src/encoder/packed.ts";
import {
  computeBatchGradients,
  computeGradientNorm,
  type GradientOptions,
  scoreTokenItems,
} from "../src/tune/model.ts";
import { type Case, type OpenedCase, openCase, toHubGradients } from "./golden.ts";

/** As make-golden.py has it. */
const golden = { steps: 10, clip: 1, weightDecay: 0.01 };

const plain: GradientOptions = { freeze: 0, recompute: false, parts: 1, seed: null };

/** How much is compared. */
interface Extent {
  /** How many of the ten steps of AdamW. */
  toSteps?: (one: Case) => number;
  /** Whether other ways to one gradient are compared with each other. */
  ways?: boolean;
}

/**
 * Compares encoders, their gradients and their training with PyTorch's numbers.
 */
export function testParity(
  name: BackendName,
  cases: readonly Case[],
  { toSteps = () => golden.steps, ways = true }: Extent = {},
): void {
  let backend: Backend;
  let ops: Ops;
  beforeAll(async () => {
    backend = await openBackend({ force: name });
    ops = createOps(backend);
  });

  describe.each(cases.map((one) => [one.name, one] as const))("%s", (_, one) => {
    let opened: OpenedCase;
    let whole: Step;
    beforeAll(async () => {
      opened = await openCase(ops, one);
      whole = await takeStep(opened, one, plain);
    });
    afterAll(() => opened.trainable.dispose());

    it("hidden states and embeddings within 1e-5 of PyTorch's", async () => {
      const { first, units } = await embed(opened);
      const { hidden_first_token: wanted, unit_embeddings } = one.golden;
      const shown = wanted[0]?.length ?? 0;
      expectWithin(
        first.flatMap((row) => row.slice(0, shown)),
        wanted.flat(),
        1e-5,
      );
      expectWithin(units.flat(), unit_embeddings.flat(), 1e-5);
    });

    it("scores and loss within 1e-5 of PyTorch's", async () => {
      const scores = await scoreTokenItems(opened.student, opened.items);
      expectWithin(
        scores.flatMap((row) => [...row]),
        one.task.logits.flat(),
        1e-5,
      );
      expectWithin([whole.loss], [one.task.loss], 1e-5);
    });

    it("every gradient norm within 1e-4 of PyTorch's", () => {
      const { gradient_norms, gradient_norm, gradient_heads } = one.task;
      const { named, norm } = whole;
      expect([...named.keys()].sort()).toEqual(Object.keys(gradient_norms).sort());
      for (const [hub, wanted] of Object.entries(gradient_norms)) {
        // A key's bias has no gradient in theory: what is there is rounding.
        const tolerance = Math.max(1e-4 * wanted, 1e-6);
        expectWithin([toTorchNorm(named.get(hub))], [wanted], tolerance, hub);
      }
      expectWithin([norm], [gradient_norm], 1e-4 * gradient_norm);
      for (const [hub, wanted] of Object.entries(gradient_heads)) {
        const found = [...(named.get(hub) ?? [])].slice(0, wanted.length);
        const tolerance = Math.max(1e-4 * Math.max(...wanted.map(Math.abs)), 1e-6);
        expectWithin(found, wanted, tolerance, hub);
      }
    });

    if (ways)
      it("layers computed twice give the same bits, a batch in two parts the same gradient", async () => {
        const twice = await takeStep(opened, one, { ...plain, recompute: true });
        const halves = await takeStep(opened, one, { ...plain, parts: 2 });
        expect(twice.loss).toBe(whole.loss);
        expectWithin([halves.loss], [whole.loss], 1e-5);
        for (const [hub, values] of whole.named) {
          expect(sameBits(twice.named.get(hub), values), `${hub}, computed twice`).toBe(true);
          expect(toLargestGap(halves.named.get(hub), values), `${hub}, in parts`).toBeLessThan(
            1e-5,
          );
        }
      });

    const steps = toSteps(one);
    it(`the losses of ${steps} steps of AdamW within 1e-4 of PyTorch's`, async () => {
      const { training } = one.task;
      const { trainable, student, items } = opened;
      const losses: number[] = [];
      for (let step = 1; step <= steps; step++) {
        const { loss, gradients } = await computeBatchGradients(student, items, plain);
        const scale = Math.min(
          1,
          golden.clip / ((await computeGradientNorm(ops, gradients)) + 1e-6),
        );
        trainable.step(gradients, {
          step,
          learningRate: training.learning_rates[step - 1] ?? Number.NaN,
          scale,
          weightDecay: golden.weightDecay,
        });
        gradients.dispose();
        losses.push(loss);
      }
      const { loss, gradients } = await computeBatchGradients(student, items, plain);
      gradients.dispose();
      expectWithin(
        [...losses, loss],
        [...training.losses, training.final_loss].slice(0, steps + 1),
        1e-4,
      );
    });
  });
}

/** A step's loss and gradients, by PyTorch's names. */
interface Step {
  loss: number;
  norm: number;
  named: Map<string, Float32Array>;
}

async function takeStep(opened: OpenedCase, one: Case, options: GradientOptions): Promise<Step> {
  const { student, items } = opened;
  const { loss, gradients } = await computeBatchGradients(student, items, options);
  const norm = await computeGradientNorm(student.ops, gradients);
  const named = await toHubGradients(gradients, opened, one);
  gradients.dispose();
  return { loss, norm, named };
}

/** The first token's hidden states, and the unit mean of all tokens', of the model's texts. */
async function embed({ student, texts }: OpenedCase) {
  const { ops, config } = student;
  const { tf } = ops;
  const batch = packSequences(
    tf,
    texts.flatMap(({ sequences }) => sequences),
  );
  const [first, units] = tidy(tf, () => {
    const frozen = { config, batch, seed: null, freeze: config.layers, recompute: false };
    const { y: hidden } = encode(student, frozen);
    const { y: means } = averageTokens(ops, batch)(hidden);
    const unit = tf.div(means, tf.norm(means, "euclidean", 1, true));
    return [tf.gather(hidden, tf.tensor1d(batch.starts, "int32")), unit] as [Tensor, Tensor];
  });
  const rows = {
    first: (await first.array()) as number[][],
    units: (await units.array()) as number[][],
  };
  tf.dispose([first, units]);
  disposePacked(tf, batch);
  return rows;
}

function expectWithin(found: number[], wanted: number[], tolerance: number, what = ""): void {
  expect(found).toHaveLength(wanted.length);
  expect(toLargestGap(found, wanted), `${what} largest difference`).toBeLessThanOrEqual(tolerance);
}

function toLargestGap(found: ArrayLike<number> | undefined, wanted: ArrayLike<number>): number {
  let largest = 0;
  for (let at = 0; at < wanted.length; at++) {
    const gap = Math.abs((found?.[at] ?? Number.NaN) - (wanted[at] ?? Number.NaN));
    if (!(gap <= largest)) largest = gap;
  }
  return largest;
}

function sameBits(a: Float32Array | undefined, b: Float32Array): boolean {
  const toBytes = (values: Float32Array) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return a !== undefined && toBytes(a).equals(toBytes(b));
}

/**
 * The Euclidean length as PyTorch's CPU kernel computed it for the golden numbers: eight sums of 32-bit
 * floats side by side. Of two million numbers that is 2e-4 short of the true length, so that doubles
 * would not agree with PyTorch, and do not agree with PyTorch's own doubles.
 */
function toTorchNorm(values: Float32Array | undefined): number {
  const sums = new Float32Array(8);
  values?.forEach((value, at) => {
    sums[at % 8] = (sums[at % 8] ?? 0) + Math.fround(value * value);
  });
  return Math.sqrt(sums.reduce((sum, one) => sum + one, 0));
}
