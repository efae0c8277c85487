import { areNamesTelling } from "../data/label-names.ts";
import { sources } from "../data/sources.ts";
import type { Task } from "../data/tasks.ts";
import { bagOfWords } from "../embed/bag-of-words.ts";
import { type Flags, findInitial } from "../flags/flags.ts";
import type { Run } from "./run.ts";

/** Whether an encoder can know a task's labels by their names. */
export function hasTellingNames({ labels, own }: Pick<Task, "labels" | "own">): boolean {
  return labels !== null && areNamesTelling(labels, own?.descriptions ?? null);
}

/**
 * Adds to runs those that answer "why train at all": for each that trains a bag of words on the same examples, and
 * for each task and encoder the labels' names alone. They ask no language model. Options that vary have none, names
 * that say nothing no row of names.
 */
export function addBaselines(runs: readonly Run[]): Run[] {
  const wanted = runs.filter(
    ({ task, source, flags }) =>
      task.labels !== null &&
      sources[source].trains &&
      flags.labels !== "shuffled" &&
      (flags.baselines === "on" || (flags.baselines === "auto" && task.own !== undefined)),
  );
  const bags = wanted.filter(({ flags }) => flags.encoder !== bagOfWords).map(toBagOfWords);
  const frozen = wanted.filter(
    ({ task, flags }) =>
      flags.tune === "head" && flags.encoder !== bagOfWords && hasTellingNames(task),
  );
  // One for each test of a task and encoder: planned twice they have the same folder and count once.
  return [...runs, ...bags, ...frozen.map(toNames)];
}

/** Flags of training that a bag of words does not have from the run beside it. */
const ownFlags = ["tune", "head", "features", "runtime", "dtype", "maxLength", "prompt"] as const;

function toBagOfWords(run: Run): Run {
  const initial = Object.fromEntries(ownFlags.map((name) => [name, findInitial(name)]));
  // On the same examples: where an encoder selects them, by that of the run beside it.
  const selectEncoder = run.flags.selectEncoder ?? run.flags.encoder;
  const flags: Flags = {
    ...run.flags,
    ...initial,
    ...(run.flags.select === "coverage" && { selectEncoder }),
    names: "off",
    encoder: bagOfWords,
  };
  return { ...run, flags, isBaseline: true, grid: "bag of words" };
}

function toNames(run: Run): Run {
  const seeds = { example: 1, creation: 1, train: 1 };
  return { ...run, source: "names", seeds, completions: null, isBaseline: true, grid: "" };
}
