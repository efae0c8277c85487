import { z } from "zod";

/** The files of a creation beside those of its recording. */
export const creationFiles = { created: "created.jsonl", lineage: "lineage.jsonl" } as const;

/** Who answered a creation's requests, and when the last answer came. */
export const completionsSchema = z.object({
  kind: z.enum(["live", "replay", "sample"]),
  model: z.string(),
  date: z.string(),
});

/** A creation's manifest: `manifest.json` once done, `partial.json` before. */
export const creationManifestSchema = z.object({
  version: z.literal(1),
  stage: z.literal("create"),
  task: z.string(),
  source: z.string(),
  seeds: z.object({ example: z.number(), creation: z.number() }),
  data: z.object({ kind: z.enum(["benchmark", "sample"]), verified: z.boolean() }),
  completions: completionsSchema,
  conditions: z.record(z.string(), z.unknown()),
  formattingExample: z.object({ row: z.number().nullable() }),
  target: z.number(),
  kept: z.number(),
  /** Why it is partial; null: it is not. */
  stopped: z.enum(["patience", "interrupt", "failure"]).nullable(),
  replies: z.number(),
  rejections: z.record(z.string(), z.number()),
  usage: z.object({
    promptTokens: z.number(),
    completionTokens: z.number(),
    /** Replies whose server did not count. */
    uncounted: z.number(),
  }),
  /** At today's price list; null: no price is known. */
  costUsd: z.number().nullable(),
  adapted: z.array(z.string()),
  inputs: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
  createdAt: z.string(),
});

/** What a creation left behind. */
export type CreationManifest = z.infer<typeof creationManifestSchema>;
