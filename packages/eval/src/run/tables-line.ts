import { join, resolve } from "node:path";
import {
  type Env,
  FlagError,
  isFolder,
  parseCommand,
  renderCommandHelp,
  repository,
} from "@seedling/core/internal";
import { Command } from "commander";

/**
 * Parses the line of `npm run tables`. @param args without node and script
 * @returns the absolute path of the results folder; null if help was asked for
 * @throws FlagError in one line
 */
export function parseTablesLine(args: readonly string[], { INIT_CWD }: Env): string | null {
  const command = toCommand();
  if (!parseCommand(command, args)) return null;
  const { results } = command.opts<{ results?: string }>();
  if (results === undefined) return join(repository, "results");
  const folder = resolve(INIT_CWD ?? repository, results);
  if (!isFolder(folder)) throw new FlagError(`--results: no folder ${folder}`);
  return folder;
}

/** The help text. */
export function renderTablesHelp(): string {
  return renderCommandHelp(toCommand());
}

function toCommand(): Command {
  return new Command("npm run tables --")
    .description(
      "Makes the tables (Markdown, CSV, LaTeX, JSON) and the report anew from everything in a results folder, as every experiment does at its end.",
    )
    .option("--results <dir>", "the results folder (default: results)")
    .allowExcessArguments(false);
}
