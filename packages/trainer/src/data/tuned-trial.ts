import { z } from "zod";

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
