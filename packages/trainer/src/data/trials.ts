import { z } from "zod";
import type { DevMetrics } from "./metrics.ts";

/** How a point of a grid did; null where a number was not finite. */
export interface TrialResult {
  /** Mean cross entropy over what it was trained on, in nats. */
  trainLoss: number | null;
  /** Mean cross entropy over the dev items, in nats. */
  devLoss: number | null;
  /** Share of dev items whose chosen option's text is right, 0 to 1. */
  devAccuracy: number | null;
  /** Whether one and the same position was chosen for every dev item. */
  collapsed: boolean;
}

/** What a point is chosen by. */
export type DevResult = Pick<TrialResult, "devLoss" | "devAccuracy">;

/**
 * Whether a point is to be taken before one that came earlier: higher dev accuracy; ties: lower dev
 * loss. Of equals the earlier stays. A point that is not finite is never taken.
 */
export function isBetterTrial(point: DevResult, earlier: DevResult | null): boolean {
  if (point.devAccuracy === null || point.devLoss === null) return false;
  if (earlier?.devAccuracy == null || earlier.devLoss === null) return true;
  if (point.devAccuracy !== earlier.devAccuracy) return point.devAccuracy > earlier.devAccuracy;
  return point.devLoss < earlier.devLoss;
}

/** Figures as a point has them: one whose numbers are not all finite keeps none of them. */
export function toTrialResult(
  trainLoss: number,
  { accuracy, loss, collapsed }: DevMetrics,
): TrialResult {
  if (!Number.isFinite(trainLoss) || !Number.isFinite(loss))
    return { trainLoss: null, devLoss: null, devAccuracy: null, collapsed: false };
  return { trainLoss, devLoss: loss, devAccuracy: accuracy, collapsed };
}

/** Whether a grid point has no further epoch: all are done, its loss was not finite, or it stopped early. */
export function isTrialOver(
  points: readonly DevResult[],
  { epochs, earlyStop }: { epochs: number; earlyStop: number | null },
): boolean {
  if (points.length >= epochs || points.at(-1)?.devLoss === null) return true;
  const accuracies = points.map(({ devAccuracy }) => devAccuracy ?? 0);
  const best = accuracies.indexOf(Math.max(...accuracies));
  return earlyStop !== null && points.length > 0 && points.length - 1 - best >= earlyStop;
}

const figure = z.number().nullable();

/** How a full tuning stood after an epoch at one point of its grid; null where a number was not finite. */
export const trialEpochSchema = z.object({
  learningRate: z.number(),
  batchSize: z.number(),
  /** From 1. */
  epoch: z.number(),
  /** Mean cross entropy over the epoch's items, in nats. */
  trainLoss: figure,
  /** Mean cross entropy over the dev items, in nats. */
  devLoss: figure,
  /** Share of dev items that are right, 0 to 1. */
  devAccuracy: figure,
  /** Whether one and the same position was chosen for every dev item. */
  collapsed: z.boolean(),
});

export type TrialEpoch = z.infer<typeof trialEpochSchema>;

/** What varies from trial to trial of a grid. */
export type TrialSettings = Pick<TrialEpoch, "learningRate" | "batchSize">;

/** What a grid varies, in words; what is not here is shown by its name. */
const words: Readonly<Record<string, string>> = {
  learningRate: "learning rate",
  batchSize: "batch size",
  l2: "L2 penalty",
};

/** Renders a trial: `learning rate 2e-5, batch size 16, epoch 3`. */
export function renderTrial(trial: Readonly<Record<string, number>>): string {
  return Object.entries(trial)
    .map(([name, value]) => `${words[name] ?? name} ${renderValue(value)}`)
    .join(", ");
}

/** 0.00002 -> `2e-5`. */
function renderValue(value: number): string {
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential() : String(value);
}
