import { z } from "zod";
import { sourceNames } from "../data/sources.ts";
import { machineSchema } from "./manifest.ts";

/** The files of a creation besides those of its recording. */
export const creationFiles = {
  created: "created.jsonl",
  lineage: "lineage.jsonl",
  rejected: "rejected.jsonl",
} as const;

/** The model that answered a creation's requests, and the time of the last answer. */
export const completionsSchema = z.object({
  kind: z.enum(["live", "replay", "sample"]),
  model: z.string(),
  date: z.string(),
});

/** Tokens of replies. */
const usage = z.object({
  promptTokens: z.number(),
  completionTokens: z.number(),
  /** Replies whose server did not count. */
  uncounted: z.number(),
  /** Those of them that were asked by batches, at half the price. */
  batched: z.object({ promptTokens: z.number(), completionTokens: z.number() }).optional(),
});

/**
 * A creation's manifest: `manifest.json` once done, `partial.json` before. What has a default came
 * later than the first creations, which stay valid.
 */
export const creationManifestSchema = z.object({
  version: z.literal(1),
  stage: z.literal("create"),
  task: z.string(),
  source: z.enum(sourceNames),
  seeds: z.object({ example: z.number(), creation: z.number() }),
  data: z.object({ kind: z.enum(["benchmark", "sample", "own"]), verified: z.boolean() }),
  completions: completionsSchema,
  /** The recording's folder, whose journal holds the completions; null: the creation's own does. Not in older ones. */
  recording: z.string().nullish(),
  conditions: z.record(z.string(), z.unknown()),
  formattingExample: z.object({ row: z.number().nullable() }),
  target: z.number(),
  kept: z.number(),
  /** The reason that it is partial; null: it is not. */
  stopped: z.enum(["patience", "cap", "batch", "interrupt", "failure"]).nullable(),
  replies: z.number(),
  /** The number left after each step, and what one of them cost. */
  funnel: z
    .array(
      z.object({
        step: z.string(),
        n: z.number(),
        tokensEach: z.number().nullable(),
        usdEach: z.number().nullable(),
      }),
    )
    .default([]),
  rejections: z.record(z.string(), z.number()),
  /** Counts of kept labels: a label's text, or its number from 1 where options vary. */
  labels: z.record(z.string(), z.number()).default({}),
  /** Kept examples by each rule that read what the model wrote in another form, such as `read by letter`. */
  readings: z.record(z.string(), z.number()).optional(),
  /** Kept examples that are too close to an item of those splits; null: these were not there. */
  contamination: z
    .object({ kept: z.number(), overlap: z.number(), against: z.record(z.string(), z.number()) })
    .nullable()
    .default(null),
  /** The check of the labels; null: there was none. */
  labelCheck: z
    .object({ model: z.string(), times: z.number(), agreement: z.number().nullable(), usage })
    .nullable()
    .default(null),
  /** Drift and diversity by depth. */
  levels: z
    .array(
      z.object({
        from: z.number(),
        to: z.number(),
        n: z.number(),
        distance: z.number(),
        selfSimilarity: z.number().nullable(),
        distinct1: z.number(),
        distinct2: z.number(),
        labels: z.record(z.string(), z.number()),
      }),
    )
    .default([]),
  usage,
  /** At today's price list, the label check included; null: no price is known. */
  costUsd: z.number().nullable(),
  /** Requests that were paid for, perhaps, and brought nothing; their tokens at worst. */
  lost: z
    .object({ requests: z.number(), tokensAtMost: z.number() })
    .default({ requests: 0, tokensAtMost: 0 }),
  adapted: z.array(z.string()),
  inputs: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
  machine: machineSchema.optional(),
  createdAt: z.string(),
});

/** A creation's manifest. */
export type CreationManifest = z.infer<typeof creationManifestSchema>;
