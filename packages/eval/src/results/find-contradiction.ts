import type { EvaluationManifest } from "../evaluation.ts";
import type { ItemColumns } from "./results.ts";

/** What a manifest says against its items, as after an edit by hand; null where they agree. */
export function findContradiction(
  { test }: EvaluationManifest,
  { gold, right, inDev, inTrain }: ItemColumns,
): string | null {
  if (gold.length !== test.n) return contradict("n", test.n, gold.length);
  const correct = count(right);
  if (correct !== test.correct) return contradict("correct", test.correct, correct);
  for (const [label, n] of Object.entries(test.labels ?? {})) {
    const found = gold.filter((text) => text === label).length;
    if (found !== n) return contradict(`labels.${label}`, n, found);
  }
  if (test.shared === null) return null;
  const [dev, train] = [count(inDev), count(inTrain)];
  if (dev !== test.shared.dev) return contradict("shared.dev", test.shared.dev, dev);
  if (train !== test.shared.train) return contradict("shared.train", test.shared.train, train);
  return null;
}

function contradict(name: string, said: number, found: number): string {
  return `edited: test.${name} is ${said}, its items.jsonl says ${found}`;
}

function count(column: Uint8Array): number {
  let ones = 0;
  for (const one of column) ones += one;
  return ones;
}
