import { fieldNames, machineSchema } from "@seedling/core/internal";
import { trainingManifestSchema } from "@seedling/trainer/internal";
import { sum } from "d3-array";
import { z } from "zod";

/** The file of an evaluation's items, beside its manifest. */
export const itemsFile = "items.jsonl";

/** What an evaluation says of its classifier as the classifier's training does. */
const { task, source, seeds, data, completions, train, dev, student, conditions } =
  trainingManifestSchema.shape;

const fraction = z.number().min(0).max(1);

const testSchema = z
  .object({
    /** Full name such as `yesno_open/boolq`; for a user's folder, its path as given. */
    task: z.string().min(1),
    kind: z.enum(["in-domain", "cross-domain"]),
    n: z.int().positive(),
    correct: z.int().nonnegative(),
    options: z.enum(["fixed", "varying"]),
    /** Options of an item, the first. */
    optionCount: z.int().min(2),
    /** How many items have so many options; left out where all have as many, and by earlier versions. */
    optionCounts: z.record(z.string().regex(/^([2-9]|[1-9]\d+)$/), z.int().positive()).optional(),
    /** Gold labels, where options are fixed. */
    labels: train.shape.labels,
    data,
    /** The absolute path of the test file; not in evaluations of earlier versions. */
    file: z.string().optional(),
    /** The columns that its user names. */
    columns: z.partialRecord(z.enum(fieldNames), z.string()).optional(),
    /** How many items have each of `TestItem`'s `shares`; null: not known. */
    shared: z
      .object({ dev: z.int().nonnegative(), train: z.int().nonnegative() })
      .nullable()
      .default(null),
    /** Answers that choose no option, of `direct`, or scores that are no numbers; they count as wrong. */
    unreadable: z.int().nonnegative().optional(),
    /** `judgeAnswers` of the items, for whoever reads no items; not in evaluations of earlier versions. */
    judged: z
      .object({
        balancedAccuracy: fraction.nullable(),
        macroF1: fraction.nullable(),
        sameAnswer: z.boolean(),
        constantP: fraction,
      })
      .optional(),
  })
  .refine(({ n, correct }) => correct <= n, "expected at most n correct")
  .refine(
    ({ n, labels }) => !labels || sum(Object.values(labels)) === n,
    "expected labels that add up to n",
  )
  .refine(
    ({ n, optionCounts }) => !optionCounts || sum(Object.values(optionCounts)) === n,
    "expected optionCounts that add up to n",
  );

/**
 * An evaluation's manifest: a classifier's answers to a test split as counts. Accuracy, intervals and
 * baselines are derived from these, never stored. The items stand beside it.
 */
export const evaluationManifestSchema = z.object({
  version: z.literal(1),
  stage: z.literal("evaluate"),
  task,
  /** The absolute folder of the test split, if that is no benchmark's; left out by earlier versions. */
  taskFolder: z.string().optional(),
  source,
  seeds,
  /** Where the formatting example, the human train split and the dev split came from. */
  data,
  /** Who created the examples, or answered in `direct`; null for human data. */
  completions,
  /** n is 0 in `direct`, which trains nothing. */
  train,
  /** n is 0 in `direct`, which chooses nothing and has no dev accuracy. */
  dev: dev.omit({ loss: true }),
  /** The classifier; in `direct` the language model stands as `encoder`. */
  student: student.extend({ tune: z.enum(["head", "full", "none"]) }),
  /** Every other flag that differs from its default: runs that differ here are never averaged. */
  conditions,
  test: testSchema,
  items: z.literal(itemsFile),
  /** SHA-256 of what it was made of: files of the results folder by their path there, others by a name. */
  inputs: z.record(z.string(), z.string()),
  /** SHA-256 of the files beside it, by name; none in evaluations of earlier versions. */
  outputs: z.record(z.string(), z.string()).default({}),
  machine: machineSchema.optional(),
  createdAt: z.iso.datetime({ offset: true }),
});

/** A checked manifest. */
export type EvaluationManifest = z.infer<typeof evaluationManifestSchema>;

/** A line of `items.jsonl`. */
export interface TestItem {
  split: "test";
  /** Index in the test file, from 0. */
  row: number;
  gold: string;
  /** An option's text; empty where the language model's answer (`direct`) chose none, or the scores are no numbers. */
  predicted: string;
  /** One for each option, in the item's order; empty in a `direct` evaluation, whose answers come without, and where the scores are no numbers. */
  probabilities: number[];
  right: boolean;
  /**
   * "dev": the same question, letter by letter, is in the dev split of its task. "train": it is too close to
   * an example that was trained on (`--near-overlap`). Left out: neither, or not known.
   */
  shares?: ("dev" | "train")[];
}
