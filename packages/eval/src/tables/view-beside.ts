import type { Interval } from "@seedling/core/internal";
import type { AnswerJudgement } from "../verdicts/judge-answer.ts";
import type { RowDifference, RowLabels } from "./analysis.ts";
import type { Baseline } from "./baselines.ts";

// What stands beside the paper's tables and figure. Shares as in `View`.

/** A control beside the row that it controls. */
export interface Control {
  table: 3 | 4;
  cell: string;
  /** `labels shuffled`, `options only`, `question only`, `creator answers`. */
  control: string;
  task: string;
  test: string;
  labels: RowLabels;
  accuracy: number;
  interval: Interval;
  seeds: number;
  sample: boolean;
  baseline: Baseline;
  /** The controlled row minus the control; null where that row is not there. */
  difference: RowDifference | null;
}

/** Do created data stand in for human data in-domain, by one creator, size, student and set of flags? */
export interface DomainAnswer {
  /** The setting that answers: tree where there is one. */
  source: string;
  model: string;
  student: string;
  flags: string;
  /** Created examples asked for of each task; null: about as many as its train split has. */
  size: number | null;
  sample: boolean;
  /** Against as many human examples; null where there are no such rows. */
  sameN: AnswerPart | null;
  /** Against the largest human rows, the whole train splits where these were run. */
  largest: AnswerPart | null;
  /** Every created row under these conditions, of both tables and all settings. */
  cells: string[];
}

/** Created minus human over all tasks, and what it means. */
export interface AnswerPart {
  /** Tasks that it is the mean of. */
  tasks: number;
  mean: number;
  low: number;
  high: number;
  p: number;
  judgement: AnswerJudgement;
  /** The whole answer in one plain sentence, as text. */
  sentence: string;
}

/** One answer over all cross-domain pairs. */
export interface Pooled {
  source: string;
  student: string;
  flags: string;
  /** Created examples asked for of each task; null: as many as its train split has. */
  size: number | null;
  against: string;
  sample: boolean;
  /** Created minus human of each pair, each pair once. */
  pairs: { task: string; test: string; difference: number; standardError: number }[];
  mean: number;
  low: number;
  high: number;
  p: number;
  /** Between pairs; 0 for one pair. */
  tau2: number;
  /** The whole answer in one plain sentence. */
  sentence: string;
}

/** How many human examples a created set is worth. */
export interface Equivalent {
  task: string;
  test: string;
  labels: RowLabels;
  /** The created row. */
  cell: string;
  createdN: number;
  accuracy: number;
  sample: boolean;
  /** The human curve, by n. */
  curve: { n: number; accuracy: number; interval: Interval; seeds: number; cell: string }[];
  /** "below", "above": outside the sizes measured. All three null: not determined. */
  n: number | "below" | "above" | null;
  low: number | "below" | null;
  high: number | "above" | null;
  /** `about 240 human examples (95 %: 120 to 510)`, or why it is not determined. */
  sentence: string;
}

/** Variance components of one cell's flags. */
export interface Components {
  task: string;
  test: string;
  labels: RowLabels;
  cell: string;
  runs: number;
  sample: boolean;
  sources: {
    source: "formatting example" | "creation sampling" | "training seed";
    /** Standard deviation of accuracy, a share; null: not estimable. */
    sd: number | null;
    /** Of the whole variance. */
    share: number | null;
    levels: number;
    df: number;
    /** Why it is null, such as `not estimable: one level`; null: it is not. */
    why: string | null;
    /** Sources that these runs do not tell from it: their variance is in its own. */
    includes: string[];
  }[];
}

/** The best of several rows, chosen on dev and chosen on test. */
export interface Best {
  table: 3 | 4;
  task: string;
  test: string;
  /** What is chosen among. */
  among: "setting" | "encoder";
  /** What all candidates have in common: student and flags, or the source. */
  within: string;
  sample: boolean;
  byDev: BestChoice;
  /** Marked in print: the test set chose it, so it is too high. The paper's percentages take it. */
  byTest: BestChoice;
  /** The paper's best of its settings, which the test set chose; null where it has none, or among encoders. */
  paper: { label: string; percent: number; ofHuman: number; ofBest: number } | null;
}

/** A row chosen. */
export interface BestChoice {
  cell: string;
  label: string;
  /** How many others were as good; the first in the order of the rows is taken. */
  tied: number;
  devAccuracy: number | null;
  accuracy: number;
  /** (best - human) / human, as the paper labels its percentages; a share; null without a human row. */
  ofHuman: number | null;
  /** (best - human) / best, as the paper prints them. */
  ofBest: number | null;
}
