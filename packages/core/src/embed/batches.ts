import type { Batch, Encoder } from "./encoder.ts";

/**
 * Tokens in one batch at most, unless one text is longer: from about 256 on, products of matrices
 * gain no more, and hidden states of more than 1024 tokens fall out of the caches.
 */
const tokensAtOnce = 512;

/**
 * Places of rows of token ids, in batches of rows of equal length, longest first: no padding, and
 * the last ones, which threads wait for, are small.
 * @param together false: each row is a batch of its own
 */
export function toBatches(rows: readonly (readonly number[])[], together: boolean): number[][] {
  const length = (place: number) => rows[place]?.length ?? 0;
  const order = rows.map((_, place) => place).sort((a, b) => length(b) - length(a) || a - b);
  const batches: number[][] = [];
  for (const place of order) {
    const open = batches.at(-1);
    const tokens = length(place);
    const fits =
      together &&
      open?.[0] !== undefined &&
      tokens > 1 && // one row of one token is a product of vector and matrix, computed in another order
      length(open[0]) === tokens &&
      (open.length + 1) * tokens <= tokensAtOnce;
    if (fits) open.push(place);
    else batches.push([place]);
  }
  return batches;
}

/** Rows of equal length as one batch. */
export function toBatch(rows: readonly (readonly number[])[]): Batch {
  return { ids: Int32Array.from(rows.flat()), rows: rows.length };
}

/**
 * Whether an encoder gives a text the same bits among others of its length as alone. One that
 * quantises activations for the whole batch does not.
 * @param ids at least twelve token ids of any text
 */
export async function isSameTogether(encoder: Encoder, ids: readonly number[]): Promise<boolean> {
  for (const length of [2, 9]) {
    const rows = [0, 1, 2, 3].map((from) => ids.slice(from, from + length));
    const together = await encoder.encode(toBatch(rows));
    for (const [i, row] of rows.entries()) {
      const alone = await encoder.encode(toBatch([row]));
      if (alone.some((value, j) => value !== together[i * encoder.dimensions + j])) return false;
    }
  }
  return true;
}
