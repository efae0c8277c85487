import { clopperPearson, hashValue, mean, shortenModelName } from "@seedling/core/internal";
import type { EvaluationManifest } from "../results/evaluation-manifest.ts";
import type { EvaluationRun } from "../results/results.ts";
import { meanOrNull, sum } from "../statistics/aggregate.ts";
import { estimateAccuracy } from "../statistics/estimate.ts";
import { computeClassMetrics } from "../statistics/metrics.ts";
import { areAlike, type Outcomes } from "../statistics/outcomes.ts";
import { type Baseline, computeBaseline, meanBaseline } from "./baselines.ts";
import type { Cell, CellRun, MeanMetrics, Shared, WithoutItems } from "./cell.ts";

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
    let key = hashValue(pickShared(run.manifest));
    while (repeats(key)) key += "+";
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups].map(([key, runs]) => computeCell(key, runs.sort(bySeeds)));
}

function pickShared({ completions, train, dev, test, inputs, ...run }: EvaluationManifest): Shared {
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

function computeCell(key: string, evaluations: readonly EvaluationRun[]): MeasuredCell {
  const [first] = evaluations;
  if (!first) throw new RangeError("expected at least one run in a cell");
  const outcomes = evaluations.map(({ items }) => items.right);
  const { value, low, high, standardError, method } = estimateAccuracy(outcomes);
  const runs = evaluations.map(describeRun);
  const kept = runs.filter(({ collapsed }) => !collapsed);
  const [only, ...others] = runs;
  const cell: Cell = {
    ...pickShared(first.manifest),
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
    baseline: averageBaselines(evaluations),
    metrics: averageMetrics(evaluations),
    withoutDevShared: computeWithout(evaluations, "inDev"),
    withoutContaminated: computeWithout(evaluations, "inTrain"),
    stale: runs.filter(({ stale }) => stale).length,
    repeat: key.endsWith("+"),
    sameAnswers: areAlike(outcomes),
    completionDays: findDays(evaluations),
  };
  return { cell, outcomes };
}

function describeRun({
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

function averageBaselines(evaluations: readonly EvaluationRun[]): Baseline {
  return meanBaseline(evaluations.map(({ manifest }) => computeBaseline(manifest)));
}

function findDays(evaluations: readonly EvaluationRun[]): Cell["completionDays"] {
  const days = evaluations.flatMap(({ manifest }) => manifest.completions?.date.slice(0, 10) ?? []);
  const [first, last] = [days.toSorted()[0], days.toSorted().at(-1)];
  return first && last ? { first, last } : null;
}

/** The oldest first, so that of two runs of the same seeds the later one is the repeat. */
function inOrder(evaluations: readonly EvaluationRun[]): EvaluationRun[] {
  const keyed = evaluations.map((run) => ({
    run,
    key: `${run.manifest.createdAt} ${run.path}`,
  }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ run }) => run);
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

/**
 * The means over runs of the metrics other than accuracy. Where options vary from item to item there are
 * no classes to average over; an evaluation without probabilities has no calibration.
 */
export function averageMetrics(runs: readonly EvaluationRun[]): MeanMetrics {
  const all = runs.map(({ items: { gold, predicted, confidence, right } }) =>
    computeClassMetrics(
      gold.map((text, row) => ({
        gold: text,
        predicted: predicted[row] ?? "",
        confidence: confidence[row] ?? Number.NaN,
        right: right[row] === 1,
      })),
    ),
  );
  const fixed = runs.every(({ manifest }) => manifest.test.options === "fixed");
  const sure = runs.every(({ items }) => !items.confidence.some(Number.isNaN));
  return {
    macroF1: fixed ? mean(all.map(({ macroF1 }) => macroF1)) : null,
    balancedAccuracy: fixed ? mean(all.map(({ balancedAccuracy }) => balancedAccuracy)) : null,
    matthews: fixed ? mean(all.map(({ matthews }) => matthews)) : null,
    calibrationError: sure ? mean(all.map(({ calibrationError }) => calibrationError)) : null,
  };
}

/**
 * Accuracy without the items that a column flags, the mean over runs.
 * @returns null where it is not known which these are, none is marked, or a run would have no item left
 */
export function computeWithout(
  runs: readonly EvaluationRun[],
  column: "inDev" | "inTrain",
): WithoutItems | null {
  if (runs.some(({ manifest }) => manifest.test.shared === null)) return null;
  const rest = runs.map(({ items }) => {
    const flags = items[column];
    const kept = items.right.filter((_, row) => flags[row] === 0);
    return { leftOut: flags.length - kept.length, kept: kept.length, right: sum(kept) };
  });
  if (rest.every(({ leftOut }) => leftOut === 0) || rest.some(({ kept }) => kept === 0))
    return null;
  return {
    accuracy: mean(rest.map(({ right, kept }) => right / kept)),
    leftOut: mean(rest.map(({ leftOut }) => leftOut)),
  };
}
