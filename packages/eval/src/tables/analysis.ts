import type { Interval, Source } from "@seedling/core/internal";
import type { Failure, LeftOut } from "../results/results.ts";
import type { Estimate } from "../statistics/estimate.ts";
import type { ClaimVerdict } from "../verdicts/judge-claim.ts";
import type { FigureVerdict } from "../verdicts/judge-figure.ts";
import type { Cell } from "./cell.ts";
import type { Best, Components, Control, DomainAnswer, Equivalent, Pooled } from "./view-beside.ts";

/**
 * Everything that the tables and the report show, computed once; plain data, JSON throughout. Accuracies,
 * differences and their intervals are shares in [0, 1] ([-1, 1]) unless a name says percent.
 */
export interface Analysis {
  /** 3: in-domain; 4: cross-domain. */
  tables: { 3: AccuracyTable; 4: AccuracyTable };
  table5: Table5;
  figure5: Figure5;
  /** Rows of the tables that control another row. */
  controls: Control[];
  /** Over all tasks in-domain: do created data stand in for human data? The one that answers best first. */
  answers: DomainAnswer[];
  /** Over all cross-domain pairs: are created data better than human data? `tree` first. */
  pooled: Pooled[];
  /** How many human examples a created set is worth. */
  equivalents: Equivalent[];
  /** Where the variance between runs comes from. */
  components: Components[];
  /** The best created setting, and the best encoder, chosen on dev; the one the test set chooses beside it. */
  best: Best[];
  /** What each experiment that runs were made for says of itself, and of what differs from the paper. */
  about: string[];
  /** Whether any row is made of the bundled sample; whether any is a replay. */
  sample: boolean;
  replay: boolean;
  /** Plain sentences on what was counted and left out. */
  footers: string[];
  failures: Failure[];
  leftOut: LeftOut[];
}

/** One of the paper's tables of accuracies. */
export interface AccuracyTable {
  number: 3 | 4;
  title: string;
  /** In the order of the paper's columns, then student and flags, then source. */
  rows: AccuracyRow[];
  /** Footnotes on the table as a whole. */
  notes: string[];
  /** Footnotes on single figures; a row names them by `footnotes`, places in this list. */
  footnotes: string[];
}

/** A row of a table. */
export type AccuracyRow = CellRow | DashRow;

/** What a row is in its group. `human, same N`: as many human examples as a created row of the group has. */
export type Role = Source | "human, same N";

/** A cell beside the paper's figure. */
export interface CellRow {
  kind: "cell";
  cell: Cell;
  /** The rows that compare with each other: one test set, student and way of training. */
  group: string;
  role: Role;
  labels: RowLabels;
  /** What the row controls for, in words such as `labels shuffled`; null: it is no control. */
  control: string | null;
  toHuman: ToHuman;
  /** Of a `tree` row: to every other created setting of its group at the same N. */
  toSettings: RowDifference[];
  /** null where the paper has no such figure. */
  paper: PaperFigure | null;
  /** In what a run of this row differs from the paper's: `creator qwen2.5-1.5b`, `N 100 (paper 10176)`. */
  differs: string[];
  /** Places in the table's `footnotes`. */
  footnotes: number[];
}

/** A row minus the human rows of its group; one difference where one human row is both. */
export interface ToHuman {
  /** To a human row of the same N, where that is a part of the train split. */
  sameN: RowDifference | null;
  /** To the largest human row, whatever the row's own N; `against.n` has its size. */
  largest: RowDifference | null;
  /** Whether the largest one is (nearly) the whole train split. */
  largestIsFull: boolean;
}

/** Texts of a row, not escaped. */
export interface RowLabels {
  /** `tree`, `tree+10 human`, `human, same N`. */
  source: string;
  /** `all-MiniLM-L6-v2, head`. */
  student: string;
  /** `--replies strict`; empty where every flag is at its default. */
  flags: string;
  /** `live MODEL`, `replay of MODEL, DAY`, `SAMPLE data; ...`. */
  origin: string;
  /** live, replay, SAMPLE, file, benchmark or own. */
  originWord: string;
  /** The test set, with what must be known of it. */
  test: string;
}

/** A task without a cross-domain row, said so that nobody looks for it. */
export interface DashRow {
  kind: "dash";
  trainedOn: string;
  testedOn: string | null;
  why: string;
}

/** The paper's figure for a row. */
export interface PaperFigure {
  /** As printed. */
  percent: number;
  /** Ours against it: `higher`: ours is. null for sample data. */
  verdict: FigureVerdict | null;
  /** Our 95 % prediction interval for one further run. */
  prediction: Interval & { seedsKnown: boolean };
  /** Whether the figure equals that of a constant predictor. */
  constant: boolean;
}

/** One row minus another, on the same test items. */
export interface RowDifference {
  /** The row subtracted. */
  against: { cell: string; label: string; n: number; seeds: number };
  estimate: Estimate & { method: string };
  /** Two-sided; the larger one where two tests were made. */
  p: number;
  test: "McNemar, exact" | "paired permutation and t, the larger p";
  /** By Holm over all differences to human rows of the table; null where none is made of it. */
  adjustedP: number | null;
  /** The smallest true difference found with 80 % power at 5 %. */
  minimumDetectable: number;
  /** The paper's own difference; null where it has none. */
  paper: number | null;
  /** null for sample data, and where the paper has no difference. */
  verdict: ClaimVerdict | null;
}

/** Tokens and money. */
export interface Table5 {
  title: string;
  rows: CostRow[];
  notes: string[];
}

/** The creations of one task by one setting with the same creator, flags and size, seeds averaged. */
export interface CostRow {
  task: string;
  source: Source;
  model: string;
  flags: string;
  originWord: string;
  sample: boolean;
  /** Paths of the creations, relative to results. */
  creations: string[];
  /** Some stopped before their end. */
  partial: boolean;
  /** Examples asked for. */
  target: number;
  /** Mean number of kept examples. */
  kept: number;
  replies: number;
  /** Prompt and completion tokens of a creation, rejected data included. */
  tokens: number;
  /** null where nothing was kept. */
  tokensPerKept: number | null;
  /** Replies whose server did not count tokens: the figures are then too low. */
  uncounted: number;
  /** USD at 0.002 a 1,000 tokens, for what was kept, and for as many examples as the paper created. */
  paperPriceUsd: number;
  paperPriceUsdAtPaperSize: number | null;
  /** USD at today's price list, a label check included; null: no price is known. */
  todayUsd: number | null;
  /** The paper's own figure, USD; null where it has none. */
  paperUsd: number | null;
}

/** Accuracy by the share of the training data. */
export interface Figure5 {
  title: string;
  series: Figure5Series[];
  notes: string[];
}

/** Runs that differ only in the fraction trained on. */
export interface Figure5Series {
  task: string;
  test: string;
  source: Source;
  labels: RowLabels;
  sample: boolean;
  /** prefix: the first examples; random: drawn with the train seed. */
  fractionBy: "prefix" | "random";
  points: Figure5Point[];
  /** The paper's line for this source, on RiddleSense in-domain; [fraction, percent]. */
  paper: [fraction: number, percent: number][];
}

/** One share of the training data. */
export interface Figure5Point {
  fraction: number;
  n: number;
  seeds: number;
  accuracy: number;
  interval: Interval;
  cell: string;
  runs: string[];
}
