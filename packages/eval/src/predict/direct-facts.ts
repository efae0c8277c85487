import { type AnswersManifest, type Seeds, shortenModelName } from "@seedling/core/internal";
import type { EvaluationManifest } from "../results/evaluation.ts";

/** What an evaluation of `direct` says of what it trained, which is nothing, and of who answered. */
export function toDirectFacts(seeds: Seeds, { completions, conditions }: AnswersManifest) {
  return {
    seeds,
    completions,
    train: { n: 0, target: 0, human: 0, labels: null },
    dev: { source: "human", n: 0, accuracy: 0, collapsed: false },
    student: { encoder: shortenModelName(completions.model), tune: "none" },
    conditions,
  } satisfies Partial<EvaluationManifest>;
}
