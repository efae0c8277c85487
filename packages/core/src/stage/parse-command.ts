import { type Command, CommanderError } from "commander";
import { FlagError } from "../messages/errors.ts";

/**
 * Parses the line of a small command, such as `npm run audit`; its values then stand in the command.
 * @param args without node and script
 * @returns whether it is to be run: false if help was asked for
 * @throws FlagError in one line
 */
export function parseCommand(command: Command, args: readonly string[]): boolean {
  try {
    command
      .exitOverride()
      .configureOutput({ writeOut: () => {}, writeErr: () => {} })
      .parse([...args], { from: "user" });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return false;
    const said = error.message.replace(/^error: /, "").replace(/[\r\n]+/g, " ");
    throw new FlagError(`${said} (--help says what is expected)`);
  }
}

/** A small command's help text. */
export function renderCommandHelp(command: Command): string {
  return command.configureHelp({ helpWidth: 110 }).helpInformation();
}
