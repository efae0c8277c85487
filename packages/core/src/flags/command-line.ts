import { Command, CommanderError, Option } from "commander";
import { z } from "zod";
import { FlagError } from "../errors.ts";
import { type Flag, type FlagName, type Flags, flagNames, flagTable, toOption } from "./flags.ts";

/** What a user asked for: every flag's value, and which were given rather than left at their default. */
export interface Request {
  flags: Flags;
  given: ReadonlySet<FlagName>;
}

/** Reads the JSON of a named experiment: an object with flags' names as keys. */
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
): Promise<Request | null> {
  const texts = readArguments(args);
  if (texts === null) return null;
  const name = texts.get("experiment");
  const experiment = name === undefined ? new Map() : toTexts(await loadExperiment(name), name);
  const all = new Map([...experiment, ...texts]);
  const values: Partial<Record<FlagName, unknown>> = {};
  for (const flagName of flagNames) {
    const where = all.has(flagName) && !texts.has(flagName) ? `experiment ${name}: ` : "";
    values[flagName] = parseValue(flagName, all.get(flagName), where);
  }
  return { flags: values as Flags, given: new Set(all.keys()) };
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

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const experimentSchema = z.record(z.string(), z.union([scalar, z.array(scalar)]));

function toTexts(experiment: unknown, file: string): Map<FlagName, string> {
  const parsed = experimentSchema.safeParse(experiment);
  if (!parsed.success) {
    const key = parsed.error.issues[0]?.path.join(".");
    throw new FlagError(
      `experiment ${file}: expected an object of flags, each a text, a number, true or false, or a list of these${key ? `; not so: ${key}` : ""}`,
    );
  }
  const texts = new Map<FlagName, string>();
  for (const [key, value] of Object.entries(parsed.data)) {
    if (key === "about") continue;
    const name = flagNames.find((candidate) => candidate === key);
    if (!name || name === "experiment")
      throw new FlagError(`experiment ${file}: expected flags' names as keys, got "${key}"`);
    texts.set(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  return texts;
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
