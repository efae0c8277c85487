import { Command, Option } from "commander";
import { callCommand, type Env } from "../logs/paths.ts";
import { type Changes, type Flag, type FlagName, flagNames, flagTable, toOption } from "./flags.ts";

/** The flags that matter, in the order in which a user meets them. */
const mainFlags: readonly FlagName[] = [
  "data",
  "setting",
  "examples",
  "model",
  "preview",
  "balance",
  "relabel",
  "maxCost",
  "dryRun",
  "created",
  "encoder",
  "tune",
  "seed",
  "experiment",
  "results",
];

const groups: Record<Changes, string> = {
  create: "Creation:",
  train: "Training:",
  evaluate: "Evaluation:",
  none: "What changes no result:",
};

/** Three command lines: the bundled sample, a task of one's own, an experiment of the paper. */
const lines = [
  "--data boolq --setting tree                       the bundled sample: no key, no server",
  "--data ./my-task --examples 200 --balance         a task of your own",
  "--experiment table3-small --dry-run               what a table of the paper would take",
];

/** How the experiment was called. */
function renderCall(env: Env): string {
  if (env.TURBO_HASH) return "npx turbo run experiment --";
  return callCommand("experiment");
}

/**
 * The help text, each flag with its default.
 * @param args ask for it: with `--help all` every flag by the first stage that it changes, else those that matter
 */
export function renderHelp(args: readonly string[], env: Env): string {
  const call = renderCall(env);
  const all = args[args.indexOf("--help") + 1] === "all";
  const command = createCommand(all ? flagNames : mainFlags, all);
  const help = command
    .name(call)
    .usage("[flags]")
    .configureHelp({
      helpWidth: 110,
      // Without commander's own words for a value that may be left out: the flag's help has them.
      optionDescription: ({ description }) => description,
    });
  if (all) return help.helpInformation();
  const examples = lines.map(
    (line) => `  ${call} ${line.replace(/ {2,}/, `\n${" ".repeat(6)}`)}\n`,
  );
  return `${help.helpInformation()}\nExamples:\n${examples.join("")}\n--help all lists the other ${flagNames.length - mainFlags.length} flags, by stage.\n`;
}

/** A command of commander's with options of these flags. @param grouped under a heading for each stage */
export function createCommand(names: readonly FlagName[], grouped = false): Command {
  const command = new Command("experiment").allowExcessArguments();
  for (const name of names) {
    const option = createFlagOption(name);
    command.addOption(grouped ? option.helpGroup(groups[flagTable[name].changes]) : option);
  }
  return command;
}

/** An option of commander's for a flag, which gives its text. */
export function createFlagOption(name: FlagName): Option {
  const { value, help, initial, preset }: Flag<unknown> = flagTable[name];
  const option = new Option(value ? `${toOption(name)} ${value}` : toOption(name));
  const usual = value === null ? "off" : initial;
  if (preset !== undefined) option.preset(preset);
  option.description = usual === null ? help : `${help} (default: ${usual})`;
  return option;
}
