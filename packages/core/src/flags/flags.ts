import { allSettings, namedSources, type Source, sources } from "../data/sources.ts";
import { createFlags, requestFlags } from "./create-flags.ts";
import { choice, type Flag, flagsOf, folder, list, shard, text, whole } from "./flag.ts";
import { trainFlags } from "./train-flags.ts";

export type { Changes, Flag } from "./flag.ts";

const create = flagsOf("create");
const train = flagsOf("train");
const evaluate = flagsOf("evaluate");
const none = flagsOf("none");
const seedList = list(whole(0));

/** Every flag, in the order of the help. */
export const flagTable = {
  data: create.optional(
    list(text),
    "tasks, short or full names with commas; all: the ten; ./folder: a task of your own",
  ),
  setting: create.flag(
    list(choice(...namedSources, "all")),
    "tree",
    `${allSettings.join(", ")}, with commas; all: these; direct: the language model itself answers the test items`,
  ),
  seed: create.flag(seedList, "1", "sets the three seeds below; several: one run each"),
  exampleSeed: create.optional(seedList, "draws the formatting example"),
  creationSeed: create.optional(seedList, "creation, and the draw of --examples human ones"),
  trainSeed: train.optional(seedList, "initialisation and order of the training"),
  testOn: evaluate.optional(list(text), "further test sets: tasks, or folders with a test.jsonl"),
  experiment: none.optional(
    text,
    "flags from experiments/<name>.json; those given here come first",
  ),
  shard: none.optional(
    shard,
    "do part i of n of the runs, for machines that share the results folder; caps count for each part (default: all)",
  ),
  results: none.flag(folder, "results", "where everything produced goes"),
  dataDir: none.optional(
    folder,
    "benchmarks as <format>/<task>/<split>.jsonl; else $SEEDLING_DATA, else downloaded",
  ),
  sample: none.on("the bundled sample data and its recording, even if a key is set"),
  replay: none.optional(
    folder,
    "replies from a recording: a creation's folder, or a folder of such",
  ),

  ...createFlags,
  ...requestFlags,
  ...trainFlags,
} satisfies Record<string, Flag<unknown>>;

type FlagTable = typeof flagTable;

/** A flag's name in code and in experiment files. */
export type FlagName = keyof FlagTable;

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

/** Flags that are read where the language model itself answers test items. */
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
