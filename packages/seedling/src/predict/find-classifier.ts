import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  addRoot,
  type CommandContext,
  choiceOr,
  endings,
  FlagError,
  followLinksOption,
  numberBetween,
  readAs,
  readManifest,
  resolveModel,
  text,
} from "@seedling/core/internal";
import {
  classifierFiles,
  type LoadOptions,
  type TrainingManifest,
  trainingManifestSchema,
} from "@seedling/trainer/internal";
import type { Command } from "commander";

/** What a command that reads a trained classifier is told of it. */
export interface ClassifierOptions {
  encoder?: string;
  anyEncoder?: boolean;
  followLinks?: boolean;
  threshold?: number | "off";
}

/** Adds the flags of every command that reads a trained classifier. */
export function addClassifierOptions(line: Command): Command {
  return line
    .option(
      "--encoder <path>",
      "the folder (or hub id) where the classifier's encoder is now; left out: where it was at the training",
      readAs(text.refine((path) => path.trim() !== "", "expected a text")),
    )
    .option("--any-encoder", "take an encoder whose files are not those of the training, too")
    .option(...followLinksOption);
}

/** The flag of commands that give labels. */
export const thresholdOption = [
  "--threshold <p>",
  "the least probability of a label that is given, else it is null; off: a label always (left out: the classifier's own)",
  readAs(choiceOr(numberBetween(0, 1), "a probability", "off")),
] as const;

/** How a classifier is loaded, taken from flags. */
export function toLoadOptions(
  { encoder, anyEncoder = false, threshold }: ClassifierOptions,
  { folder, env, fetch }: Pick<CommandContext, "folder" | "env" | "fetch">,
): LoadOptions {
  return {
    ...(encoder && { encoder: resolveModel(encoder, folder) }),
    ...(threshold !== undefined && { threshold: threshold === "off" ? null : threshold }),
    ...{ anyEncoder, env, fetch },
  };
}

/**
 * Finds the classifier that a command names.
 * @param flag that names it, for errors
 * @returns its folder, and how it is loaded from there
 * @throws FlagError if there is none
 */
export function findNamedClassifier(
  given: string,
  flag: string,
  options: ClassifierOptions,
  ctx: Pick<CommandContext, "folder" | "env" | "fetch">,
): { folder: string; load: LoadOptions } {
  const named = resolve(ctx.folder, given);
  addRoot(named, options);
  return { folder: findClassifier(named, flag), load: toLoadOptions(options, ctx) };
}

/**
 * Finds a classifier: a training's folder has it in a folder of its own.
 * @param flag that names it, for errors
 * @throws FlagError if there is none
 */
export function findClassifier(given: string, flag: string): string {
  const inside = join(given, "classifier");
  const folder = existsSync(inside) ? inside : given;
  if (existsSync(join(folder, classifierFiles.facts))) return folder;
  throw new FlagError(
    `${flag}: expected a classifier's folder, with ${classifierFiles.facts}, or that of a finished training; ${existsSync(given) ? `${given} holds none` : `no folder ${given}`}`,
  );
}

/**
 * Reads the manifest of the training in whose folder a classifier is. What stands beside a classifier elsewhere need be
 * no training's, or is another's.
 * @param hash the classifier's (hashClassifier)
 * @returns null: it is nowhere near its training
 */
export async function readTraining(folder: string, hash: string): Promise<TrainingManifest | null> {
  const path = join(dirname(folder), endings.done);
  const manifest = await readManifest(path, trainingManifestSchema).catch(() => null);
  return manifest?.outputs.classifier === hash ? manifest : null;
}
