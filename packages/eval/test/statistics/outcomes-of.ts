import type { Outcomes } from "../../src/statistics/outcomes.ts";

/** Runs from rows such as "110", one character an item. */
export function outcomesOf(...rows: readonly string[]): Outcomes {
  return rows.map((row) => Uint8Array.from(row, Number));
}

/** Two single runs from the counts of items that both, only the first, only the second, neither has right. */
export function pairOf(both: number, onlyA: number, onlyB: number, neither: number) {
  const row = (...counts: [string, number][]) =>
    counts.map(([answer, count]) => answer.repeat(count)).join("");
  return {
    a: outcomesOf(row(["1", both], ["1", onlyA], ["0", onlyB], ["0", neither])),
    b: outcomesOf(row(["1", both], ["0", onlyA], ["1", onlyB], ["0", neither])),
  };
}
