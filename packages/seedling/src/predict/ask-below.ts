import {
  type CommandContext,
  completeFlags,
  createFlagOption,
  FlagError,
  type FlagTexts,
  isFolder,
  openResults,
  readOwnTask,
  resolvePath,
  resultsOption,
} from "@seedling/core/internal";
import { describeTask, openAnswers } from "@seedling/creator/internal";
import { type Classifier, hashClassifier } from "@seedling/trainer/internal";
import type { Command } from "commander";
import { readTraining } from "./find-classifier.ts";

/** Flags of the experiment that say how a language model is asked, and what it may cost. */
const askFlags = [
  "model",
  "temperature",
  "topP",
  "maxTokens",
  "concurrency",
  "retries",
  "timeout",
  "maxWait",
  "joinInstruction",
  "maxCost",
  "maxTotalTokens",
  "prices",
] as const;

export interface AskOptions extends Pick<FlagTexts, (typeof askFlags)[number]> {
  askBelow?: boolean;
  task?: string;
  results?: string;
}

/** Adds the options of asking below the threshold. */
export function defineAsking(line: Command): Command {
  line
    .option(
      "--ask-below",
      "have a language model label what is below the threshold; its replies are kept in the results folder, and nothing is asked twice",
    )
    .option(
      "--task <dir>",
      "with --ask-below: the task's folder, whose description is sent with each text (default: that of the training)",
    )
    .option(...resultsOption);
  for (const name of askFlags) line.addOption(createFlagOption(name).helpGroup("Of --ask-below:"));
  return line;
}

/**
 * Opens the language model that labels what is below a classifier's threshold; null: none is asked.
 * @param folder the classifier's
 * @throws FlagError if there is no threshold, or nobody to ask
 */
export async function openAsking(
  options: AskOptions,
  folder: string,
  { threshold }: Pick<Classifier, "threshold">,
  ctx: CommandContext,
) {
  if (!options.askBelow) {
    const given = [...askFlags, "task" as const, "results" as const].find(
      (name) => options[name] !== undefined,
    );
    if (given !== undefined)
      throw new FlagError(
        `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: expected --ask-below with it`,
      );
    return null;
  }
  if (threshold === null)
    throw new FlagError(
      "--ask-below: expected a classifier with a threshold (npm run threshold -- CLASSIFIER --max-error 0.05), or --threshold P",
    );
  const { task, results, askBelow: _, ...texts } = options;
  const given = Object.fromEntries(askFlags.map((name) => [name, texts[name]])) as FlagTexts;
  const id = await hashClassifier(folder);
  const own = await findOwnTask(task, folder, id, ctx);
  const about = describeTask(own?.own);
  return openAnswers(
    {
      results: openResults({ ...(results !== undefined && { results }) }, ctx.folder),
      id,
      about,
      texts: `${about === null ? "" : "the task's description, "}the texts below the threshold ${threshold} with their contexts and options`,
      flags: completeFlags(given),
    },
    { ...ctx, log: ctx.complain },
  );
}

/** Finds the task that a classifier was trained for, if it is a person's own and still there. */
async function findOwnTask(
  given: string | undefined,
  folder: string,
  hash: string,
  { env }: CommandContext,
) {
  if (given !== undefined) return readOwnTask(resolvePath(given, env));
  const found = (await readTraining(folder, hash))?.taskFolder;
  return found !== undefined && isFolder(found) ? readOwnTask(found) : null;
}
