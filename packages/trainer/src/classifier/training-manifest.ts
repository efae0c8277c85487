import {
  completionsSchema,
  labelCountsSchema,
  machineSchema,
  renderPercent,
  sourceNames,
} from "@seedling/core/internal";
import { z } from "zod";
import { dataOriginSchema, devSources } from "../data/training-data.ts";

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
    /** How many examples of `--created` have the text of an earlier one; left out: none, or not counted. */
    repeats: whole.optional(),
  }),
  dev: z.object({
    /** Of folds, n is the number of training examples, each judged by a fit to the other folds. */
    source: z.enum(devSources),
    n: whole,
    accuracy: fraction,
    loss: z.number(),
    /** The accuracy on dev of always giving the label most frequent in training; left out where options vary, and by earlier versions. */
    constant: fraction.optional(),
    /** Its labels; left out as `constant` is. */
    labels: labelCountsSchema.optional(),
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
    /** That an own task has defaults of its own; left out for benchmarks, and by earlier versions. */
    defaults: z.literal("own").optional(),
  }),
  conditions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** How a linear head was fitted, where not as every version fits those of benchmarks; left out by earlier versions. */
  fit: z
    .object({
      /** The penalty's choice: by the lowest loss or the highest accuracy on dev or folds; given, or by the labels' agreement. */
      penalty: z.enum(["loss", "accuracy", "agreement", "given"]),
      /** The share of the labels' names in the weights, 0 to 50; null: fitted without names. */
      names: z.number().nullable(),
      classWeights: z.enum(["balanced", "none"]),
    })
    .optional(),
  /** The temperature that scores are divided by, fitted on dev or the folds; left out: none was fitted. */
  calibration: z
    .object({
      temperature: z.number().positive(),
      /** The expected calibration error there, without the temperature and with it. */
      before: fraction,
      after: fraction,
    })
    .optional(),
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

const penaltyChoices = {
  loss: "penalty by the lowest loss",
  accuracy: "penalty by the highest accuracy",
  agreement: "penalty by the agreement of the created labels",
  given: "penalty as given",
} as const;

/** Renders how a linear head was fitted, in words. */
export function renderFit({ penalty, names, classWeights }: NonNullable<TrainingManifest["fit"]>) {
  return [
    penaltyChoices[penalty],
    names === null ? "without the labels' names" : `labels' names times ${names.toFixed(1)}`,
    ...(classWeights === "balanced" ? ["each label counts the same"] : []),
  ].join(", ");
}

/** Renders what a temperature does, in words. */
export function renderCalibration({
  temperature,
  before,
  after,
}: NonNullable<TrainingManifest["calibration"]>): string {
  return `calibration error ${renderPercent(before)}, ${renderPercent(after)} with temperature ${temperature}`;
}

/**
 * Words for what an earlier version trained otherwise: a full tuning, whose batches it drew with other steps, and an
 * own task's classifier, which had the defaults of benchmarks; else empty.
 */
export function renderOlder(
  student: { tune: string; batches?: string | undefined; defaults?: string | undefined },
  { kind }: Pick<TrainingManifest["data"], "kind">,
): string {
  if (student.tune === "none") return "";
  const isOlder =
    (kind === "own" && student.defaults === undefined) ||
    (student.tune === "full" && student.batches === undefined);
  return isOlder ? ", made by an older version" : "";
}
