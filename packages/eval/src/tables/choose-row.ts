import { groupBy } from "../statistics/group-by.ts";
import type { Cell } from "./cell.ts";
import { compareSortKeys, type SortKey } from "./places.ts";

/** What holds a cell. */
type Holder = { cell: Cell };

/**
 * Of rows that claim one place, the one that counts: no repeat, on the test file as it is, of as many
 * examples as were asked for, then that of the most seeds; of equals the first.
 */
export function chooseRow<T extends Holder>(rows: readonly T[]): T | undefined {
  return rows.toSorted((a, b) => compareSortKeys(toPlace(a), toPlace(b)))[0];
}

/** One row for each place, in the order of the places' first rows. */
export function chooseRows<T extends Holder>(rows: readonly T[], toKey: (row: T) => string): T[] {
  return [...groupBy(rows, toKey).values()].flatMap((claiming) => chooseRow(claiming) ?? []);
}

function toPlace({ cell: { repeat, stale, train, seeds } }: Holder): SortKey {
  return [repeat ? 1 : 0, stale > 0 ? 1 : 0, train.n < train.target ? 1 : 0, -seeds];
}
