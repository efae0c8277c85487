import { join } from "node:path";
import { type Command, CommanderError } from "commander";
import { z } from "zod";
import {
  type Env,
  isBuiltIn,
  isFolder,
  looksLikePath,
  lookUp,
  repository,
  resolvePath,
} from "../logs/paths.ts";
import { FlagError } from "../messages/errors.ts";
import { formatFlagValue } from "./flag.ts";
import {
  axes,
  type Flag,
  type FlagName,
  type Flags,
  flagNames,
  flagTable,
  toOption,
} from "./flags.ts";
import { createCommand } from "./help.ts";

/** Flags as a user would write them. */
export type FlagTexts = Partial<Record<FlagName, string>>;

/** A grid of runs that a user asked for. */
export interface Request {
  flags: Flags;
  /** Flags that were given, by the experiment's file or the command line, rather than left at their default. */
  given: ReadonlySet<FlagName>;
  /** Flags that the command line itself gave. */
  typed: ReadonlySet<FlagName>;
  /** Flags that differ from those of the experiment's other grids, in words; empty: none does. */
  grid: string;
}

export interface CommandLine {
  /** The description in its experiment's file, and flags given over it; null: there is none. */
  about: string | null;
  /** One, or as many as the experiment's `runs`. */
  requests: readonly [Request, ...Request[]];
}

/** Reads the JSON of a named experiment. */
export type LoadExperiment = (name: string) => Promise<unknown>;

/**
 * Parses a command line. Flags given there come before the experiment file's, these before defaults.
 * @param args without node and script
 * @returns null if help was asked for
 * @throws FlagError in one line: which flag, what was expected, what came
 */
export async function parseCommandLine(
  args: readonly string[],
  loadExperiment: LoadExperiment,
): Promise<CommandLine | null> {
  const command = createCommand(flagNames);
  // Anywhere: commander would take it for the value of the flag before it.
  if (args.includes("--help") || !parseArguments(command, args)) return null;
  const [excess] = command.args;
  if (excess !== undefined)
    throw new FlagError(`expected flags such as --data boolq, got ${JSON.stringify(excess)}`);
  const typed: FlagTexts = command.opts();
  const name = typed.experiment;
  const { about, grids } =
    name === undefined
      ? { about: "", grids: [{ common: {}, own: {} }] }
      : parseExperiment(await loadExperiment(name), name);
  const requests = grids.map(({ common, own }): Request => {
    const written: FlagTexts = { ...common, ...own };
    const given = { ...written, ...typed };
    const values = flagNames.map((flag) => {
      const where = flag in written && !(flag in typed) ? `experiment ${name}: ` : "";
      return [flag, parseValue(flag, given[flag], where)];
    });
    return {
      flags: Object.fromEntries(values),
      given: new Set(listNames(given)),
      typed: new Set(listNames(typed)),
      grid: renderFlags(own, (flag) => !axes.includes(flag) && !(flag in typed)),
    };
  });
  const over = renderFlags(typed, (flag) => flagTable[flag].changes !== "none");
  return {
    // With flags given over it, its own description may not be true.
    about: (over && about ? `${about} Given over it: ${over}.` : about) || null,
    requests: requests as [Request, ...Request[]],
  };
}

function listNames(texts: FlagTexts): FlagName[] {
  return Object.keys(texts) as FlagName[];
}

/** Renders flags as a user would write them. */
function renderFlags(texts: FlagTexts, isShown: (name: FlagName) => boolean): string {
  const names = listNames(texts).filter(isShown);
  return names.map((name) => `${toOption(name)} ${texts[name]}`).join(" ");
}

/**
 * Parses arguments by a command of commander's, which prints nothing and ends nothing.
 * @returns false if help was asked for
 * @throws FlagError in one line
 */
export function parseArguments(command: Command, args: readonly string[]): boolean {
  try {
    command
      .exitOverride()
      .configureOutput({ writeOut: () => {}, writeErr: () => {} })
      .parse([...args], { from: "user" });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return false;
    const message = error.message.replace(/^error: /, "").replace(/[\r\n]+/g, " ");
    throw new FlagError(`${message} (--help lists what is expected)`);
  }
}

