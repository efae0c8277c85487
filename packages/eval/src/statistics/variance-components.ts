import { mean } from "@seedling/core/internal";
import { group, sum } from "d3-array";

/** A run by the seeds of what it came from, and its accuracy in [0, 1]. */
export interface SeededRun {
  example: number;
  creation: number;
  train: number;
  accuracy: number;
}

/** What a run's accuracy varies by, from the outermost inwards. */
const names = ["formatting example", "creation sampling", "training seed"] as const;

/**
 * What each source contributes to the variance of a run's accuracy. Nested random effects: creations
 * within formatting examples, trainings within creations. By the method of moments for unequal numbers:
 * each source's sum of squares is set to its expectation, from the innermost outwards (Searle, Casella &
 * McCulloch 1992, chapter 5).
 * @param runs one at least, each once
 */
export function varianceComponents(runs: readonly SeededRun[]) {
  const estimates = estimateFrom(runs);
  const known = estimates.map((estimate) => (estimate === null ? null : Math.max(0, estimate)));
  const total = sum(known, (variance) => variance ?? 0);
  return names.map((source, index) => {
    const variance = known[index] ?? null;
    const levels = groupRuns(runs, index + 1).length;
    const within = known.slice(index + 1);
    const next = within.findIndex((inner) => inner !== null);
    const hidden = next < 0 ? within.length : next;
    return {
      source,
      /** Standard deviation of accuracy; null: not estimable, one level everywhere. A negative variance is 0. */
      sd: variance === null ? null : Math.sqrt(variance),
      /** Of the sum of the variances that can be estimated; null where there is none. */
      share: variance === null || total === 0 ? null : variance / total,
      /** Distinct ones in all: formatting examples, creations, trainings. */
      levels,
      df: levels - groupRuns(runs, index).length,
      /** Why there is no estimate; null: there is. */
      why:
        variance === null
          ? `not estimable: ${levels === 1 ? "one level" : "in the one above it"}`
          : null,
      /** Sources within it with one level everywhere: their variance is in this one. */
      includes: variance === null ? [] : names.slice(index + 1, index + 1 + hidden),
    };
  });
}

/** The sources' variances as the equations give them: negative ones as they are, null without degrees of freedom. */
function estimateFrom(runs: readonly SeededRun[]): (number | null)[] {
  const estimates: (number | null)[] = names.map(() => null);
  for (let depth = names.length; depth > 0; depth--) {
    if (groupRuns(runs, depth).length === groupRuns(runs, depth - 1).length) continue;
    const squares = sumWithin(
      runs,
      [depth - 1, depth],
      (group, around) => group.length * (meanAccuracy(group) - meanAccuracy(around)) ** 2,
    );
    // How often the variance of a source at this depth or within it is counted in the squares.
    const counted = (inner: number) =>
      countWithin(runs, [depth, inner]) - countWithin(runs, [depth - 1, inner]);
    const ofInner = estimates.map((variance, index) =>
      index >= depth ? (variance ?? 0) * counted(index + 1) : 0,
    );
    estimates[depth - 1] = (squares - sum(ofInner)) / counted(depth);
  }
  return estimates;
}

type Depths = readonly [outer: number, inner: number];

function countWithin(runs: readonly SeededRun[], depths: Depths): number {
  return sumWithin(runs, depths, (group, around) => group.length ** 2 / around.length);
}

/** The sum over groups of something of each and of the group of a lesser depth around it. */
function sumWithin(
  runs: readonly SeededRun[],
  [outer, inner]: Depths,
  term: (group: readonly SeededRun[], around: readonly SeededRun[]) => number,
): number {
  const terms = groupRuns(runs, outer).flatMap((around) =>
    groupRuns(around, inner).map((group) => term(group, around)),
  );
  return sum(terms);
}

/** Groups of runs that share the seeds of a depth: the first so many of the three. */
function groupRuns(runs: readonly SeededRun[], depth: number): SeededRun[][] {
  const toKey = ({ example, creation, train }: SeededRun) =>
    [example, creation, train].slice(0, depth).join(" ");
  return [...group(runs, toKey).values()];
}

function meanAccuracy(runs: readonly SeededRun[]): number {
  return mean(runs.map(({ accuracy }) => accuracy));
}
