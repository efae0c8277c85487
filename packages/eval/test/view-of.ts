import type { EvaluationManifest } from "../src/results/evaluation.ts";
import { toView } from "../src/tables/to-view.ts";
import type { View } from "../src/tables/view.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { evaluation } from "./manifests.ts";

export type Changes = NonNullable<Parameters<typeof evaluation>[0]>;

/** The view of evaluations; their items are made from their counts. */
export function viewOf(...manifests: EvaluationManifest[]): View {
  return toView(toResults(manifests.map((one) => toRun(one))));
}

export const human = { source: "human", completions: null } as const;

/** A human row of so many training examples. */
export function sized(n: number, correct: number, change: Changes = {}): EvaluationManifest {
  return evaluation({ ...human, train: { n, target: n }, test: { correct }, ...change });
}
