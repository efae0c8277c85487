import type { EvaluationManifest } from "../src/results/evaluation-manifest.ts";
import { type AccuracyTable, listCellRows } from "../src/tables/accuracy-table.ts";
import { type Analysis, analyseResults } from "../src/tables/analysis.ts";
import type { CellRow } from "../src/tables/rows.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { evaluation } from "./manifests.ts";

export type Changes = NonNullable<Parameters<typeof evaluation>[0]>;

/** The view of evaluations; their items are made from their counts. */
export function analysisOf(...manifests: EvaluationManifest[]): Analysis {
  return analyseResults(toResults(manifests.map((one) => toRun(one))));
}

/** Table 3 or 4 of evaluations. */
export function tableOf(number: 3 | 4, ...manifests: EvaluationManifest[]): AccuracyTable {
  return analysisOf(...manifests).tables[number];
}

/** Its rows that have an accuracy. */
export function rowsOf(number: 3 | 4, ...manifests: EvaluationManifest[]): CellRow[] {
  return listCellRows(tableOf(number, ...manifests));
}

export const human = { source: "human", completions: null } as const;

/** A human row of so many training examples. */
export function sized(n: number, correct: number, change: Changes = {}): EvaluationManifest {
  return evaluation({ ...human, train: { n, target: n }, test: { correct }, ...change });
}
