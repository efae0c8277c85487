import {
  completionsSchema,
  labelCountsSchema,
  machineSchema,
  sourceNames,
} from "@seedling/core/internal";
import { z } from "zod";
import { dataOriginSchema } from "../data/training-data.ts";

const whole = z.int().nonnegative();
const fraction = z.number().min(0).max(1);
const fractions = z.object({ texts: fraction, tokens: fraction });

export const trainingManifestSchema = z.object({
  version: z.literal(1),
  stage: z.literal("train"),
  task: z.string(),
  /** The absolute folder of an own task; left out by earlier versions. */
  taskFolder: z.string().optional(),
  source: z.enum(sourceNames),
  seeds: z.object({ example: whole, creation: whole, train: whole }),
  data: dataOriginSchema,
  completions: completionsSchema.nullable(),
  train: z.object({
    n: whole,
    /** How many were wanted: more than n if creation stopped short. */
    target: whole,
    /** Human examples that were mixed in, before a fraction was taken. */
    human: whole.default(0),
    labels: labelCountsSchema.nullable(),
  }),
  dev: z.object({
    source: z.enum(["human", "created"]),
    n: whole,
    accuracy: fraction,
    loss: z.number(),
    /** The accuracy on dev of always giving the label most frequent in training; left out where options vary, and by earlier versions. */
    constant: fraction.optional(),
    /** Whether one and the same answer was given for every dev item. */
    collapsed: z.boolean().default(false),
  }),
  student: z.object({
    encoder: z.string(),
    tune: z.enum(["head", "full"]),
    /**
     * How full tuning draws its batches; left out by earlier versions, which sorted items by length, warmed up from
     * the second step's rate and rounded the steps of `--recipe script` up.
     */
    batches: z.literal("random").optional(),
  }),
  conditions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** The settings of the trial that was best on dev. */
  best: z.record(z.string(), z.number()),
  /** What truncation to the maximum length removed, as fractions. */
  cut: z.object({ train: fractions, dev: fractions }),
  backend: z.string(),
  /** Environment variables that were set before TensorFlow was loaded. */
  settings: z.record(z.string(), z.string()).default({}),
  inputs: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
  machine: machineSchema.optional(),
  createdAt: z.string(),
});

export type TrainingManifest = z.infer<typeof trainingManifestSchema>;

/** Words for a full tuning whose batches an earlier version drew, with other steps; else empty. */
export function renderOlder({ tune, batches }: { tune: string; batches?: string | undefined }) {
  return tune === "full" && batches === undefined ? ", made by an older version" : "";
}
