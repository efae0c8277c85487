import { mean } from "@seedling/core";

/** A run by the seeds of what it came from, and its accuracy in [0, 1]. */
export interface SeededRun {
  example: number;
  creation: number;
  train: number;
  accuracy: number;
}

/** What one source of variation contributes to the variance of a run's accuracy. */
export interface VarianceComponent {
  source: "formatting example" | "creation sampling" | "training seed";
  /** Null: not estimable, one level everywhere. A negative estimate is 0. */
  variance: number | null;
  sd: number | null;
  /** Of the sum of those that can be estimated. */
  share: number | null;
  levels: number;
  df: number;
}

/**
 * Nested random effects: creations within formatting examples, trainings within creations. By the
 * method of moments for unequal numbers (Searle, Casella & McCulloch 1992, section 3.3 and 5.3). A
 * source with one level everywhere cannot be told from the next one above it: its variance is in that.
 * @throws RangeError if there is no run, or one comes twice
 */
export function varianceComponents(runs: readonly SeededRun[]): VarianceComponent[] {
  if (runs.length === 0) throw new RangeError("expected at least one run");
  const examples = groupBy(runs, ({ example }) => example);
  const creations = examples.map((group) => groupBy(group, ({ creation }) => creation));
  const cells = creations.flat();
  const n = runs.length;
  const df = {
    example: examples.length - 1,
    creation: cells.length - examples.length,
    train: n - cells.length,
  };
  const grand = toMean(runs);
  const within = sum(
    cells.map((cell) => sum(cell.map((run) => (run.accuracy - toMean(cell)) ** 2))),
  );
  const between = sum(
    creations.map((group, at) => {
      const centre = toMean(examples[at] ?? []);
      return sum(group.map((cell) => cell.length * (toMean(cell) - centre) ** 2));
    }),
  );
  const above = sum(examples.map((group) => group.length * (toMean(group) - grand) ** 2));
  // Sums of squared sizes: how often a creation's, and an example's, effect is counted.
  const inExamples = sum(
    creations.map(
      (group, at) => sum(group.map((cell) => cell.length ** 2)) / (examples[at]?.length ?? 1),
    ),
  );
  const inAll = sum(cells.map((cell) => cell.length ** 2)) / n;
  const examplesInAll = sum(examples.map((group) => group.length ** 2)) / n;
  const train = df.train > 0 ? within / df.train : null;
  const creation =
    df.creation > 0
      ? Math.max(0, (between / df.creation - (train ?? 0)) / ((n - inExamples) / df.creation))
      : null;
  const example =
    df.example > 0
      ? Math.max(
          0,
          (above / df.example -
            (train ?? 0) -
            ((inExamples - inAll) / df.example) * (creation ?? 0)) /
            ((n - examplesInAll) / df.example),
        )
      : null;
  const total = sum([train ?? 0, creation ?? 0, example ?? 0]);
  const toComponent = (
    source: VarianceComponent["source"],
    variance: number | null,
    levels: number,
    df: number,
  ): VarianceComponent => ({
    source,
    variance,
    sd: variance === null ? null : Math.sqrt(variance),
    share: variance === null || total === 0 ? null : variance / total,
    levels,
    df,
  });
  return [
    toComponent("formatting example", example, examples.length, df.example),
    toComponent("creation sampling", creation, cells.length, df.creation),
    toComponent("training seed", train, n, df.train),
  ];
}

function groupBy(runs: readonly SeededRun[], key: (run: SeededRun) => number): SeededRun[][] {
  const groups = new Map<number, SeededRun[]>();
  for (const run of runs) groups.set(key(run), [...(groups.get(key(run)) ?? []), run]);
  return [...groups.values()];
}

function toMean(runs: readonly SeededRun[]): number {
  return mean(runs.map(({ accuracy }) => accuracy));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
