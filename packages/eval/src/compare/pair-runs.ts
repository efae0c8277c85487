import { group } from "d3-array";
import type { CountedRun } from "../results/counts.ts";
import { sortBy } from "../tables/cells.ts";
import { compareConditions, keyCell, keyQuestion } from "./conditions.ts";

/** An evaluation of each side, the most alike of their question, and in what they differ. */
export type RunPair = ReturnType<typeof pairRuns>["pairs"][number];

/**
 * Pairs the evaluations of two sides: of one task, source and test set those that differ in the fewest of their own
 * conditions, none first; each at most once.
 * @returns also those that have no partner, as cells: runs on the same items that differ in their seeds alone
 */
export function pairRuns(ofA: readonly CountedRun[], ofB: readonly CountedRun[]) {
  const others = group(ofB, keyQuestion);
  const pairs = [...group(ofA, keyQuestion)].flatMap(([question, runs]) => {
    const all = runs.flatMap((a) =>
      (others.get(question) ?? []).map((b) => ({ a, b, ...compareConditions(a, b) })),
    );
    const taken = new Set<CountedRun>();
    return sortBy(all, ({ own, a, b }) => [own.length, a.path, b.path]).filter(({ a, b }) => {
      if (taken.has(a) || taken.has(b)) return false;
      taken.add(a).add(b);
      return true;
    });
  });
  const paired = new Set(pairs.flatMap(({ a, b }) => [a, b]));
  const listRest = (runs: readonly CountedRun[]) => [
    ...group(
      runs.filter((run) => !paired.has(run)),
      keyCell,
    ).values(),
  ];
  return { pairs, onlyA: listRest(ofA), onlyB: listRest(ofB) };
}

/** Pairs by their cells and what differs. */
export function groupPairs(pairs: readonly RunPair[]): RunPair[][] {
  const toKey = ({ a, b, own }: RunPair) =>
    JSON.stringify([keyCell(a), keyCell(b), own.map(({ name }) => name)]);
  return [...group(pairs, toKey).values()];
}
