import type { TrainingManifest } from "@seedling/trainer";
import type { EvaluationManifest } from "../evaluation.ts";
import { sum } from "../statistics/sum.ts";
import type { ItemColumns } from "./results.ts";

/** What a manifest says against its items, as after an edit by hand; null where they agree. */
export function findContradiction(
  { test }: EvaluationManifest,
  { gold, right, inDev, inTrain }: ItemColumns,
): string | null {
  if (gold.length !== test.n) return contradict("n", test.n, gold.length);
  const correct = sum(right);
  if (correct !== test.correct) return contradict("correct", test.correct, correct);
  for (const [label, n] of Object.entries(test.labels ?? {})) {
    const found = gold.filter((text) => text === label).length;
    if (found !== n) return contradict(`labels.${label}`, n, found);
  }
  if (test.shared === null) return null;
  const [dev, train] = [sum(inDev), sum(inTrain)];
  if (dev !== test.shared.dev) return contradict("shared.dev", test.shared.dev, dev);
  if (train !== test.shared.train) return contradict("shared.train", test.shared.train, train);
  return null;
}

/**
 * What a manifest says against the folder that it stands in, or against the training that it took its
 * facts from; null where they agree, or there is nothing to compare with.
 */
export function findMisplaced(
  { source, train, dev, seeds }: EvaluationManifest,
  path: string,
  training: TrainingManifest | null,
): string | null {
  const [, , folder, , test] = path.split("/");
  if (test !== undefined && folder !== source)
    return `edited: source is ${source}, its folder is of ${folder}`;
  if (training === null) return null;
  const said = toFacts({ train, dev, seeds });
  const found = toFacts(training);
  const at = said.findIndex(([, value], place) => value !== found[place]?.[1]);
  return at < 0
    ? null
    : `edited, or of an earlier training: ${said[at]?.join(" is ")}, its training says ${found[at]?.[1]}`;
}

/** What an evaluation takes over from its training, by name. */
function toFacts({ train, dev, seeds }: Pick<EvaluationManifest, "train" | "dev" | "seeds">) {
  return [
    ["train.n", train.n],
    ["dev.accuracy", dev.accuracy],
    ["seeds.train", seeds.train],
  ] as const;
}

function contradict(name: string, said: number, found: number): string {
  return `edited: test.${name} is ${said}, its items.jsonl says ${found}`;
}
