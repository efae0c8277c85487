import { machineSchema, sourceNames } from "@seedling/core/internal";
import { z } from "zod";

/** The file of an evaluation's items, beside its manifest. */
export const itemsFile = "items.jsonl";

/** Label texts and how often each stands in a split. */
const labelCounts = z.record(z.string(), z.int().nonnegative());

const dataOrigin = z.object({
  /** sample: bundled with this repository; own: a folder of the user's. */
  kind: z.enum(["benchmark", "sample", "own"]),
  /** Whether every file is the original's, by git blob id. */
  verified: z.boolean(),
  /** Of an own task: what tells it from another of its name. */
  mark: z.string().optional(),
});

const testSplit = z
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
    labels: labelCounts.nullable(),
    data: dataOrigin,
    /** The absolute path of the file that was read; evaluations made earlier do not say. */
    file: z.string().optional(),
    /** How many items carry each of `Item`'s `shares`; null: not known. */
    shared: z
      .object({ dev: z.int().nonnegative(), train: z.int().nonnegative() })
      .nullable()
      .default(null),
    /** Of `direct`: answers that choose no option, which count as wrong. */
    unreadable: z.int().nonnegative().optional(),
  })
  .refine(({ n, correct }) => correct <= n, "expected at most n correct")
  .refine(({ n, labels }) => !labels || total(labels) === n, "expected labels that add up to n");

/**
 * What one classifier did on one test split, as counts: accuracy, intervals and baselines are
 * derived, never stored. Stands in `manifest.json`, written last; the items stand beside it.
 */
export const evaluationManifestSchema = z.object({
  version: z.literal(1),
  stage: z.literal("evaluate"),
  /** Full name of the task trained on. */
  task: z.string().min(1),
  source: z.enum(sourceNames),
  seeds: z.object({ example: z.int(), creation: z.int(), train: z.int() }),
  /** Where the formatting example, the human train split and the dev split came from. */
  data: dataOrigin,
  /** Where the language model's answers came from; null for human data. */
  completions: z
    .object({
      /** live: made in this results folder; replay: from a recording; sample: from a bundled one. */
      kind: z.enum(["live", "replay", "sample"]),
      model: z.string(),
      date: z.union([z.iso.date(), z.iso.datetime({ offset: true })]),
    })
    .nullable(),
  train: z.object({
    /** 0 of `direct`, which trains nothing. */
    n: z.int().nonnegative(),
    /** What n would be, had creation not stopped short. */
    target: z.int().nonnegative(),
    /** Human examples that were mixed in, before a fraction was taken. */
    human: z.int().nonnegative().default(0),
    /** Labels trained on, where options are fixed. */
    labels: labelCounts.nullable(),
  }),
  dev: z.object({
    source: z.enum(["human", "created"]),
    /** 0 of `direct`, which chooses nothing: its dev accuracy is then 0 of none, and no figure. */
    n: z.int().nonnegative(),
    accuracy: z.number().min(0).max(1),
    /** Whether one and the same answer was given for every dev item. */
    collapsed: z.boolean().default(false),
  }),
  /** Of `direct`: the language model as `encoder`, and tune none. */
  student: z.object({ encoder: z.string(), tune: z.enum(["head", "full", "none"]) }),
  /** Every other flag that differs from its default: runs that differ here are never averaged. */
  conditions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  test: testSplit,
  items: z.literal(itemsFile),
  /** Hashes of what was read, by name. */
  inputs: z.record(z.string(), z.string()),
  /** Hashes of what was written beside it, by name; none in evaluations made earlier. */
  outputs: z.record(z.string(), z.string()).default({}),
  machine: machineSchema.optional(),
  createdAt: z.iso.datetime({ offset: true }),
});

/** A checked manifest. */
export type EvaluationManifest = z.infer<typeof evaluationManifestSchema>;

/** A line of `items.jsonl`. */
export interface TestItem {
  split: "test";
  /** Place in the test file, from 0. */
  row: number;
  gold: string;
  /** An option's text; empty where the language model's answer (`direct`) chose none. */
  predicted: string;
  /** One for each option, in the item's order; empty in a `direct` evaluation, whose answers come without. */
  probabilities: number[];
  right: boolean;
  /**
   * "dev": its question also stands, letter by letter, in the dev split of the task it belongs to. "train": it is too
   * close to an example that was trained on (`--near-overlap`). Left out: neither, or not known.
   */
  shares?: ("dev" | "train")[];
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
