import { FlagError, parseCommand, renderCommandHelp } from "@seedling/core/internal";
import { Command, InvalidArgumentError, Option } from "commander";
import type { UnlabelledExample } from "../data/examples.ts";

/** What a user of `predict` asks for. Paths are as given. */
export interface PredictRequest {
  classifier: string;
  /** One example, its options null where they are the classifier's classes; or a file, "-" for standard input. */
  input:
    | { kind: "text"; question: string; context: string | null; options: string[] | null }
    | { kind: "file"; path: string };
  /** null: standard output. */
  out: string | null;
}

interface Given {
  classifier: string;
  text?: string;
  context?: string;
  options?: UnlabelledExample["options"];
  file?: string;
  out?: string;
}

/**
 * Parses the command line of `predict`. @param args without node and script
 * @returns null if help was asked for
 * @throws FlagError in one line
 */
export function parsePredictLine(args: readonly string[]): PredictRequest | null {
  const command = toCommand();
  if (!parseCommand(command, args)) return null;
  return toRequest(command.opts<Given>());
}

/** The help text. */
export function renderPredictHelp(): string {
  return renderCommandHelp(toCommand());
}

function toRequest({ classifier, text, context, options, file, out }: Given): PredictRequest {
  const rest = { classifier, out: out ?? null };
  if (file !== undefined) return { ...rest, input: { kind: "file", path: file } };
  if (text === undefined)
    throw new FlagError(
      `expected what to label: --text "...", or --file FILE (- for standard input)`,
    );
  const example = { question: text, context: context ?? null, options: options ?? null };
  return { ...rest, input: { kind: "text", ...example } };
}

function toCommand(): Command {
  return new Command("npm run --silent predict --")
    .description(
      "Labels texts with a trained classifier: JSONL in the form of the benchmarks' files, with the chosen option as label and the probabilities in the order of the options. What a line had as label stands as gold.",
    )
    .requiredOption(
      "--classifier <dir>",
      "a classifier's folder, or that of its training in results/",
      toText,
    )
    .option("--text <text>", "a question or claim", toText)
    .option("--context <text>", "the passage that --text is asked about", toText)
    .option(
      "--options <a,b,c>",
      "the options of --text, without commas in them; left out: the classifier's classes",
      toOptions,
    )
    .addOption(
      new Option(
        "--file <file>",
        'a JSONL file, - for standard input: {"question", "context", "options"}, the last two if there are any; other keys stay',
      )
        .conflicts(["text", "context", "options"])
        .argParser(toText),
    )
    .option("--out <file>", "where the labelled lines go; left out: standard output", toText);
}

function toText(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("Expected a text.");
}

function toOptions(text: string): string[] {
  const options = text.split(",").map((option) => option.trim());
  if (options.length >= 2 && !options.includes("")) return options;
  throw new InvalidArgumentError("Expected at least two texts with commas between them.");
}
