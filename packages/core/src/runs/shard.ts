import { sources } from "../data/sources.ts";
import type { Shard } from "../flags/flag.ts";
import { ownTarget } from "./completions.ts";
import type { Run } from "./run.ts";

/**
 * A machine's part of an experiment's runs, in their order. Runs that ask a language model the same
 * asked stay together, so that no two machines ask the same at once; so do, with `--grid-seeds`, the runs
 * of a task and source, of which one repeats another's choice. Such groups go, the largest first, to the
 * part that has least to train on so far: the same parts on every machine.
 * @param shard null: all of it
 */
export function chooseShard(runs: readonly Run[], shard: Shard | null): Run[] {
  if (shard === null) return [...runs];
  const repeats = runs.some(({ flags }) => flags.gridSeeds !== null);
  const groups = new Map<string, Run[]>();
  for (const [index, run] of runs.entries()) {
    const key = buildKey(run, index, repeats);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const loads = new Array<number>(shard.of).fill(0);
  const chosen = new Set<Run>();
  const largestFirst = [...groups.values()].sort((a, b) => countExamples(b) - countExamples(a));
  for (const group of largestFirst) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least] = (loads[least] ?? 0) + countExamples(group);
    if (least === shard.index - 1) for (const run of group) chosen.add(run);
  }
  return runs.filter((run) => chosen.has(run));
}

/**
 * The key of a run's group. The answers to one task's test split serve its partners'
 * runs of `direct`, a creation's replies the others of its task, setting and seeds, and labelled texts all settings.
 */
function buildKey({ task, source, seeds, flags }: Run, index: number, repeats: boolean): string {
  if (!sources[source].trains) return JSON.stringify([source, seeds.creation]);
  const hasPool = flags.pool !== null && sources[source].isCreated;
  const one = [task.name, task.fingerprint, hasPool ? "pool" : source];
  if (repeats) return JSON.stringify(one);
  const asked = [...one, seeds.example, seeds.creation];
  return JSON.stringify(sources[source].asksModel ? asked : [...one, index]);
}

/** Counts the examples that runs train on, all in all; of those that tokens are the target of, which is not known, the default. */
function countExamples(runs: readonly Run[]): number {
  const counts = runs.map(({ task, flags: { examples, tokens, fraction, keep } }) => {
    const size = tokens === null ? (task.trainSize ?? ownTarget) : ownTarget;
    return (examples ?? size) * fraction * (keep ?? 1);
  });
  return counts.reduce((sum, count) => sum + count, 0);
}
