import { clopperPearson, hashValue, mean, shortenModelName, tasks } from "@seedling/core/internal";
import { ascending, extent, group, sum } from "d3-array";
import type { EvaluationManifest } from "../results/evaluation-manifest.ts";
import type { EvaluationRun } from "../results/results.ts";
import { constantLevel, testAgainstConstant, testAgainstGuess } from "../statistics/constant.ts";
import { estimateAccuracy } from "../statistics/estimate.ts";
import { computeClassMetrics } from "../statistics/metrics.ts";
import { areAlike } from "../statistics/outcomes.ts";
import { computeBaseline, meanBaseline, meanOrNull } from "./baselines.ts";

/** A cell with what comparing it takes: right and wrong by run and item, runs in the cell's order. */
export type MeasuredCell = ReturnType<typeof computeCell>;

/** Runs that differ only in their seeds, averaged. Accuracies and metrics are fractions in [0, 1]. */
export type Cell = MeasuredCell["cell"];

/**
 * Groups evaluations into cells, the same whatever the order they come in. Another train n is
 * another cell, too, but where tokens were asked for: each creation keeps another number then. A repeat of seeds that a cell already has (two recordings, say) is no further
 * seed: it starts a cell of its own.
 */
export function computeCells(evaluations: readonly EvaluationRun[]): MeasuredCell[] {
  const groups = new Map<string, EvaluationRun[]>();
  // The oldest first, so that of two runs of the same seeds the later one is the repeat.
  for (const run of sortBy(evaluations, ({ manifest, path }) => [manifest.createdAt, path])) {
    const seeds = hashValue(run.manifest.seeds);
    const repeats = (key: string) =>
      groups.get(key)?.some(({ manifest }) => hashValue(manifest.seeds) === seeds);
    let key = hashValue(pickKey(run.manifest));
    while (repeats(key)) key += "+";
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups].map(([key, runs]) => computeCell(key, runs));
}

/** What the runs of a cell have in common: all but the seeds and what followed from them. */
function pickShared({ completions, train, dev, test, inputs, ...run }: EvaluationManifest) {
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
      /** Of the test file; null where it was not stored. */
      sha256: inputs.test ?? null,
    },
  };
}

function pickKey(manifest: EvaluationManifest) {
  const shared = pickShared(manifest);
  const { human } = manifest.train;
  return isByTokens(manifest) ? { ...shared, train: { human } } : shared;
}

function isByTokens({ conditions }: Pick<EvaluationManifest, "conditions">): boolean {
  return conditions.tokens !== undefined;
}

function computeCell(key: string, unordered: readonly EvaluationRun[]) {
  const evaluations = sortBy(unordered, ({ manifest: { seeds } }) => [
    seeds.example,
    seeds.creation,
    seeds.train,
  ]);
  const [first, ...others] = evaluations as [EvaluationRun];
  const outcomes = evaluations.map(({ items }) => items.right);
  const { value, low, high, standardError, method } = estimateAccuracy(outcomes);
  const runs = evaluations.map(describeRun);
  const kept = runs.filter(({ collapsed }) => !collapsed);
  const { correct, n } = first.manifest.test;
  const baseline = meanBaseline(evaluations.map(({ manifest }) => computeBaseline(manifest)));
  const constantP =
    baseline.chance === null
      ? testAgainstConstant(outcomes, first.items.gold)
      : testAgainstGuess(outcomes, baseline.chance);
  const shared = pickShared(first.manifest);
  const average = (of: "n" | "target") =>
    Math.round(mean(evaluations.map(({ manifest }) => manifest.train[of])));
  const cell = {
    ...shared,
    /** Where tokens were asked for, means over the runs. */
    train: isByTokens(first.manifest)
      ? { ...shared.train, n: average("n"), target: average("target") }
      : shared.train,
    /** Twelve hex digits that name the cell within one results folder. */
    id: hashValue(key).slice(0, 12),
    runs,
    seeds: runs.length,
    accuracy: value,
    /** 95 %: Wilson's for one run, or several that are all alike; items and seeds both sampled for several. */
    interval: { low, high },
    method,
    standardError,
    /** Clopper and Pearson's interval, 95 %; null for several runs. */
    exact: others.length === 0 ? clopperPearson(correct, n) : null,
    /** Runs that gave one and the same answer for every item of dev or test. They stay in the mean. */
    collapsed: runs.length - kept.length,
    /** The mean without them; null where none or all are. */
    withoutCollapsed:
      kept.length > 0 && kept.length < runs.length
        ? mean(kept.map(({ accuracy }) => accuracy))
        : null,
    devAccuracy: meanOrNull(runs.map(({ devAccuracy }) => devAccuracy)),
    baseline,
    /** Whether it is better than the best constant answer, or than a guess where options vary: one-sided, 5 %. */
    beatsConstant: constantP <= constantLevel,
    metrics: averageMetrics(evaluations),
    withoutDevShared: computeWithout(evaluations, "inDev"),
    withoutContaminated: computeWithout(evaluations, "inTrain"),
    /** Test items that stand in the training data, the mean over runs; null: not known. */
    inTraining: meanOrNull(evaluations.map(({ manifest }) => manifest.test.shared?.train ?? null)),
    /** Runs whose test file has changed since. */
    stale: runs.filter(({ stale }) => stale).length,
    /** Its seeds stand in another cell of the same flags already. */
    repeat: key.endsWith("+"),
    /** Several runs, all of them right and wrong on the same items: the seed changed nothing. */
    sameAnswers: areAlike(outcomes),
    completionDays: findDays(evaluations),
  };
  return { cell, outcomes };
}

