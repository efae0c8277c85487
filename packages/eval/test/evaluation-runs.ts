import { join } from "node:path";
import { toJsonl, writeAtomic } from "@seedling/core/internal";
import type { EvaluationManifest, TestItem } from "../src/results/evaluation-manifest.ts";
import { createItemColumns, type EvaluationRun, type Results } from "../src/results/results.ts";

/** What an item of these tests may say beside right or wrong. */
export interface ItemFacts {
  /** Right or wrong, by row; else the first `correct` ones are right. */
  right?: (row: number) => boolean;
  shares?: (row: number) => TestItem["shares"];
}

/** Items that a manifest's counts could have come from. */
export function toItems({ test }: EvaluationManifest, facts: ItemFacts = {}): TestItem[] {
  const { right = (row) => row < test.correct, shares } = facts;
  const labels = Object.entries(test.labels ?? {}).flatMap(([label, n]) => Array(n).fill(label));
  const names = test.labels ? Object.keys(test.labels) : [];
  return Array.from({ length: test.n }, (_, row): TestItem => {
    const gold: string = labels[row] ?? `option ${row}`;
    const wrong = names.find((name) => name !== gold) ?? "another option";
    const shared = shares?.(row);
    return {
      split: "test",
      row,
      gold,
      predicted: right(row) ? gold : wrong,
      probabilities: [0.7, 0.3],
      right: right(row),
      ...(shared && { shares: shared }),
    };
  });
}

/** A run as if read from disk. Its path is made of what tells it from others in these tests. */
export function toRun(manifest: EvaluationManifest, facts: ItemFacts = {}): EvaluationRun {
  const { task, source, seeds, test } = manifest;
  const id = `${seeds.example}-${seeds.creation}-${seeds.train}`;
  return {
    path: `evaluations/${task}/${source}/${id}/${test.task}`,
    manifest,
    items: createItemColumns(toItems(manifest, facts)),
    training: null,
    creation: null,
    testFileChanged: false,
  };
}

/** Runs as if read from a folder, and nothing beside them. */
export function toResults(runs: readonly EvaluationRun[], more: Partial<Results> = {}): Results {
  const nothing = { trainings: [], creations: [], answers: [], experiments: [] };
  return {
    dir: "/results",
    ...nothing,
    failures: [],
    leftOut: [],
    evaluations: [...runs],
    ...more,
  };
}

/** Writes a run where a results folder has it. */
export function writeRun(
  results: string,
  path: string,
  manifest: EvaluationManifest,
  items: readonly unknown[] = toItems(manifest),
): void {
  writeAtomic(join(results, path, "items.jsonl"), toJsonl(items));
  writeAtomic(join(results, path, "manifest.json"), JSON.stringify(manifest));
}
