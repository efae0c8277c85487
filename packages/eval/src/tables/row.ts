import type { Interval } from "@seedling/core/internal";
import type { IntervalEstimate } from "../statistics/estimate.ts";
import type { ClaimVerdict } from "../verdicts/judge-claim.ts";
import type { FigureVerdict } from "../verdicts/judge-figure.ts";
import type { Cell } from "./cell.ts";
import type { Role } from "./groups.ts";
import type { RowLabels } from "./labels.ts";

/** A row of a table. */
export type AccuracyRow = CellRow | DashRow;

/** A cell with the paper's number. */
export interface CellRow {
  kind: "cell";
  cell: Cell;
  /** The rows that compare with each other: one test set, encoder and way of training. */
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
  /** Indices into the table's `footnotes`. */
  footnotes: number[];
}

/** A task without a cross-domain row, named so that nobody looks for it. */
export interface DashRow {
  kind: "dash";
  trainedOn: string;
  testedOn: string | null;
  why: string;
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

/** One row minus another, on the same test items. */
export interface RowDifference {
  /** The row subtracted. */
  against: { cell: string; label: string; n: number; seeds: number };
  estimate: IntervalEstimate & { method: string };
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

/** The paper's figure for a row. */
export interface PaperFigure {
  /** As printed. */
  percent: number;
  /** Ours against it: `higher`: ours is. null for sample data. */
  verdict: FigureVerdict | null;
  /** Our 95 % prediction interval for one further run. */
  prediction: Interval & { seedsKnown: boolean };
  /** Whether the number equals that of a constant predictor. */
  constant: boolean;
}
