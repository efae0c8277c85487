import { completionsSchema, machineSchema, sourceNames } from "@seedling/core/internal";
import { z } from "zod";
import { dataOriginSchema } from "../data/training-data.ts";

const share = z.object({ texts: z.number(), tokens: z.number() });

/** A training's manifest. */
export const trainingManifestSchema = z.object({
  version: z.literal(1),
  stage: z.literal("train"),
  task: z.string(),
  source: z.enum(sourceNames),
  seeds: z.object({ example: z.number(), creation: z.number(), train: z.number() }),
  data: dataOriginSchema,
  completions: completionsSchema.nullable(),
  train: z.object({
    n: z.number(),
    /** What n would be, had creation not stopped short. */
    target: z.number(),
    /** Human examples that were mixed in, before a fraction was taken. */
    human: z.number().default(0),
    labels: z.record(z.string(), z.number()).nullable(),
  }),
  dev: z.object({
    source: z.enum(["human", "created"]),
    n: z.number(),
    accuracy: z.number(),
    loss: z.number(),
    /** Whether one and the same answer was given for every dev item. */
    collapsed: z.boolean().default(false),
  }),
  student: z.object({ encoder: z.string(), tune: z.enum(["head", "full"]) }),
  conditions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** The point of the grid that was best on dev, by the names of what was varied. */
  best: z.record(z.string(), z.number()),
  /** What the maximum length took away. */
  cut: z.object({ train: share, dev: share }),
  backend: z.string(),
  /** What was set before TensorFlow was loaded. */
  settings: z.record(z.string(), z.string()).default({}),
  inputs: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
  machine: machineSchema.optional(),
  createdAt: z.string(),
});

/** What a training left behind. */
export type TrainingManifest = z.infer<typeof trainingManifestSchema>;
