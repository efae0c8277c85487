import { renderSeeds, shortenModelName, shortenPath, toOption } from "@seedling/core/internal";
import { renderOlder } from "@seedling/trainer/internal";
import type { CountedRun } from "../results/counts.ts";

/** A condition of an evaluation: its text, and where there is one a hash that says more than the text. */
interface Condition {
  text: string;
  hash?: string | null | undefined;
}

/** A condition in which two evaluations differ. */
export interface ConditionDifference {
  name: string;
  a: string;
  b: string;
}

/** Flags that say by what is computed, not what. */
const surroundingFlags = ["backend", "runtime"];

/** What makes an evaluation the experiment that it is: where one of these differs, it is another one. */
function listOwn({ manifest, training }: CountedRun): Record<string, Condition> {
  const { seeds, data, completions, train, dev, student, conditions } = manifest;
  const flags = Object.entries(conditions)
    .filter(([name]) => !surroundingFlags.includes(name))
    .map(([name, value]) => [toOption(name), { text: shortenPath(String(value)) }]);
  return {
    "seeds (example/creation/training)": { text: renderSeeds(seeds) },
    data: { text: [data.kind, data.mark].filter(Boolean).join(" ") },
    creator: { text: shortenModelName(completions?.model ?? "none") },
    encoder: { text: shortenPath(student.encoder), hash: training?.encoder },
    "--tune": { text: student.tune },
    "way of training": { text: renderOlder(student, data).replace(/^, /, "") || "today's" },
    "examples asked for": { text: String(train.target) },
    "human examples mixed in": { text: String(train.human) },
    "chosen on": { text: dev.source },
    ...Object.fromEntries(flags),
  };
}

/** What an evaluation was made by and where: a reproduction may differ in it. Empty texts are not known. */
function listSurroundings({ manifest, training }: CountedRun): Record<string, Condition> {
  const { machine, completions, conditions, train } = manifest;
  const known = (text: string | null | undefined) => ({ text: text ?? "" });
  return {
    "seedling's version": known(machine?.seedling),
    "Node.js": known(machine?.node),
    system: known(machine?.system),
    processor: known(machine?.processor),
    backend: known(training?.backend),
    "--runtime": { text: String(conditions.runtime ?? "default") },
    "replies from": known(completions?.kind),
    "examples trained on": { text: train.n > 0 ? String(train.n) : "" },
    "training data (SHA-256)": known(training?.examples?.slice(0, 12)),
  };
}

/**
 * Finds in what two evaluations of one task, source and test set differ. One that is not known of either side counts
 * as equal.
 * @returns own: they are other experiments; surroundings: the same one, done elsewhere or again
 */
export function compareConditions(a: CountedRun, b: CountedRun) {
  return {
    own: findDifferences(listOwn(a), listOwn(b), "default"),
    surroundings: findDifferences(listSurroundings(a), listSurroundings(b), ""),
  };
}

/** @param absent the text of a condition that one side does not have; empty: it is not known */
function findDifferences(
  ofA: Record<string, Condition>,
  ofB: Record<string, Condition>,
  absent: string,
): ConditionDifference[] {
  return [...new Set([...Object.keys(ofA), ...Object.keys(ofB)])].flatMap((name) => {
    const [a, b] = [ofA[name] ?? { text: absent }, ofB[name] ?? { text: absent }];
    const hashes = a.hash && b.hash ? [a.hash, b.hash] : null;
    if (hashes ? hashes[0] === hashes[1] : a.text === b.text) return [];
    if (a.text === "" || b.text === "") return [];
    const isNamed = a.text !== b.text;
    const render = ({ text, hash }: Condition) => (isNamed ? text : `${text} (${hash})`);
    return [{ name, a: render(a), b: render(b) }];
  });
}

/** The text of the conditions that make a cell: all of a run's own ones but for its seeds, and its test items. */
export function keyCell(run: CountedRun): string {
  const { "seeds (example/creation/training)": _, ...own } = listOwn(run);
  const { test, inputs } = run.manifest;
  return JSON.stringify([keyQuestion(run), own, test.n, inputs.test]);
}

/** What two evaluations must have in common to be compared at all: what was trained on, and what it was tested on. */
export function keyQuestion({ manifest: { task, source, test } }: CountedRun): string {
  return JSON.stringify([task, source, test.task]);
}