/** One run of a cell. Paths are relative to the results folder. */
function describeRun({ path, training, creation, manifest, items, ...run }: EvaluationRun) {
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
    /** null of `direct`, which chooses nothing. */
    devAccuracy: dev.n > 0 ? dev.accuracy : null,
    collapsed: dev.collapsed || constant,
    stale: run.testFileChanged,
  };
}

/** Days of the first and the last completions (ISO); null for human data. */
function findDays(evaluations: readonly EvaluationRun[]) {
  const days = evaluations.flatMap(({ manifest }) => manifest.completions?.date.slice(0, 10) ?? []);
  const [first, last] = extent(days);
  return first && last ? { first, last } : null;
}

/**
 * The means over runs of the metrics other than accuracy. Where options vary from item to item there are
 * no classes to average over; an evaluation without probabilities has no calibration.
 */
function averageMetrics(runs: readonly EvaluationRun[]) {
  const all = runs.map(({ items }) => computeClassMetrics(items));
  const average = (metric: keyof (typeof all)[number], isKnown: boolean) =>
    isKnown ? mean(all.map((metrics) => metrics[metric])) : null;
  const fixed = runs.every(({ manifest }) => manifest.test.options === "fixed");
  const sure = runs.every(({ items }) => !items.confidence.every(Number.isNaN));
  return {
    macroF1: average("macroF1", fixed),
    balancedAccuracy: average("balancedAccuracy", fixed),
    matthews: average("matthews", fixed),
    calibrationError: average("calibrationError", sure),
  };
}

/**
 * Accuracy without the items that a column flags, and how many these are, the mean over runs.
 * @returns null where it is not known which these are, none is marked, or a run would have no item left
 */
function computeWithout(runs: readonly EvaluationRun[], column: "inDev" | "inTrain") {
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

/**
 * Of what claims the same cell of a table, the one that counts: no repeat, on the test file as it is, of as
 * many examples as were asked for, then that of the most seeds; of equals the first.
 */
export function chooseRow<T extends { cell: Cell }>(rows: readonly T[]): T | undefined {
  return sortBy(rows, ({ cell: { repeat, stale, train, seeds } }) => [
    repeat,
    stale > 0,
    train.n < train.target,
    -seeds,
  ])[0];
}

/** One row for each key, in the order of the keys' first rows. */
export function chooseRows<T extends { cell: Cell }>(
  rows: readonly T[],
  toKey: (row: T) => string,
): T[] {
  return [...group(rows, toKey).values()].flatMap((claiming) => chooseRow(claiming) ?? []);
}

/** What something is sorted by: the first difference decides. */
export type SortKey = readonly (number | string | boolean)[];

/** Values in the order of their keys, equals in the order in which they come. */
export function sortBy<T>(values: readonly T[], toKey: (value: T) => SortKey): T[] {
  const keyed = values.map((value) => ({ value, key: toKey(value) }));
  const compare = (a: SortKey, b: SortKey) => {
    const first = a.findIndex((part, index) => part !== b[index]);
    return ascending(a[first], b[first]);
  };
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ value }) => value);
}

/** Benchmarks in the order of the paper's columns, then folders by name. */
export function getTaskKey(name: string): SortKey {
  const index = tasks.findIndex((task) => task.name === name);
  return [index < 0 ? tasks.length : index, name];
}
