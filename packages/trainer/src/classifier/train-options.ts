import {
  areNamesTelling,
  canReadNames,
  type Descriptions,
  describeMachine,
  type Example,
  ExpectedError,
  type Flags,
  findInitial,
  flagNames,
  flagTable,
  hasLinearHead,
  openBackend,
  parseShares,
  resolveModel,
} from "@seedling/core/internal";
import type { Calibration } from "../data/temperature.ts";
import { checkMaxError } from "../data/threshold.ts";
import { divide } from "../data/training-data.ts";
import { pickSettings, type TrialResult } from "../data/trials.ts";
import type { FrozenEncoder, ModelOptions } from "../features/frozen-encoder.ts";
import type { TuningFlags } from "../tune/plan.ts";
import type { Classifier } from "./classifier.ts";
import type { TrainingManifest } from "./training-manifest.ts";

/** Hyperparameters, by the names of their flags (`npx turbo run experiment -- --help` explains each). */
type Hyperparameters = TuningFlags &
  FrozenEncoder &
  Pick<
    Flags,
    | "tune"
    | "input"
    | "head"
    | "features"
    | "recompute"
    | "classWeights"
    | "names"
    | "penalty"
    | "shares"
    | "calibration"
    | "maxError"
  >;

const ownFlags = flagNames.filter((name) => flagTable[name].changes === "train");

/** The defaults, which are those of the flags. */
export const defaults = Object.fromEntries(
  [...ownFlags, "recompute" as const].map((name) => [name, findInitial(name)]),
) as unknown as Hyperparameters;

/** How a classifier is trained; whatever is left out has the default of its flag. */
export interface TrainOptions extends Partial<Hyperparameters>, ModelOptions {
  /** Draws what is random: the same seed, examples, options and backend give the same bytes. */
  seed?: number;
  /**
   * Examples to choose the best trial by, or "folds" of those to train on, for a linear head. Left out: folds where
   * all examples have the same options; else a tenth of each label, which is then not trained on.
   */
  dev?: readonly Example[] | "folds";
  /** What labels mean, by label, where the names alone do not say it. */
  descriptions?: Descriptions;
  /** The fraction of created labels with which blind answers agree, for `penalty: "agreement"`; null: not known. */
  agreement?: number | null;
  /** Whether a language model wrote the labels of what the best trial is chosen by: what a threshold promises is then of such. */
  created?: boolean;
  /** The class names, in the order of the outputs; null: a choice among each example's own options. Left
   * out: the options, where all examples have the same ones, else null. */
  classes?: readonly string[] | null;
  /** Folder of a full tuning's state between its epochs, from which it goes on after an interruption, and of
   * the classifier at its end. Left out: a temporary one, which `dispose` removes. */
  folder?: string;
}

/** All that a training needs, nothing left out. */
export type TrainSetup = Awaited<ReturnType<typeof completeOptions>>;

/** Completes options. @throws ExpectedError if there are too few examples, or options do not fit */
export async function completeOptions(examples: readonly Example[], options: TrainOptions) {
  const { seed = 1, classes = findClasses(examples), log = () => {} } = options;
  const encoder = options.encoder ?? defaults.encoder;
  const dev =
    options.dev ?? (classes && hasLinearHead({ ...defaults, ...options }) ? "folds" : null);
  const split =
    dev === "folds" || dev === null
      ? divide(examples, dev ?? (classes ? "stratified" : "created"), seed)
      : { train: examples, dev };
  const hasFolds = dev === "folds";
  if (split.train.length === 0 || (split.dev.length === 0 && !hasFolds))
    throw new ExpectedError(
      `expected examples to train on and to choose by, got ${split.train.length} and ${split.dev.length}`,
    );
  const { shares = null, maxError = null } = options;
  if (maxError !== null) checkMaxError(maxError);
  if (shares !== null && !classes)
    throw new ExpectedError(
      "shares: expected the same options for every example, got options that vary",
    );
  return {
    ...defaults,
    ...options,
    ...split,
    ...resolveAuto(options, classes),
    shares: shares === null ? null : parseShares(shares, classes ?? []),
    hasFolds,
    descriptions: options.descriptions ?? null,
    agreement: options.agreement ?? null,
    created: options.created === true ? (true as const) : undefined,
    encoder: resolveModel(encoder),
    seed,
    classes: classes && [...classes],
    log,
    backend: options.backend ?? (await openBackend()),
    createdBy: `seedling ${describeMachine().seedling}`,
  };
}

/** Resolves the defaults that depend on the labels, as for an own task that people labelled. */
function resolveAuto(options: TrainOptions, classes: readonly string[] | null) {
  const flags = { ...defaults, ...options };
  const { classWeights, names, penalty, calibration } = flags;
  const readsNames =
    classes && canReadNames(flags) && areNamesTelling(classes, options.descriptions ?? null);
  return {
    classWeights: classWeights === "auto" ? (classes ? "balanced" : "none") : classWeights,
    names: names === "auto" ? (readsNames ? "choose" : "off") : names,
    penalty: penalty === "auto" ? (classes ? "loss" : "accuracy") : penalty,
    calibration: calibration === "auto" ? "temperature" : calibration,
  } as const;
}

/** The options, where all examples have the same ones, each once, in any order; else null. */
export function findClasses(examples: readonly Example[]): readonly string[] | null {
  const [first] = examples;
  if (!first || new Set(first.options).size !== first.options.length) return null;
  const key = ({ options }: Example) => JSON.stringify([...options].sort());
  const wanted = key(first);
  return examples.every((example) => key(example) === wanted) ? first.options : null;
}

type Truncation = TrainingManifest["cut"]["train"];

/**
 * Summarizes a training by its best trial, and what truncation took.
 * @param log JSON lines: every trial of a head, every step and epoch of a full tuning
 * @param found fit: of a linear head; calibration: of a temperature that was fitted
 */
export function summarizeTraining(
  point: TrialResult,
  train: Truncation,
  dev: Truncation,
  log: string,
  { fit, calibration }: { fit?: TrainingManifest["fit"]; calibration?: Calibration | undefined },
) {
  const { devAccuracy, devLoss, collapsed } = point;
  const found = { accuracy: devAccuracy ?? 0, loss: devLoss ?? 0, collapsed };
  return {
    ...found,
    best: pickSettings(point),
    cut: { train, dev },
    log,
    ...(fit && { fit }),
    ...(calibration && { calibration }),
  };
}

/** A classifier with what its training found. */
export interface TrainedClassifier extends Classifier {
  training: ReturnType<typeof summarizeTraining>;
}
