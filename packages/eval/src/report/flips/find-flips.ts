import type { ItemColumns } from "../../results/results.ts";
import type { FlipItem } from "../page-data.ts";

/**
 * The test items that one kind of models gets right in more than half of its runs and the other does
 * not, in the test file's order.
 * @param human and tree: runs on the same items
 */
export function findFlips(
  human: readonly ItemColumns[],
  tree: readonly ItemColumns[],
): Omit<FlipItem, "question">[] {
  const [first] = human;
  const n = first?.gold.length ?? 0;
  if (!first || tree.length === 0 || [...human, ...tree].some(({ gold }) => gold.length !== n))
    return [];
  return first.gold.flatMap((gold, row) => {
    const byHuman = isMostlyRight(human, row);
    if (byHuman === isMostlyRight(tree, row)) return [];
    const right = byHuman ? "human" : "tree";
    return [{ row, gold, human: toVotes(human, row), tree: toVotes(tree, row), right } as const];
  });
}

function isMostlyRight(runs: readonly ItemColumns[], row: number): boolean {
  return 2 * runs.filter(({ right }) => right[row] === 1).length > runs.length;
}

/** Answers with how many runs gave each, the most frequent first. */
function toVotes(runs: readonly ItemColumns[], row: number): [answer: string, runs: number][] {
  const votes = new Map<string, number>();
  for (const { predicted } of runs) {
    const answer = predicted[row] ?? "";
    votes.set(answer, (votes.get(answer) ?? 0) + 1);
  }
  return [...votes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}
