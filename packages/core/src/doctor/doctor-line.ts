import { Command, Option } from "commander";
import { type BackendName, backendNames } from "../backend/opened.ts";
import { FlagError } from "../messages/errors.ts";
import { parseCommand, renderCommandHelp } from "../stage/parse-command.ts";

/** What a user of `npm run doctor` asks for. */
export interface DoctorRequest {
  /** Whether to run the parity tests in place of the look round. */
  gpu: boolean;
  /** What they run on. */
  backend: BackendName;
}

/**
 * Parses the command line. @param args without node and script
 * @returns null if help was asked for
 * @throws FlagError in one line
 */
export function parseDoctorLine(args: readonly string[]): DoctorRequest | null {
  const command = toCommand();
  if (!parseCommand(command, args)) return null;
  const { gpu, backend } = command.opts<{ gpu: boolean; backend?: BackendName }>();
  if (backend && !gpu)
    throw new FlagError("--backend names what --gpu tests; give both, or neither");
  return { gpu, backend: backend ?? "tfjs-node-gpu" };
}

/** The help text. */
export function renderDoctorHelp(): string {
  return renderCommandHelp(toCommand());
}

function toCommand(): Command {
  return new Command("npm run doctor --")
    .description(
      "What this machine has of what runs can use, and the one command that mends what is absent. Exit code 1 if something is broken that a run needs.",
    )
    .option("--gpu", "runs the trainer's parity tests on this machine's card instead", false)
    .addOption(
      new Option("--backend <name>", "what --gpu tests (default: tfjs-node-gpu)").choices(
        backendNames,
      ),
    )
    .allowExcessArguments(false);
}
