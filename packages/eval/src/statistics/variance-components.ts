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

/** Runs by the seeds that they share: the first d of the three. */
type Groups = ReadonlyMap<string, readonly SeededRun[]>;

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
    const levels = groupRuns(runs, index + 1).size;
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
      df: levels - groupRuns(runs, index).size,
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
    const outer = groupRuns(runs, depth - 1);
    const groups = groupRuns(runs, depth);
    if (groups.size === outer.size) continue;
    const squares = sumOver(
      groups,
      outer,
      depth - 1,
      (group, around) => group.length * (meanAccuracy(group) - meanAccuracy(around)) ** 2,
    );
    // How often the variance of a source at this depth or within it is counted in the squares.
    const counted = (inner: number) =>
      countWithin(groupRuns(runs, inner), groups, depth) -
      countWithin(groupRuns(runs, inner), outer, depth - 1);
    const ofInner = estimates.map((variance, index) =>
      index >= depth ? (variance ?? 0) * counted(index + 1) : 0,
    );
    estimates[depth - 1] = (squares - sum(ofInner)) / counted(depth);
  }
  return estimates;
}

function countWithin(inner: Groups, outer: Groups, depth: number): number {
  return sumOver(inner, outer, depth, (group, around) => group.length ** 2 / around.length);
}

/** The sum over groups of something of each and of the group of a lesser depth around it. */
function sumOver(
  groups: Groups,
  outer: Groups,
  depth: number,
  term: (group: readonly SeededRun[], around: readonly SeededRun[]) => number,
): number {
  const terms = [...groups.values()].map((group) => {
    const [first] = group;
    return term(group, (first && outer.get(joinSeeds(first, depth))) ?? []);
  });
  return sum(terms);
}

function groupRuns(runs: readonly SeededRun[], depth: number): Groups {
  return group(runs, (run) => joinSeeds(run, depth));
}

function joinSeeds({ example, creation, train }: SeededRun, depth: number): string {
  return [example, creation, train].slice(0, depth).join(" ");
}

function meanAccuracy(runs: readonly SeededRun[]): number {
  return mean(runs.map(({ accuracy }) => accuracy));
}
