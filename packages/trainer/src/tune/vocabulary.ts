import type { TokenItem } from "./token-items.ts";

/**
 * The words of a training's texts. Only their rows are trained: of all other words no gradient comes,
 * so that AdamW does nothing to them but decay them, by the same factor each step.
 */
export interface Vocabulary {
  /** Token ids, ascending; their places are the rows of the trained table. */
  ids: Int32Array;
}

/** The words of all items. */
export function collectVocabulary(items: readonly TokenItem[]): Vocabulary {
  const all = new Set(items.flatMap(({ sequences }) => sequences.flatMap(({ ids }) => [...ids])));
  return { ids: Int32Array.from(all).sort() };
}

/** Items with rows of the trained table in place of token ids. */
export function toWordRows<Item extends TokenItem>(
  items: readonly Item[],
  { ids }: Vocabulary,
): Item[] {
  const rows = new Map(Array.from(ids, (id, row) => [id, row]));
  return items.map((item) => ({
    ...item,
    sequences: item.sequences.map((sequence) => ({
      ...sequence,
      ids: sequence.ids.map((id) => rows.get(id) ?? 0),
    })),
  }));
}

/** The rows of a vocabulary out of the whole table. */
export function selectWordRows(
  table: Float32Array,
  { ids }: Vocabulary,
  hidden: number,
): Float32Array {
  const rows = new Float32Array(ids.length * hidden);
  ids.forEach((id, row) => {
    rows.set(table.subarray(id * hidden, (id + 1) * hidden), row * hidden);
  });
  return rows;
}

/** The whole table again: trained rows in their places, all others decayed. */
export function restoreWordRows(
  table: Float32Array,
  rows: Float32Array,
  { ids }: Vocabulary,
  decay: number,
): Float32Array {
  const hidden = rows.length / ids.length;
  const whole = table.map((value) => value * decay);
  ids.forEach((id, row) => {
    whole.set(rows.subarray(row * hidden, (row + 1) * hidden), id * hidden);
  });
  return whole;
}
