import { join } from "node:path";
import { createRandom, readExamples, taskNamed, tasks } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { plan } from "../../core/test/planning.ts";
import { benchmarks, readShared } from "../../core/test/real-benchmarks.ts";
import { countSteps, planTuning } from "../src/tune/plan.ts";
import { computeRateFactor, drawBatches, planSchedule, planSteps } from "../src/tune/schedule.ts";

/** The original's train.sh: batches of 4, 16 of them a step, 10 epochs. */
const script = { epochs: 10, microBatch: 4 };

/**
 * The loop of transformers 4.35's Trainer (_inner_training_loop), which the original's train.py calls.
 * @returns for each epoch after which of all micro-batches the optimizer steps
 */
function runTrainerLoop(items: number, microBatch: number, accumulation: number, epochs: number) {
  const stepsInEpoch = Math.ceil(items / microBatch);
  const maxSteps = Math.ceil(epochs * Math.max(Math.floor(stepsInEpoch / accumulation), 1));
  const ends: number[][] = [];
  let total = 0;
  let globalStep = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const own: number[] = [];
    ends.push(own);
    for (let step = 0; step < stepsInEpoch; step++) {
      total += 1;
      const isLastOfFew = stepsInEpoch <= accumulation && step + 1 === stepsInEpoch;
      if (total % accumulation !== 0 && !isLastOfFew) continue;
      own.push(total);
      globalStep += 1;
      if (globalStep >= maxSteps) return ends;
    }
  }
  return ends;
}

describe("planSteps", () => {
  it.each([
    ["mcqa_2/winogrande", 20, 8],
    ["yesno_open/pubmedqa", 70, 10],
    ["yesno_open/bioasq", 100, 10],
    ["yesno_close/strategyqa", 320, 10],
  ])(
    "of the original's script takes on %s %i updates, in %i epochs",
    async (name, steps, epochs) => {
      const items = taskNamed(name).trainSize ?? 0;
      const line = `--data ${name} --setting human --tune full --encoder some/model --recipe script`;
      const [run] = await plan(`${line} --learning-rates 1e-5`);
      expect(run && countSteps(planTuning(run.flags), items)).toBe(steps);
      expect(planSteps(items, 64, script).ends).toHaveLength(epochs);
    },
  );

  it.skipIf(!benchmarks)("knows the paper's numbers of training rows", () => {
    type Table = { table3_in_distribution: { columns: string[]; train_size: number[] } };
    const { columns, train_size } =
      readShared<Table>("published/tables.json").table3_in_distribution;
    const ours = new Map(tasks.map(({ name, trainSize }) => [name, trainSize]));
    expect(columns.map((name) => ours.get(name))).toEqual(train_size);
  });

  it.each([
    ...tasks.map(({ trainSize }) => trainSize ?? 0),
    ...[1, 3, 4, 5, 40, 60, 61, 63, 64, 65, 66, 68, 127, 128, 129],
  ])("steps with %i items where transformers' Trainer does", (items) => {
    expect(planSteps(items, 64, script).ends).toEqual(runTrainerLoop(items, 4, 16, 10));
    expect(planSteps(items, 32, script).ends).toEqual(runTrainerLoop(items, 4, 8, 10));
    expect(planSteps(items, 4, script).ends).toEqual(runTrainerLoop(items, 4, 1, 10));
    const whole = runTrainerLoop(items, 16, 1, 10);
    expect(planSteps(items, 16, { epochs: 10, microBatch: null }).ends).toEqual(whole);
  });

  it("draws a batch as a whole that micro-batches do not fill", () => {
    expect(planSteps(20, 6, script)).toEqual(planSteps(20, 6, { ...script, microBatch: null }));
  });
});

describe("planSchedule", () => {
  it.each<[string, number, number, number]>([
    ["a share", 100, 0.06, 6],
    ["a share of few steps", 5, 0.06, 0],
    ["a number", 1000, 100, 100],
    ["a number beyond the end", 40, 100, 100],
    ["one step", 10, 1, 1],
    ["none", 10, 0, 0],
  ])("takes %s of %i steps", (_, steps, warmUp, wanted) => {
    expect(planSchedule(steps, warmUp)).toEqual({ steps, warmUp: wanted });
  });
});

