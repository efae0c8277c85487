import type { Filter, State } from "./protocol.ts";
import type { ReviewRow } from "./read-rows.ts";

/** An example with what was said of it. */
export interface ListedRow {
  row: ReviewRow;
  /** Its texts as they are now, for the search. */
  text: string;
  label: string | null;
  state: State;
}

/** The fraction of blind answers that agree with the created label; null: none is known. */
export function getShare({ agreement }: ReviewRow): number | null {
  return agreement && agreement.asked > 0 ? agreement.agreed / agreement.asked : null;
}

const agreements: Record<Exclude<Filter["agreement"], "">, (share: number | null) => boolean> = {
  all: (share) => share === 1,
  some: (share) => share !== null && share < 1,
  half: (share) => share !== null && share < 0.5,
  none: (share) => share === 0,
  unknown: (share) => share === null,
};

/** Lists the examples that a filter lets through, in their order or with the least agreement first. */
export function listRows(
  rows: readonly ReviewRow[],
  toReviewed: (row: ReviewRow) => ListedRow,
  filter: Filter,
) {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter((row) => {
    if (filter.from !== "" && row.from !== filter.from) return false;
    if (filter.reason !== "" && row.reason !== filter.reason) return false;
    if (filter.depth !== "" && row.depth !== Number(filter.depth)) return false;
    if (filter.agreement !== "" && !agreements[filter.agreement](getShare(row))) return false;
    const { state, label, text } = toReviewed(row);
    if (filter.state !== "" && state !== filter.state) return false;
    if (filter.label !== "" && label !== filter.label) return false;
    return words.every((word) => text.includes(word));
  });
  if (filter.order !== "agreement") return found;
  const toKey = (row: ReviewRow) => getShare(row) ?? 2;
  return found.sort((one, other) => toKey(one) - toKey(other));
}
