import { hashValue, type Interval, mean, wilsonInterval } from "@seedling/core";
import { type Baseline, meanBaseline, toBaseline } from "../baselines.ts";
import type { EvaluationManifest } from "../evaluation.ts";

/** What the runs of a cell have in common: all but the seeds and what followed from them. */
type Shared = ReturnType<typeof toShared>;

/** Runs that differ only in their seeds, averaged. Accuracies are shares in [0, 1]. */
export interface Cell extends Shared {
  /** Runs averaged. */
  seeds: number;
  accuracy: number;
  /** Wilson, 95 %, at the mean accuracy with the test set's n. */
  interval: Interval;
  devAccuracy: number;
  baseline: Baseline;
  /** Days of the first and the last completions (ISO); null for human data. */
  completionDays: { first: string; last: string } | null;
}

/**
 * Groups evaluations into cells, the same whatever the order they come in. Another train n is
 * another cell, too. A repeat of seeds that a cell already has (two recordings, say) is no further
 * seed: it starts a cell of its own.
 */
export function toCells(manifests: readonly EvaluationManifest[]): Cell[] {
  const groups = new Map<string, EvaluationManifest[]>();
  for (const manifest of inOrder(manifests)) {
    const repeat = (key: string) => groups.get(key)?.some((run) => sameSeeds(run, manifest));
    let key = hashValue(toShared(manifest));
    while (repeat(key)) key += "+";
    groups.set(key, [...(groups.get(key) ?? []), manifest]);
  }
  return [...groups.values()].map(toCell);
}

function toShared({ completions, train, dev, test, ...run }: EvaluationManifest) {
  const { task, source, data, student, conditions } = run;
  const { correct: _, ...testSplit } = test;
  return {
    task,
    source,
    data,
    completions: completions && { kind: completions.kind, model: completions.model },
    train: { n: train.n, target: train.target, human: train.human },
    dev: { source: dev.source },
    student,
    conditions,
    test: testSplit,
  };
}

function toCell(runs: readonly EvaluationManifest[]): Cell {
  const [first] = runs;
  if (!first) throw new RangeError("expected at least one run in a cell");
  const accuracy = mean(runs.map(({ test }) => test.correct / test.n));
  const days = runs.flatMap(({ completions }) => completions?.date.slice(0, 10) ?? []).sort();
  return {
    ...toShared(first),
    seeds: runs.length,
    accuracy,
    interval: wilsonInterval(accuracy, first.test.n),
    devAccuracy: mean(runs.map(({ dev }) => dev.accuracy)),
    baseline: meanBaseline(runs.map(toBaseline)),
    completionDays: toSpan(days),
  };
}

function toSpan(days: readonly string[]): Cell["completionDays"] {
  const [first] = days;
  const last = days.at(-1);
  return first && last ? { first, last } : null;
}

function inOrder(manifests: readonly EvaluationManifest[]): EvaluationManifest[] {
  const placed = manifests.map((run) => ({ run, place: `${run.createdAt} ${hashValue(run)}` }));
  return placed.sort((a, b) => (a.place < b.place ? -1 : 1)).map(({ run }) => run);
}

function sameSeeds(a: EvaluationManifest, b: EvaluationManifest): boolean {
  return hashValue(a.seeds) === hashValue(b.seeds);
}
