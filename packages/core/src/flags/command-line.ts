import { Command, CommanderError, Option } from "commander";
import { FlagError } from "../messages/errors.ts";
import { type Experiment, type FlagGrid, parseExperiment } from "./experiment-file.ts";
import {
  axes,
  type Flag,
  type FlagName,
  type Flags,
  flagNames,
  flagTable,
  toOption,
} from "./flags.ts";

/** A grid of runs that a user asked for. */
export interface Request {
  /** Every flag's value. */
  flags: Flags;
  /** Flags that were given, by the experiment's file or the command line, rather than left at their default. */
  given: ReadonlySet<FlagName>;
  /** Flags that the command line itself gave. */
  typed: ReadonlySet<FlagName>;
  /** Flags that differ from those of the experiment's other grids, in words; empty: none does. */
  grid: string;
}

/** A parsed command line. */
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
  const texts = readArguments(args);
  if (texts === null) return null;
  const name = texts.get("experiment");
  const experiment: Experiment =
    name === undefined
      ? { about: null, grids: [{ texts: new Map(), own: [] }] }
      : parseExperiment(await loadExperiment(name), name);
  const requests = experiment.grids.map((grid) => toRequest(grid, texts, name));
  const [first, ...others] = requests;
  if (!first) throw new RangeError(`no grid in experiment ${name}`);
  return { about: toAbout(experiment, texts), requests: [first, ...others] };
}

function toRequest(
  grid: FlagGrid,
  texts: ReadonlyMap<FlagName, string>,
  name: string | undefined,
): Request {
  const all = new Map([...grid.texts, ...texts]);
  const values: Partial<Record<FlagName, unknown>> = {};
  for (const flagName of flagNames) {
    const where = all.has(flagName) && !texts.has(flagName) ? `experiment ${name}: ` : "";
    values[flagName] = parseValue(flagName, all.get(flagName), where);
  }
  const own = grid.own.filter((name) => !axes.includes(name) && !texts.has(name));
  const words = own.map((flagName) => `${toOption(flagName)} ${all.get(flagName)}`);
  return {
    flags: values as Flags,
    given: new Set(all.keys()),
    typed: new Set(texts.keys()),
    grid: words.join(" "),
  };
}

/** Adds the flags that were given over an experiment: its own description may not be true with them. */
function toAbout({ about }: Experiment, texts: ReadonlyMap<FlagName, string>): string | null {
  const over = [...texts].filter(([name]) => flagTable[name].changes !== "none");
  if (about === null || over.length === 0) return about;
  const words = over.map(([name, text]) => `${toOption(name)} ${text}`);
  return `${about} Given over it: ${words.join(" ")}.`;
}

/** The help text: every flag with its default. @param usage how the command is called */
export function renderHelp(usage: string): string {
  return toCommand(usage).helpInformation();
}

function readArguments(args: readonly string[]): Map<FlagName, string> | null {
  // Anywhere: commander would take it for the value of the flag before it.
  if (args.includes("--help")) return null;
  const command = toCommand("");
  try {
    command.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return null;
    throw new FlagError(error.message.replace(/^error: /, "").replace(/[\r\n]+/g, " "));
  }
  const [excess] = command.args;
  if (excess !== undefined)
    throw new FlagError(`expected flags such as --data boolq, got ${JSON.stringify(excess)}`);
  const options: Record<string, string | true> = command.opts();
  const texts = new Map<FlagName, string>();
  for (const name of flagNames)
    if (options[name] !== undefined) texts.set(name, String(options[name]));
  return texts;
}

function toCommand(usage: string): Command {
  const command = new Command("experiment")
    .usage(usage)
    .exitOverride()
    .allowExcessArguments()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .configureHelp({ helpWidth: 110 });
  for (const name of flagNames) {
    const { value, help, initial }: Flag<unknown> = flagTable[name];
    const option = new Option(value ? `${toOption(name)} ${value}` : toOption(name));
    const usual = value === null ? "off" : initial;
    option.description = usual === null ? help : `${help} (default: ${usual})`;
    command.addOption(option);
  }
  return command;
}

function parseValue(name: FlagName, given: string | undefined, where: string): unknown {
  const { type, initial }: Flag<unknown> = flagTable[name];
  const text = given ?? initial;
  if (text === null) return null;
  const parsed = type.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new FlagError(
    `${where}${toOption(name)}: ${parsed.error.issues[0]?.message}, got ${JSON.stringify(text)}`,
  );
}
