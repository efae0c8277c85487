import { namedSources, type Source, sources } from "../data/sources.ts";
import { createFlags, requestFlags } from "./create-flags.ts";
import { type Flag, flag, on, optional } from "./flag.ts";
import { choice, list, shard, text, whole } from "./flag-values.ts";
import { trainFlags } from "./train-flags.ts";

export type { Changes, Flag } from "./flag.ts";

const seedList = list(whole(0));

/** Every flag, in the order of the help. */
export const flagTable = {
  data: optional(
    "<tasks>",
    list(text),
    "create",
    "tasks, short or full names with commas; all: the ten; ./folder: a task of your own",
  ),
  setting: flag(
    "<settings>",
    list(choice(...namedSources, "all")),
    "tree",
    "create",
    "naive, random, diverse, similar, tree, human, with commas; all: these six; direct: the language model itself answers the test items",
  ),
  seed: flag(
    "<n,...>",
    seedList,
    "1",
    "create",
    "sets the three seeds below; several: one run each",
  ),
  exampleSeed: optional("<n,...>", seedList, "create", "draws the formatting example"),
  creationSeed: optional(
    "<n,...>",
    seedList,
    "create",
    "creation, and the draw of --examples human ones",
  ),
  trainSeed: optional("<n,...>", seedList, "train", "initialisation and order of the training"),
  testOn: optional(
    "<tasks>",
    list(text),
    "evaluate",
    "further test sets: tasks, or folders with a test.jsonl",
  ),
  experiment: optional(
    "<name>",
    text,
    "none",
    "flags from experiments/<name>.json; those given here come first",
  ),
  shard: optional(
    "<i/n>",
    shard,
    "none",
    "do part i of n of the runs, for machines that share the results folder; caps count for each part (default: all)",
  ),
  results: flag("<dir>", text, "results", "none", "where everything produced goes"),
  dataDir: optional(
    "<dir>",
    text,
    "none",
    "benchmarks as <format>/<task>/<split>.jsonl; else $SEEDLING_DATA, else downloaded",
  ),
  sample: on("none", "the bundled sample data and its recording, even if a key is set"),
  replay: optional(
    "<dir>",
    text,
    "none",
    "replies from a recording: a creation's folder, or a folder of such",
  ),

  ...createFlags,
  ...requestFlags,
  ...trainFlags,
} satisfies Record<string, Flag<unknown>>;

type FlagTable = typeof flagTable;

/** A flag's name in code and in experiment files. */
export type FlagName = keyof FlagTable;

/** The values of all flags. */
export type Flags = { [Name in FlagName]: FlagTable[Name] extends Flag<infer T> ? T : never };

/** All flags' names, in the order of the help. */
export const flagNames = Object.keys(flagTable) as FlagName[];

/** Flags that stand in a run itself, and in its name, rather than among its conditions. */
export const axes: readonly FlagName[] = [
  "data",
  "setting",
  "seed",
  "exampleSeed",
  "creationSeed",
  "trainSeed",
];

/** All that a test item is asked with where the language model itself answers. */
const readByDirect: readonly FlagName[] = ["model", "temperature", "topP", "maxTokens"];

/** Whether a run of a source, with these flags, reads a flag. */
export function isReadBy(name: FlagName, source: Source, flags: Flags): boolean {
  const { readBy, changes }: Flag<unknown> = flagTable[name];
  if (!sources[source].trains && (changes === "create" || changes === "train"))
    return readByDirect.includes(name);
  return !readBy || readBy(source, flags);
}

/** `numExamples` -> `--num-examples`. */
export function toOption(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
