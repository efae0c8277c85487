import { Command, CommanderError } from "commander";
import { FlagError } from "../messages/errors.ts";
import { type CommandContext, runWork, type Surroundings } from "./context.ts";

/** What starts and ends a process: everything it does, up to its exit code. */
export type Program = (io: Surroundings) => Promise<number>;

/** A small command, such as `tables`. */
export interface CommandDefinition<Options> {
  name: string;
  /** Its description in the help. */
  about: string;
  /** Adds its options and arguments. */
  define: (line: Command) => Command;
  /** Does the work. @returns the exit code */
  run: (options: Options, ctx: CommandContext, args: readonly string[]) => Promise<number>;
}

/** Seconds that a command waits for a reply of the network. */
const longestWait = 600;

/** Makes a program of a small command: it prints its help, or parses its line and does its work. */
export function command<Options extends object>({
  name,
  about,
  define,
  run,
}: CommandDefinition<Options>): Program {
  return (io) =>
    runWork(io, async (ctx) => {
      const underNpm = ctx.env.npm_lifecycle_event === name;
      const line = new Command(underNpm ? `npm run ${name} --` : `seedling ${name}`);
      line.description(about).allowExcessArguments(false);
      if (!parse(define(line), io.argv)) {
        ctx.log(line.configureHelp({ helpWidth: 110 }).helpInformation());
        return 0;
      }
      const fetch = await io.openNetwork(longestWait);
      return run(line.opts<Options>(), { ...ctx, fetch }, line.args);
    });
}

/** @returns false if help was asked for @throws FlagError in one line */
function parse(line: Command, args: readonly string[]): boolean {
  try {
    line
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
