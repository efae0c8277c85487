import { completionsSchema, machineSchema, sourceNames } from "@seedling/core/internal";
import { sum } from "d3-array";
import { z } from "zod";

/** The file of an evaluation's items, beside its manifest. */
export const itemsFile = "items.jsonl";

/** How often each label occurs in a split, by its text. */
const labelCountsSchema = z.record(z.string(), z.int().nonnegative());

const dataSourceSchema = z.object({
  /** sample: bundled with this repository; own: a folder of the user's. */
  kind: z.enum(["benchmark", "sample", "own"]),
  /** Whether every file is the original's, by git blob id. */
  verified: z.boolean(),
  /** An own task's fingerprint: it differs from that of another task of the same name. */
  mark: z.string().optional(),
});

const testSchema = z
  .object({
    /** Full name such as `yesno_open/boolq`; for a user's folder, its path as given. */
    task: z.string().min(1),
    kind: z.enum(["in-domain", "cross-domain"]),
    n: z.int().positive(),
    correct: z.int().nonnegative(),
    options: z.enum(["fixed", "varying"]),
    /** Options of an item. */
    optionCount: z.int().min(2),
    /** Gold labels, where options are fixed. */
    labels: labelCountsSchema.nullable(),
    data: dataSourceSchema,
    /** The absolute path of the test file; not in evaluations of earlier versions. */
    file: z.string().optional(),
    /** How many items have each of `TestItem`'s `shares`; null: not known. */
    shared: z
      .object({ dev: z.int().nonnegative(), train: z.int().nonnegative() })
      .nullable()
      .default(null),
    /** In `direct`: answers that choose no option; they count as wrong. */
    unreadable: z.int().nonnegative().optional(),
  })
  .refine(({ n, correct }) => correct <= n, "expected at most n correct")
  .refine(
    ({ n, labels }) => !labels || sum(Object.values(labels)) === n,
    "expected labels that add up to n",
  );

/**
 * An evaluation's manifest: a classifier's answers to a test split as counts. Accuracy, intervals and
 * baselines are derived from these, never stored. The items stand beside it.
 */
export const evaluationManifestSchema = z.object({
  version: z.literal(1),
  stage: z.literal("evaluate"),
  /** Full name of the task trained on. */
  task: z.string().min(1),
  source: z.enum(sourceNames),
  seeds: z.object({ example: z.int(), creation: z.int(), train: z.int() }),
  /** Where the formatting example, the human train split and the dev split came from. */
  data: dataSourceSchema,
  /** Who created the examples, or answered in `direct`; null for human data. */
  completions: completionsSchema.nullable(),
  train: z.object({
    /** 0 in `direct`, which trains nothing. */
    n: z.int().nonnegative(),
    /** n if creation had not stopped short. */
    target: z.int().nonnegative(),
    /** Human examples mixed in, before a fraction was taken. */
    human: z.int().nonnegative().default(0),
    /** Labels trained on, where options are fixed. */
    labels: labelCountsSchema.nullable(),
  }),
  dev: z.object({
    source: z.enum(["human", "created"]),
    /** 0 in `direct`, which chooses nothing and has no dev accuracy. */
    n: z.int().nonnegative(),
    accuracy: z.number().min(0).max(1),
    /** Whether one and the same answer was given for every dev item. */
    collapsed: z.boolean().default(false),
  }),
  /** The classifier; in `direct` the language model stands as `encoder`. */
  student: z.object({ encoder: z.string(), tune: z.enum(["head", "full", "none"]) }),
  /** Every other flag that differs from its default: runs that differ here are never averaged. */
  conditions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
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
  /** An option's text; empty where the language model's answer (`direct`) chose none. */
  predicted: string;
  /** One for each option, in the item's order; empty in a `direct` evaluation, whose answers come without. */
  probabilities: number[];
  right: boolean;
  /**
   * "dev": the same question, letter by letter, is in the dev split of its task. "train": it is too close to
   * an example that was trained on (`--near-overlap`). Left out: neither, or not known.
   */
  shares?: ("dev" | "train")[];
}