/** The values of all flags, of which a small command gives some. @throws FlagError in one line */
export function completeFlags(given: FlagTexts): Flags {
  const values = flagNames.map((flag) => [flag, parseValue(flag, given[flag], "")]);
  return Object.fromEntries(values);
}

function parseValue(name: FlagName, given: string | undefined, where: string): unknown {
  const { type, initial }: Flag<unknown> = flagTable[name];
  const text = given ?? initial;
  if (text === null) return null;
  const parsed = type.safeParse(String(text));
  if (parsed.success) return parsed.data;
  throw new FlagError(
    `${where}${toOption(name)}: ${parsed.error.issues[0]?.message}, got ${JSON.stringify(text)}`,
  );
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const flagsSchema = z.record(z.string(), z.union([scalar, z.array(scalar)]));
const grid = z.record(z.string(), z.unknown());
const experimentSchema = z
  .object({ about: z.string().default(""), runs: z.array(grid).min(1).default([{}]) })
  .catchall(z.unknown());

/**
 * Parses an experiment file: an object of flags, with `about`, and with `runs` where one set of flags is
 * not enough: a list of such objects, each a grid of its own over the common flags.
 * @returns its description of itself, empty where there is none, and for each grid the common flags and its own
 */
function parseExperiment(value: unknown, name: string) {
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

/**
 * The flags with every path made absolute. Encoders may be names instead.
 * @throws FlagError if a file or folder that only a path can mean is not there
 */
export function resolvePaths({ flags, given, typed }: Request, env: Env): Flags {
  const path = (given: string | null) => given && resolvePath(given, env);
  const model = (name: "encoder" | "similarityEncoder" | "selectEncoder") => {
    const given = flags[name] ?? "";
    const folder = resolvePath(given, env);
    if (!isBuiltIn(given) && isFolder(folder)) return folder;
    if (!looksLikePath(given)) return given;
    throw new FlagError(`${toOption(name)}: no folder ${folder}`);
  };
  const named = ["own", "original"].includes(flags.instruction);
  const instruction = named ? flags.instruction : resolvePath(flags.instruction, env);
  const files = {
    instruction,
    example: path(flags.example),
    created: path(flags.created),
    pool: path(flags.pool),
  };
  for (const [name, file] of Object.entries(named ? { ...files, instruction: null } : files))
    if (file && (lookUp(file)?.isDirectory() ?? true))
      throw new FlagError(`--${name}: no file ${file}`);
  const names = (name: "data" | "testOn") =>
    flags[name] && joinFolders(flags[name], toOption(name), env);
  return {
    ...flags,
    ...files,
    data: names("data"),
    testOn: names("testOn"),
    results: given.has("results")
      ? resolvePath(flags.results, env)
      : join(repository, flags.results),
    dataDir: path(flags.dataDir),
    // An experiment's file names a folder of the repository.
    replay:
      flags.replay && !typed.has("replay") ? join(repository, flags.replay) : path(flags.replay),
    encoder: model("encoder"),
    similarityEncoder: model("similarityEncoder"),
    selectEncoder: flags.selectEncoder && model("selectEncoder"),
  };
}

/**
 * Joins parts again that a comma in a folder's name has split.
 * @throws FlagError for a part that is empty
 */
export function joinFolders(parts: readonly string[], flag: string, env: Env): string[] {
  const names = new Set<string>();
  for (let at = 0; at < parts.length; ) {
    let end = parts.length;
    const joined = () => parts.slice(at, end).join(",").trim();
    while (end > at + 1 && !(looksLikePath(joined()) && isFolder(resolvePath(joined(), env))))
      end -= 1;
    if (joined() === "")
      throw new FlagError(`${flag}: expected a value, got ${JSON.stringify(parts.join(","))}`);
    names.add(joined());
    at = end;
  }
  return [...names];
}
