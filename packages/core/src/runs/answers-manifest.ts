import { z } from "zod";
import { completionsSchema } from "./creation-manifest.ts";
import { machineSchema } from "./manifest.ts";

/** The file of a language model's own answers to a test set, in the folder of its manifest. */
export const answersFile = "answers.jsonl";

/** A line of it: one test item, in the order of the test file. */
export const answerSchema = z.object({
  /** From 0. */
  row: z.int().nonnegative(),
  /** The text of the option that the reply chooses; null: it chooses none, or more than one. */
  answer: z.string().nullable(),
});

/** An answer to a test item. */
export type Answer = z.infer<typeof answerSchema>;

/** The manifest of a language model's own answers to a test set (`--setting direct`). */
export const answersManifestSchema = z.object({
  version: z.literal(1),
  stage: z.literal("answer"),
  /** The task of the run, and the one whose test split it is. */
  task: z.string(),
  test: z.string(),
  /** The seed of the order of the options and of the requests. */
  seeds: z.object({ creation: z.number() }),
  completions: completionsSchema,
  conditions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** Items asked. */
  n: z.number(),
  /** Items that have an answer of any kind: n but in a partial manifest. */
  answered: z.number(),
  /** Answers that choose no option. */
  unreadable: z.number(),
  /** The reason that it is partial; null: it is not. */
  stopped: z.enum(["cap", "batch"]).nullable(),
  /** Tokens of the replies. */
  usage: z.object({
    promptTokens: z.number(),
    completionTokens: z.number(),
    /** Replies whose server did not count. */
    uncounted: z.number(),
    /** Those of them that were asked by batches, at half the price. */
    batched: z.object({ promptTokens: z.number(), completionTokens: z.number() }).optional(),
  }),
  /** At today's price list; null: no price is known. */
  costUsd: z.number().nullable(),
  inputs: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
  machine: machineSchema.optional(),
  createdAt: z.string(),
});

/** Such a manifest. */
export type AnswersManifest = z.infer<typeof answersManifestSchema>;
