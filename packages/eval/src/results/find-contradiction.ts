import { type EvaluationManifest, itemsFile, type TestItem } from "./evaluation.ts";
import { findOtherHash } from "./find-other-hash.ts";
import type { ReadItems } from "./read-items.ts";
import { renderValue } from "./render-value.ts";

/** What a manifest says against its items, as after an edit by hand; null where they agree. */
export function findContradiction(
  { test, outputs }: EvaluationManifest,
  { items, hash }: ReadItems,
): string | null {
  return (
    findWrongForm(test) ??
    findWrongCount(test, items) ??
    findForeignItem(test, items) ??
    findOtherHash(itemsFile, outputs[itemsFile], hash)
  );
}

type Test = EvaluationManifest["test"];

/** Labels stand where options are fixed, one for each option. */
function findWrongForm({ options, optionCount, labels }: Test): string | null {
  if ((options === "fixed") !== (labels !== null))
    return `edited: test.options is ${options}, test.labels is ${renderValue(labels)}`;
  const named = Object.keys(labels ?? {}).length;
  if (labels === null || named === optionCount) return null;
  return `edited: test.optionCount is ${optionCount}, test.labels has ${named}`;
}

function findWrongCount(test: Test, items: readonly TestItem[]): string | null {
  const count = (is: (item: TestItem) => boolean) =>
    items.reduce((sum, item) => sum + (is(item) ? 1 : 0), 0);
  const { n, correct, labels, shared, unreadable } = test;
  const counts: [name: string, said: number, found: number][] = [
    ["n", n, items.length],
    ["correct", correct, count(({ right }) => right)],
  ];
  for (const [label, said] of Object.entries(labels ?? {}))
    counts.push([`labels.${label}`, said, count(({ gold }) => gold === label)]);
  for (const other of ["dev", "train"] as const)
    if (shared) {
      const found = count(({ shares }) => shares?.includes(other) ?? false);
      counts.push([`shared.${other}`, shared[other], found]);
    }
  if (unreadable !== undefined)
    counts.push(["unreadable", unreadable, count(({ predicted }) => predicted === "")]);
  const wrong = counts.find(([, said, found]) => said !== found);
  return wrong ? `edited: test.${wrong[0]} is ${wrong[1]}, its items.jsonl says ${wrong[2]}` : null;
}

/**
 * The first item whose answer is none of fixed options, or whose probabilities are not one an option.
 * Where options vary the count is the first item's.
 */
function findForeignItem({ labels, optionCount, unreadable }: Test, items: readonly TestItem[]) {
  const names = labels && Object.keys(labels);
  const allowed = names && new Set(unreadable === undefined ? names : [...names, ""]);
  for (const { row, predicted, probabilities } of items) {
    const where = `items.jsonl:${row + 1}: expected`;
    if (allowed && !allowed.has(predicted))
      return `${where} one of ${names?.join(", ")} as predicted, got ${renderValue(predicted)}`;
    const counts = labels !== null || row === 0;
    if (counts && probabilities.length > 0 && probabilities.length !== optionCount)
      return `${where} ${optionCount} probabilities, one an option, got ${probabilities.length}`;
  }
  return null;
}
