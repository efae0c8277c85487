import { type Example, type Flag, type Flags, flagNames, flagTable } from "@seedling/core/internal";
import type { ModelOptions } from "../features/frozen-encoder.ts";
import type { TuningFlags } from "../tune/plan.ts";
import type { Classifier } from "./classifier.ts";
import type { TrainingManifest } from "./training-manifest.ts";

/** Hyperparameters, by the names of their flags (`npx turbo run experiment -- --help` explains each). */
type Hyperparameters = TuningFlags &
  Pick<
    Flags,
    | "tune"
    | "encoder"
    | "maxLength"
    | "input"
    | "head"
    | "features"
    | "runtime"
    | "dtype"
    | "recompute"
  >;

const ownFlags = flagNames.filter((name) => flagTable[name].changes === "train");

/** The defaults, which are those of the flags. */
export const defaults = Object.fromEntries(
  [...ownFlags, "recompute" as const].map((name) => {
    const { initial, type }: Flag<unknown> = flagTable[name];
    return [name, initial === null ? null : type.parse(initial)];
  }),
) as unknown as Hyperparameters;

/** How a classifier is trained; whatever is left out has the default of its flag. */
export interface TrainOptions extends Partial<Hyperparameters>, ModelOptions {
  /** Draws what is random: the same seed, examples, options and backend give the same bytes. */
  seed?: number;
  /** Examples to choose the best trial by; left out: a tenth of the examples, which is then not trained on. */
  dev?: readonly Example[];
  /** The class names, in the order of the outputs; null: a choice among each example's own options. Left
   * out: the options, where all examples have the same ones, else null. */
  classes?: readonly string[] | null;
  /** Folder of a full tuning's state between its epochs: it goes on from there after an interruption. Left
   * out: a temporary one, which `dispose` removes. */
  folder?: string;
}

/** All that a training needs, nothing left out. */
export type TrainSetup = Hyperparameters &
  ModelOptions &
  Required<Pick<TrainOptions, "seed" | "dev" | "log" | "backend">> & {
    classes: string[] | null;
    folder: string | null;
    train: readonly Example[];
    createdBy: string;
  };

/** What a training found. */
export interface TrainingSummary
  extends Pick<TrainingManifest, "best" | "cut">,
    Pick<TrainingManifest["dev"], "accuracy" | "loss" | "collapsed"> {
  /** JSON lines: every trial of a head, every step and epoch of a full tuning. */
  log: string;
}

/** A classifier with what its training found. */
export interface TrainedClassifier extends Classifier {
  training: TrainingSummary;
}
