import { Command, InvalidArgumentError } from "commander";
import { parseArguments } from "../flags/command-line.ts";
import type { FlagType } from "../flags/flag.ts";
import { type CommandContext, runWork, type Surroundings } from "./context.ts";

/** What starts and ends a process: everything it does, up to its exit code. */
export type Program = (io: Surroundings) => Promise<number>;

export interface CommandDefinition<Options> {
  name: string;
  about: string;
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
      if (!parseArguments(define(line), io.argv)) {
        ctx.log(line.configureHelp({ helpWidth: 110 }).helpInformation());
        return 0;
      }
      const fetch = await io.openNetwork(longestWait);
      return run(line.opts<Options>(), { ...ctx, fetch }, line.args);
    });
}

/** Reads an option of a small command as a flag's type. */
export function readAs<T>(type: FlagType<T>): (text: string) => T {
  return (text) => {
    const { data, error } = type.safeParse(text);
    if (error) throw new InvalidArgumentError(`${error.issues[0]?.message}.`);
    return data as T;
  };
}
