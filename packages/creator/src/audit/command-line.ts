import { parseCommand, renderCommandHelp } from "@seedling/core/internal";
import { Command, InvalidArgumentError } from "commander";

/** What a user of the audit asks for. */
export interface AuditRequest {
  /** A creation, as `findCreation` takes it. */
  run: string;
  /** Examples to label. */
  sample: number;
  seed: number;
}

/**
 * Parses the audit's command line. @param args without node and script
 * @returns null if help was asked for
 * @throws FlagError in one line
 */
export function parseAuditLine(args: readonly string[]): AuditRequest | null {
  const command = toCommand();
  if (!parseCommand(command, args)) return null;
  return { run: command.args[0] as string, ...command.opts<Omit<AuditRequest, "run">>() };
}

/** The help text: every flag with its default. */
export function renderAuditHelp(): string {
  return renderCommandHelp(toCommand());
}

function toCommand(): Command {
  return new Command("npm run audit --")
    .description(
      "A blind sample of a creation's examples for you to label in the terminal: how many of the model's labels are right? Answers are kept at once; the same command goes on from them.",
    )
    .argument(
      "<run>",
      "a creation's folder, its manifest.json, or the beginning of its path in results/, such as creations/yesno_open-boolq/tree/ab12",
    )
    .option("--sample <n>", "examples to label", toWhole(1), 50)
    .option("--seed <s>", "draws the sample, and the order of options", toWhole(0), 1);
}

function toWhole(least: number): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (/^\d+$/.test(text) && n >= least && Number.isSafeInteger(n)) return n;
    throw new InvalidArgumentError(`Expected a whole number from ${least} on.`);
  };
}