describe("computeRateFactor", () => {
  it.each<[string, number, number, number[]]>([
    ["two steps up, then down", 6, 2, [0, 0.5, 1, 0.75, 0.5, 0.25, 0, 0]],
    ["no warm-up", 4, 0, [1, 0.75, 0.5, 0.25, 0]],
    ["a warm-up that never ends", 4, 100, [0, 0.01, 0.02, 0.03]],
    ["a warm-up of all steps", 3, 3, [0, 1 / 3, 2 / 3, 0]],
  ])("goes %s", (_, steps, warmUp, wanted) => {
    wanted.forEach((factor, step) => {
      expect(computeRateFactor({ steps, warmUp }, step)).toBeCloseTo(factor, 12);
    });
  });

  it.each([20, 70, 100, 320])("is transformers' at each of the script's %i steps", (steps) => {
    // _get_linear_schedule_with_warmup_lr_lambda
    const lambda = (step: number) =>
      step < 100 ? step / Math.max(1, 100) : Math.max(0, (steps - step) / Math.max(1, steps - 100));
    const schedule = planSchedule(steps, 100);
    for (let step = 0; step < steps; step++)
      expect(computeRateFactor(schedule, step)).toBe(lambda(step));
    expect(computeRateFactor(schedule, 0)).toBe(0);
  });
});

/** Real lengths where the benchmarks are here, else skewed ones. */
async function readLengths(name: string): Promise<number[]> {
  if (!benchmarks)
    return Array.from({ length: taskNamed(name).trainSize ?? 0 }, (_, i) => 5 + ((i * i) % 97));
  const examples = await readExamples(join(benchmarks, name, "train.jsonl"));
  return examples.map(({ question, context }) => question.length + (context?.length ?? 0));
}

/** The fraction of an epoch's pairs of batch-mates that were batch-mates the epoch before, too. */
function countMeetings(epochs: readonly (readonly { id: number }[])[][]): number {
  let pairs = 0;
  let again = 0;
  let before = new Map<number, number>();
  for (const batches of epochs) {
    for (const batch of before.size > 0 ? batches : [])
      batch.forEach(({ id }, i) => {
        pairs += i;
        for (const mate of batch.slice(0, i))
          if (before.get(id) === before.get(mate.id)) again += 1;
      });
    before = new Map(
      batches.flatMap((batch, index) => batch.map(({ id }) => [id, index] as const)),
    );
  }
  return again / pairs;
}

describe("drawBatches", () => {
  it("takes each item once an epoch, in the order of its micro-batches, over all epochs", () => {
    const items = Array.from({ length: 450 }, (_, id) => id);
    const steps = planSteps(450, 64, script);
    const epochs = steps.ends.map((_, index) => drawBatches(items, steps, index + 1, 1));
    const all = epochs.flat(2);
    // 113 micro-batches an epoch, the last of 2; 70 steps of 16 end 10 before the tenth epoch does.
    expect(all).toHaveLength(10 * 450 - 9 * 4 - 2);
    for (let from = 0; from < 9 * 450; from += 450)
      expect(all.slice(from, from + 450).sort((a, b) => a - b)).toEqual(items);
    expect(new Set(all.slice(9 * 450)).size).toBe(450 - 9 * 4 - 2);
    // A step across the end of an epoch has its micro-batch of 2.
    const sizes = epochs.map((batches) => batches.map(({ length }) => length));
    expect(sizes.slice(0, 2)).toEqual([Array(7).fill(64), [62, ...Array(6).fill(64)]]);
  });

  it("is the same with the same seed and epoch, and another with another", () => {
    const items = Array.from({ length: 50 }, (_, id) => id);
    const steps = planSteps(50, 4, { epochs: 3, microBatch: null });
    const draw = (epoch: number, seed: number) => drawBatches(items, steps, epoch, seed);
    expect(draw(2, 1)).toEqual(draw(2, 1));
    expect(draw(2, 1)).not.toEqual(draw(1, 1));
    expect(draw(2, 1)).not.toEqual(draw(2, 2));
    expect(draw(2, 1).map(({ length }) => length)).toEqual([...Array(12).fill(4), 2]);
  });

  it.each([
    ["mcqa_2/winogrande", 16, null],
    ["mcqa_2/winogrande", 64, 4],
    ["yesno_open/pubmedqa", 4, null],
    ["yesno_open/pubmedqa", 64, 4],
    ["yesno_close/strategyqa", 16, null],
  ])("of %s mixes batches of %i anew: mates meet again as by chance", async (name, size, micro) => {
    const lengths = await readLengths(name);
    const items = lengths.map((length, id) => ({ id, length }));
    const steps = planSteps(items.length, size, { epochs: 40, microBatch: micro });
    const epochs = steps.ends.map((_, index) => drawBatches(items, steps, index + 1, 1));
    const chance = (size - 1) / (items.length - 1);
    expect(countMeetings(epochs) / chance).toBeGreaterThan(0.6);
    expect(countMeetings(epochs) / chance).toBeLessThan(1.4);
    // Sorted by length, as earlier versions drew batches of sets of up to 50, most meet again.
    const sorted = steps.ends.map((_, epoch) => {
      const order = createRandom("batches", epoch).shuffled(items);
      order.sort((a, b) => a.length - b.length);
      return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
        order.slice(at * size, (at + 1) * size),
      );
    });
    expect(countMeetings(sorted)).toBeGreaterThan(2 * chance);
  });
});
