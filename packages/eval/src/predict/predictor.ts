import type { LoadedSplit, Task } from "@seedling/core/internal";
import type { EvaluationManifest, TestItem } from "../results/evaluation-manifest.ts";
import type { IsClose } from "./overlap.ts";

/** What answers a run's test items: its classifier, or the language model itself. */
export interface Predictor {
  /** What an evaluation's manifest says of it, whatever it is tested on. */
  facts: Pick<
    EvaluationManifest,
    "seeds" | "completions" | "train" | "student" | "conditions" | "dev"
  >;
  /** Where its formatting example and its human data come from. */
  data: (split: LoadedSplit) => EvaluationManifest["data"];
  /** Hashes of what it answers by, for one test set; null: it has nothing to answer that by yet. */
  inputs: (test: Task) => Promise<Record<string, string> | null>;
  /** An item for each example of the split, in its order. */
  predict: (test: Task, split: LoadedSplit) => Promise<TestItem[]>;
  /** Whether an example is too close to what it was trained on; null: its training data are not there any more. */
  loadTrainingOverlap: () => Promise<IsClose | null>;
  dispose: () => Promise<void>;
}
