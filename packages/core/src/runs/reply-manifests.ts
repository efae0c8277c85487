import { z } from "zod";
import { sourceNames } from "../data/sources.ts";
import { machineSchema } from "./manifest.ts";

/** The files of a creation besides those of its recording. */
export const creationFiles = {
  created: "created.jsonl",
  lineage: "lineage.jsonl",
  rejected: "rejected.jsonl",
} as const;

/**
 * Numbers by the text of a label, whatever that is: of `__proto__` too, which a record would leave out, and
 * with no entry for `constructor` where there is none.
 */
const byLabel = (expected: string, isRight: (n: unknown) => boolean) =>
  z.unknown().transform((value, context) => {
    const numbers: Record<string, number> = Object.create(null);
    const refuse = (path: string[], input: unknown) =>
      context.issues.push({ code: "custom", message: `expected ${expected}`, path, input });
    if (typeof value !== "object" || value === null || Array.isArray(value)) refuse([], value);
    for (const [label, n] of Object.entries(value ?? {}))
      if (isRight(n)) numbers[label] = n;
      else refuse([label], n);
    return numbers;
  });

export const labelCountsSchema = byLabel(
  "whole numbers",
  (n) => Number.isSafeInteger(n) && Number(n) >= 0,
);

/** The model that answered a creation's requests, and the time of the last answer. */
export const completionsSchema = z.object({
  kind: z.enum(["live", "replay", "sample"]),
  model: z.string(),
  date: z.string(),
});

const usageSchema = z.object({
  promptTokens: z.number(),
  completionTokens: z.number(),
  /** Replies whose server did not count. */
  uncounted: z.number(),
  /** Replies that were cut at their limit; earlier versions did not count them. */
  cut: z.number().optional(),
  /** Those of them that were asked by batches, at half the price. */
  batched: z.object({ promptTokens: z.number(), completionTokens: z.number() }).optional(),
});

/** The part that manifests of what is made of a language model's replies have in common. */
const shared = {
  version: z.literal(1),
  task: z.string(),
  /** The absolute folder that the task, or what was answered, was read from; left out of a benchmark and by earlier versions. */
  taskFolder: z.string().optional(),
  completions: completionsSchema,
  usage: usageSchema,
  /** At today's price list, a label check included; null: no price is known. */
  costUsd: z.number().nullable(),
  inputs: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
  machine: machineSchema.optional(),
  createdAt: z.string(),
};

/**
 * A creation's manifest: `manifest.json` once done, `partial.json` before. What has a default came
 * later than the first creations, which stay valid.
 */
export const creationManifestSchema = z.object({
  ...shared,
  stage: z.literal("create"),
  source: z.enum(sourceNames),
  seeds: z.object({ example: z.number(), creation: z.number() }),
  data: z.object({ kind: z.enum(["benchmark", "sample", "own"]), verified: z.boolean() }),
  /** The recording's folder, whose journal holds the completions; null: the creation's own does. Not in older ones. */
  recording: z.string().nullish(),
  conditions: z.record(z.string(), z.unknown()),
  formattingExample: z.object({ row: z.number().nullable() }),
  /** Examples wanted; of a creation that tokens ended, and of a whole pool, as many as were kept. */
  target: z.number(),
  /** Tokens that its requests took up to the last one processed, as --tokens counts them; earlier versions did not. */
  tokens: z.number().optional(),
  kept: z.number(),
  /** The reason that it is partial; null: it is not. */
  stopped: z.enum(["patience", "cap", "batch", "interrupt", "failure", "preview"]).nullable(),
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
    .max(1000)
    .default([]),
  rejections: z.record(z.string(), z.number()),
  /** Counts of kept labels: a label's text, or its number from 1 where options vary. */
  labels: labelCountsSchema.default({}),
  /** Kept examples by each rule that read what the model wrote in another form, such as `read by letter`. */
  readings: z.record(z.string(), z.number()).optional(),
  /** Kept examples that are too close to an item of those splits; null: these were not there. */
  contamination: z
    .object({ kept: z.number(), overlap: z.number(), against: z.record(z.string(), z.number()) })
    .nullable()
    .default(null),
  /** The check of the labels; null: there was none. */
  labelCheck: z
    .object({
      model: z.string(),
      times: z.number(),
      /** With the created labels, before relabelling. */
      agreement: z.number().nullable(),
      usage: usageSchema,
      /** Kept examples whose label the answers changed; left out where they decide none. */
      relabelled: z.number().optional(),
    })
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
        labels: byLabel("numbers", Number.isFinite),
      }),
    )
    .max(1000)
    .default([]),
  /** What the model named to ask for, with the replies that this took; left out where the setting asks for nothing. */
  naming: z
    .object({
      attributes: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
      replies: z.number(),
      /** Replies that named too few. */
      unread: z.number(),
    })
    .optional(),
  /** How often a classifier was right about kept examples that it was not fitted to, by chunks; and whether the creation ended for that. */
  curve: z.array(z.object({ n: z.number(), accuracy: z.number(), error: z.number() })).optional(),
  isFlat: z.boolean().optional(),
  /** Requests that were paid for, perhaps, and brought nothing; their tokens at worst. */
  lost: z
    .object({ requests: z.number(), tokensAtMost: z.number() })
    .default({ requests: 0, tokensAtMost: 0 }),
  adapted: z.array(z.string()),
});

export type CreationManifest = z.infer<typeof creationManifestSchema>;

/** The file of a language model's own answers to a test set, in the folder of its manifest. */
export const answersFile = "answers.jsonl";

/** A line of it: one test item, in the order of the test file. */
export const answerSchema = z.object({
  /** From 0. */
  row: z.int().nonnegative(),
  /** The text of the option that the reply chooses; null: it chooses none, or more than one. */
  answer: z.string().nullable(),
});

export type Answer = z.infer<typeof answerSchema>;

/** The manifest of a language model's own answers to a test set (`--setting direct`). */
export const answersManifestSchema = z.object({
  ...shared,
  stage: z.literal("answer"),
  /** The task whose test split it is. */
  test: z.string(),
  /** The seed of the order of the options and of the requests. */
  seeds: z.object({ creation: z.number() }),
  conditions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  n: z.number(),
  /** Items that have an answer of any kind: n but in a partial manifest. */
  answered: z.number(),
  /** Answers that choose no option. */
  unreadable: z.number(),
  /** The reason that it is partial; null: it is not. */
  stopped: z.enum(["cap", "batch"]).nullable(),
});

export type AnswersManifest = z.infer<typeof answersManifestSchema>;
