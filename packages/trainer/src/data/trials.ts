import { z } from "zod";

/** A number; null where it was not finite. */
const finite = z.number().nullable();

/** A trial after one of its epochs. */
export const trialEpochSchema = z.object({
  learningRate: z.number(),
  batchSize: z.number(),
  /** From 1. */
  epoch: z.number(),
  /** Mean cross entropy over the epoch's items, in nats. */
  trainLoss: finite,
  /** Mean cross entropy over the dev items, in nats. */
  devLoss: finite,
  /** Fraction of dev items that are right, 0 to 1. */
  devAccuracy: finite,
  /** Whether one and the same position was chosen for every dev item. */
  collapsed: z.boolean(),
});

export type TrialEpoch = z.infer<typeof trialEpochSchema>;

/** How a trial did, whatever its settings were. */
export type TrialResult = Omit<TrialEpoch, "learningRate" | "batchSize" | "epoch">;

/** What varies from trial to trial of a grid. */
export type TrialSettings = Pick<TrialEpoch, "learningRate" | "batchSize">;

/** Lists the trials of a grid: all learning rates with the first batch size, then with the next. */
export function listTrials(learningRates: readonly number[], batchSizes: readonly number[]) {
  return batchSizes.flatMap((batchSize) =>
    learningRates.map((learningRate) => ({ learningRate, batchSize })),
  );
}

type DevResult = Pick<TrialResult, "devLoss" | "devAccuracy">;

/**
 * Whether a trial is better than an earlier one: higher dev accuracy; ties: lower dev loss. Of equals the
 * earlier stays. One that is not finite is never better.
 */
export function isBetterTrial(point: DevResult, earlier: DevResult | null): boolean {
  if (point.devAccuracy === null || point.devLoss === null) return false;
  if (earlier?.devAccuracy == null || earlier.devLoss === null) return true;
  if (point.devAccuracy !== earlier.devAccuracy) return point.devAccuracy > earlier.devAccuracy;
  return point.devLoss < earlier.devLoss;
}

/** Whether a trial has no further epoch: all are done, its loss was not finite, or it stops early. */
export function isTrialOver(
  points: readonly DevResult[],
  { epochs, earlyStop }: { epochs: number; earlyStop: number | null },
): boolean {
  if (points.length >= epochs || points.at(-1)?.devLoss === null) return true;
  const accuracies = points.map(({ devAccuracy }) => devAccuracy ?? 0);
  const best = accuracies.indexOf(Math.max(...accuracies));
  return earlyStop !== null && points.length > 0 && points.length - 1 - best >= earlyStop;
}

/** The names of settings in words; others are shown as they are. */
const words = new Map([
  ["learningRate", "learning rate"],
  ["batchSize", "batch size"],
  ["epoch", "epoch"],
  ["l2", "L2 penalty"],
]);

/** Picks a trial's settings; what it gave, and how it ended, is left out. */
export function pickSettings(trial: TrialResult): Record<string, number> {
  const settings = Object.entries(trial).filter(([name]) => words.has(name));
  return Object.fromEntries(settings.map(([name, value]) => [name, Number(value)]));
}

/** Renders a trial: `learning rate 2e-5, batch size 16, epoch 3`. */
export function renderTrial(trial: Readonly<Record<string, number>>): string {
  return Object.entries(trial)
    .map(([name, value]) => `${words.get(name) ?? name} ${renderValue(value)}`)
    .join(", ");
}

/** 0.00002 -> `2e-5`. */
function renderValue(value: number): string {
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential() : String(value);
}
