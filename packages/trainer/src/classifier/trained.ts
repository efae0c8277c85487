import type { TruncatedFractions } from "../features/features.ts";
import type { TrainingManifest } from "./training-manifest.ts";

/** What a student's training ends in, beside the classifier that it wrote. */
export interface Trained {
  dev: Pick<TrainingManifest["dev"], "accuracy" | "loss" | "collapsed">;
  /** The point of the grid that was best on dev. */
  best: TrainingManifest["best"];
  cut: Record<"train" | "dev", TruncatedFractions>;
  /** The log, one line of JSON a point, or a step. */
  log: string;
  /** Removes what it would have gone on from. */
  finish?: () => Promise<void>;
}
