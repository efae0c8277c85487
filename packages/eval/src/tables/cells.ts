import { hashValue, mean, shortenModelName } from "@seedling/core/internal";
import type { EvaluationManifest } from "../results/evaluation.ts";
import type { EvaluationRun } from "../results/results.ts";
import { clopperPearson } from "../statistics/clopper-pearson.ts";
import { estimateAccuracy } from "../statistics/estimate.ts";
import { meanOrNull } from "../statistics/mean-or-null.ts";
import { areAlike, type Outcomes } from "../statistics/outcomes.ts";
import { type Baseline, computeBaseline, meanBaseline } from "./baselines.ts";
import type { Cell, CellRun, Shared } from "./cell.ts";
import { averageMetrics } from "./mean-metrics.ts";
import { computeWithout } from "./without-items.ts";

/** A cell with what comparing it takes: right and wrong by run and item, runs in the cell's order. */
export interface MeasuredCell {
  cell: Cell;
  outcomes: Outcomes;
}

/**
 * Groups evaluations into cells, the same whatever the order they come in. Another train n is
 * another cell, too. A repeat of seeds that a cell already has (two recordings, say) is no further
 * seed: it starts a cell of its own.
 */
export function computeCells(evaluations: readonly EvaluationRun[]): MeasuredCell[] {
  const groups = new Map<string, EvaluationRun[]>();
  for (const run of inOrder(evaluations)) {
    const repeats = (key: string) => groups.get(key)?.some((other) => sameSeeds(other, run));
    let key = hashValue(toShared(run.manifest));
    while (repeats(key)) key += "+";
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups].map(([key, runs]) => toCell(key, runs.sort(bySeeds)));
}

function toShared({ completions, train, dev, test, inputs, ...run }: EvaluationManifest): Shared {
  const { task, source, data, student, conditions } = run;
  const { n, kind, options, optionCount } = test;
  return {
    task,
    source,
    data,
    completions: completions && {
      kind: completions.kind,
      model: shortenModelName(completions.model),
    },
    train: { n: train.n, target: train.target, human: train.human },
    dev: { source: dev.source },
    student,
    conditions,
    test: {
      task: test.task,
      kind,
      n,
      options,
      optionCount,
      data: test.data,
      sha256: inputs.test ?? null,
    },
  };
}

function toCell(key: string, evaluations: readonly EvaluationRun[]): MeasuredCell {
  const [first] = evaluations;
  if (!first) throw new RangeError("expected at least one run in a cell");
  const outcomes = evaluations.map(({ items }) => items.right);
  const { value, low, high, standardError, method } = estimateAccuracy(outcomes);
  const runs = evaluations.map(toRun);
  const kept = runs.filter(({ collapsed }) => !collapsed);
  const [only, ...others] = runs;
  const cell: Cell = {
    ...toShared(first.manifest),
    id: hashValue(key).slice(0, 12),
    runs,
    seeds: runs.length,
    accuracy: value,
    interval: { low, high },
    method,
    standardError,
    exact: only && others.length === 0 ? clopperPearson(only.correct, first.manifest.test.n) : null,
    collapsed: runs.length - kept.length,
    withoutCollapsed:
      kept.length > 0 && kept.length < runs.length
        ? mean(kept.map(({ accuracy }) => accuracy))
        : null,
    devAccuracy: meanOrNull(runs.map(({ devAccuracy }) => devAccuracy)),
    baseline: toMeanBaseline(evaluations),
    metrics: averageMetrics(evaluations),
    withoutDevShared: computeWithout(evaluations, "inDev"),
    withoutContaminated: computeWithout(evaluations, "inTrain"),
    stale: runs.filter(({ stale }) => stale).length,
    repeat: key.endsWith("+"),
    sameAnswers: areAlike(outcomes),
    completionDays: toSpan(evaluations),
  };
  return { cell, outcomes };
}

function toRun({
  path,
  training,
  creation,
  manifest,
  items,
  testFileChanged: stale,
}: EvaluationRun): CellRun {
  const { seeds, dev, test } = manifest;
  const [answer] = items.predicted;
  const constant = test.options === "fixed" && items.predicted.every((text) => text === answer);
  return {
    path,
    training,
    creation,
    seeds,
    correct: test.correct,
    accuracy: test.correct / test.n,
    devAccuracy: dev.n > 0 ? dev.accuracy : null,
    collapsed: dev.collapsed || constant,
    stale,
  };
}

function toMeanBaseline(evaluations: readonly EvaluationRun[]): Baseline {
  return meanBaseline(evaluations.map(({ manifest }) => computeBaseline(manifest)));
}

function toSpan(evaluations: readonly EvaluationRun[]): Cell["completionDays"] {
  const days = evaluations.flatMap(({ manifest }) => manifest.completions?.date.slice(0, 10) ?? []);
  const [first, last] = [days.toSorted()[0], days.toSorted().at(-1)];
  return first && last ? { first, last } : null;
}

/** The oldest first, so that of two runs of the same seeds the later one is the repeat. */
function inOrder(evaluations: readonly EvaluationRun[]): EvaluationRun[] {
  const placed = evaluations.map((run) => ({
    run,
    place: `${run.manifest.createdAt} ${run.path}`,
  }));
  return placed.sort((a, b) => (a.place < b.place ? -1 : 1)).map(({ run }) => run);
}

function bySeeds(a: EvaluationRun, b: EvaluationRun): number {
  const [one, other] = [a.manifest.seeds, b.manifest.seeds];
  return (
    one.example - other.example || one.creation - other.creation || one.train - other.train || 0
  );
}

function sameSeeds(a: EvaluationRun, b: EvaluationRun): boolean {
  return hashValue(a.manifest.seeds) === hashValue(b.manifest.seeds);
}
