import type { Interval } from "@seedling/core/internal";
import type { EvaluationManifest } from "../results/evaluation-manifest.ts";
import type { Baseline } from "./baselines.ts";

/** What the runs of a cell have in common: all but the seeds and what followed from them. */
export interface Shared
  extends Pick<EvaluationManifest, "task" | "source" | "data" | "student" | "conditions"> {
  completions: Pick<NonNullable<EvaluationManifest["completions"]>, "kind" | "model"> | null;
  train: Pick<EvaluationManifest["train"], "n" | "target" | "human">;
  dev: Pick<EvaluationManifest["dev"], "source">;
  test: Pick<EvaluationManifest["test"], "task" | "kind" | "n" | "options" | "optionCount"> & {
    data: EvaluationManifest["test"]["data"];
    /** Of the test file; null where it was not stored. */
    sha256: string | null;
  };
}

/** Runs that differ only in their seeds, averaged. Accuracies and metrics are shares in [0, 1]. */
export interface Cell extends Shared {
  /** Twelve hex digits that name the cell within one results folder. */
  id: string;
  runs: CellRun[];
  /** Runs averaged. */
  seeds: number;
  accuracy: number;
  /** 95 %: Wilson's for one run, or several that are all alike; items and seeds both sampled for several. */
  interval: Interval;
  method: "wilson" | "mixed";
  standardError: number;
  /** Clopper and Pearson's interval, 95 %; null for several runs. */
  exact: Interval | null;
  /** Runs that gave one and the same answer for every item of dev or test. They stay in the mean. */
  collapsed: number;
  /** The mean without them; null where none or all are. */
  withoutCollapsed: number | null;
  /** null of `direct`, which chooses nothing. */
  devAccuracy: number | null;
  baseline: Baseline;
  metrics: MeanMetrics;
  /** Accuracy without items whose question is in the dev split; null: unknown, or there are none. */
  withoutDevShared: WithoutItems | null;
  /** Accuracy without items too close to an example trained on; null: unknown, or there are none. */
  withoutContaminated: WithoutItems | null;
  /** Runs whose test file has changed since. */
  stale: number;
  /** Its seeds stand in another cell of the same flags already. */
  repeat: boolean;
  /** Several runs, all of them right and wrong on the same items: the seed changed nothing. */
  sameAnswers: boolean;
  /** Days of the first and the last completions (ISO); null for human data. */
  completionDays: { first: string; last: string } | null;
}

/** Means over runs of the metrics other than accuracy. The first three need fixed options. */
export interface MeanMetrics {
  macroF1: number | null;
  balancedAccuracy: number | null;
  /** In [-1, 1]. */
  matthews: number | null;
  /** Expected calibration error; null where there are no probabilities. */
  calibrationError: number | null;
}

/** Accuracy on fewer items. */
export interface WithoutItems {
  accuracy: number;
  /** Items left out, the mean over runs. */
  leftOut: number;
}

/** One run of a cell. Paths are relative to the results folder. */
export interface CellRun {
  /** The evaluation's folder. */
  path: string;
  training: string | null;
  creation: string | null;
  seeds: EvaluationManifest["seeds"];
  correct: number;
  accuracy: number;
  /** null of `direct`, which chooses nothing. */
  devAccuracy: number | null;
  collapsed: boolean;
  stale: boolean;
}
