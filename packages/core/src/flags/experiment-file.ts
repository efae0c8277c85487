import { z } from "zod";
import { FlagError } from "../messages/errors.ts";
import { formatFlagValue } from "./flag-values.ts";
import { type FlagName, flagNames, flagTable } from "./flags.ts";

/** A named experiment: what it is about, and the flags of its runs. */
export interface Experiment {
  /** null: none is given. */
  about: string | null;
  /** One set of flags' texts for each grid of runs: those of all, and over them its own. */
  grids: readonly FlagGrid[];
}

/** One grid of an experiment. */
export interface FlagGrid {
  texts: ReadonlyMap<FlagName, string>;
  /** The flags that set it apart from the experiment's other grids. */
  own: readonly FlagName[];
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const flagsSchema = z.record(z.string(), z.union([scalar, z.array(scalar)]));
const objectSchema = z.record(z.string(), z.unknown());
const runsSchema = z.array(objectSchema).min(1);

/**
 * Parses an experiment file: an object of flags, with `about`, and with `runs` where one set of flags is
 * not enough: a list of such objects, each a grid of its own over the common flags.
 * @param name for the errors
 * @throws FlagError in one line
 */
export function parseExperiment(value: unknown, name: string): Experiment {
  const object = objectSchema.safeParse(value);
  if (!object.success) throw toFlagError(name, undefined);
  const { about, runs, ...common } = object.data;
  const shared = toTexts(common, name);
  if (runs === undefined)
    return { about: toAbout(about, name), grids: [{ texts: shared, own: [] }] };
  const listed = runsSchema.safeParse(runs);
  if (!listed.success)
    throw new FlagError(`experiment ${name}: runs: expected a list of objects of flags`);
  const grids = listed.data.map((flags, i): FlagGrid => {
    const own = toTexts(flags, `${name}, runs ${i + 1}`);
    for (const flag of own.keys())
      if (flagTable[flag].changes === "none")
        throw new FlagError(
          `experiment ${name}, runs ${i + 1}: "${flag}" changes no result, so it is for all runs: expected it beside "runs"`,
        );
    return { texts: new Map([...shared, ...own]), own: [...own.keys()] };
  });
  return { about: toAbout(about, name), grids };
}

function toAbout(about: unknown, name: string): string | null {
  if (about === undefined) return null;
  if (typeof about === "string") return about;
  throw toFlagError(name, "about");
}

function toTexts(flags: unknown, where: string): Map<FlagName, string> {
  const parsed = flagsSchema.safeParse(flags);
  if (!parsed.success) throw toFlagError(where, parsed.error.issues[0]?.path.join("."));
  const texts = new Map<FlagName, string>();
  for (const [key, value] of Object.entries(parsed.data)) {
    const name = flagNames.find((candidate) => candidate === key);
    if (!name || name === "experiment")
      throw new FlagError(`experiment ${where}: expected flags' names as keys, got "${key}"`);
    texts.set(name, formatFlagValue(value));
  }
  return texts;
}

function toFlagError(where: string, key: string | undefined): FlagError {
  return new FlagError(
    `experiment ${where}: expected an object of flags, each a text, a number, true or false, or a list of these${key ? `; not so: ${key}` : ""}`,
  );
}
