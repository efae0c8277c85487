import { z } from "zod";
import { FlagError } from "../messages/errors.ts";
import { formatFlagValue } from "./flag.ts";
import { type FlagName, flagNames, flagTable } from "./flags.ts";

/** Flags as a user would write them. */
export type FlagTexts = Partial<Record<FlagName, string>>;

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const flagsSchema = z.record(z.string(), z.union([scalar, z.array(scalar)]));
const grid = z.record(z.string(), z.unknown());
const experimentSchema = z
  .object({ about: z.string().default(""), runs: z.array(grid).min(1).default([{}]) })
  .catchall(z.unknown());

/**
 * Parses an experiment file: an object of flags, with `about`, and with `runs` where one set of flags is
 * not enough: a list of such objects, each a grid of its own over the common flags.
 * @param name for the errors
 * @returns its description of itself, empty where there is none, and for each grid the common flags and its own
 * @throws FlagError in one line
 */
export function parseExperiment(
  value: unknown,
  name: string,
): { about: string; grids: { common: FlagTexts; own: FlagTexts }[] } {
  const { about, runs, ...others } = parse(experimentSchema, value, name);
  const common = readFlags(others, name);
  const grids = runs.map((flags, i) => {
    const own = readFlags(flags, `${name}, runs ${i + 1}`);
    for (const flag of flagNames)
      if (flag in own && flagTable[flag].changes === "none")
        throw new FlagError(
          `experiment ${name}, runs ${i + 1}: "${flag}" changes no result, so it is for all runs: expected it beside "runs"`,
        );
    return { common, own };
  });
  return { about, grids };
}

function readFlags(flags: unknown, where: string): FlagTexts {
  const texts: FlagTexts = {};
  for (const [key, value] of Object.entries(parse(flagsSchema, flags, where))) {
    const name = flagNames.find((candidate) => candidate === key);
    if (!name || name === "experiment")
      throw new FlagError(`experiment ${where}: expected flags' names as keys, got "${key}"`);
    texts[name] = formatFlagValue(value);
  }
  return texts;
}

function parse<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const { data, error } = schema.safeParse(value);
  if (!error) return data;
  const path = error.issues[0]?.path.join(".");
  throw new FlagError(
    `experiment ${where}: expected an object of flags, each a text, a number, true or false, or a list of these, and in it "about", a text, and "runs", a list of such objects, if need be${path ? `; not so: ${path}` : ""}`,
  );
}
