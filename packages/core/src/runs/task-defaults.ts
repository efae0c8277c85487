import { existsSync } from "node:fs";
import { join } from "node:path";
import { toSplitPath } from "../data/benchmark.ts";
import { parseShares } from "../data/shares.ts";
import { isCreated, sources } from "../data/sources.ts";
import { bagOfWords } from "../embed/bag-of-words.ts";
import {
  type FlagName,
  type Flags,
  findInitial,
  findUsual,
  hasLinearHead,
  isReadBy,
} from "../flags/flags.ts";
import { FlagError } from "../messages/errors.ts";
import { renderCount } from "../messages/render-numbers.ts";
import { hasTellingNames } from "./baselines.ts";
import { recordingFiles } from "./recording.ts";
import { type Run, toCreationFolder } from "./run.ts";

/**
 * Chooses the default of a flag for a run of a user's own task, in the order in which they are resolved: each
 * function reads the flags before it resolved. Benchmarks have what every version did.
 */
const ownDefaults: { readonly [Name in FlagName]?: (run: Run) => Flags[Name] } = {
  relabel: (run) => (isRelabelled(run) && !isBegunAsCreated(run) ? 1 : "off"),
  classWeights: ({ task }) => (task.options === "fixed" ? "balanced" : "none"),
  dev: (run) => {
    if (run.task.options !== "fixed" || hasDev(run)) return null;
    return hasLinearHead(run.flags) ? "folds" : "stratified";
  },
  penalty: (run) => {
    const { task, flags } = run;
    if (task.options !== "fixed" || flags.dev === "created") return "accuracy";
    return isChosenByPeople(run) ? "loss" : "agreement";
  },
  names: (run) => {
    if (!canReadNames(run.flags) || !hasTellingNames(run.task)) return "off";
    return isChosenByPeople(run) ? "choose" : "on";
  },
  calibration: () => "temperature",
};

/**
 * Resolves the defaults that depend on a run's task and source. A value that was given stays.
 * @throws FlagError if a given value does not go with the task
 */
export function resolveDefaults(run: Run): Run {
  const { task, source } = run;
  const flags: Flags = { ...run.flags };
  const resolve = <Name extends FlagName>(name: Name) => {
    const own = ownDefaults[name];
    if (!own || JSON.stringify(flags[name]) !== JSON.stringify(findInitial(name))) return;
    const isOwn = task.own !== undefined && isReadBy(name, source, flags);
    flags[name] = isOwn ? own({ ...run, flags }) : (findUsual(name) as Flags[Name]);
  };
  for (const name of Object.keys(ownDefaults) as FlagName[]) resolve(name);
  // Without a dev split that is what every version did where nothing was given.
  if (task.own && flags.dev === "created" && !hasDev(run)) flags.dev = findUsual("dev") as null;
  const resolved = { ...run, flags };
  checkTogether(resolved);
  return resolved;
}

/** Whether created examples get the model's blind answer as their label, where nothing else is asked for. */
function isRelabelled({ task, source, flags }: Run): boolean {
  return isCreated(source) && task.options === "fixed" && flags.verify === null;
}

/**
 * Whether a live creation is there that has the labels as created, which every earlier version kept, and none that has
 * answers: it goes on as it is, since nothing that was paid for is thrown away.
 */
function isBegunAsCreated(run: Run): boolean {
  if (run.completions?.kind !== "live") return false;
  const isBegun = (relabel: Flags["relabel"]) =>
    existsSync(
      join(toCreationFolder({ ...run, flags: { ...run.flags, relabel } }), recordingFiles.flags),
    );
  return isBegun("off") && !isBegun(1);
}

/** Whether a resolved run has no blind answers by default only since its creation is there without any. */
export function keepsCreatedLabels(run: Run): boolean {
  return run.task.own !== undefined && isRelabelled(run) && run.flags.relabel === "off";
}

/** Renders that creations which are there keep their labels. */
export function renderKeptLabels(creations: number): string {
  const goOn =
    creations === 1
      ? "was begun with labels as created and keeps them"
      : "were begun with labels as created and keep them";
  return `${renderCount(creations, "creation")} ${goOn}; --relabel makes the model's blind answers labels, in a creation of its own`;
}

function hasDev({ task, data }: Run): boolean {
  return existsSync(toSplitPath(task, "dev", data));
}

/** Whether people labelled what is chosen by: the dev split, or folds of a human train split. */
function isChosenByPeople(run: Run): boolean {
  const { dev } = run.flags;
  return sources[run.source].isHuman || dev === "human" || (dev === null && hasDev(run));
}

/** Whether a head for the same labels in every example can start from their names, if these say anything. */
export function canReadNames(
  flags: Pick<Flags, "tune" | "head" | "features" | "encoder">,
): boolean {
  const { features, encoder } = flags;
  return features !== "pair" && encoder !== bagOfWords && hasLinearHead(flags);
}

function checkTogether(run: Run): void {
  const { task, source, flags } = run;
  if (!sources[source].trains) return;
  const varies =
    task.options === "fixed"
      ? null
      : `expected labels that are the same for every example, which those of ${task.name} are not`;
  const { dev, names, classWeights, shares } = flags;
  if (varies && shares !== null) throw new FlagError(`--shares: ${varies}; leave --shares out`);
  if (shares !== null) parseShares(shares, task.labels ?? []);
  if (dev === "folds" && !hasLinearHead(flags))
    throw new FlagError(
      "--dev folds: expected a linear head on a frozen encoder, since nothing else is fitted six times; give --dev stratified",
    );
  if (varies && (dev === "folds" || dev === "stratified"))
    throw new FlagError(`--dev ${dev}: ${varies}; give --dev created`);
  if ((names === "on" || names === "choose") && (varies || !canReadNames(flags)))
    throw new FlagError(
      `--names ${names}: ${varies ?? "expected a linear head on one text (--features text) that an encoder reads"}; leave --names out`,
    );
  if (varies && classWeights === "balanced")
    throw new FlagError(`--class-weights balanced: ${varies}; leave --class-weights out`);
}
