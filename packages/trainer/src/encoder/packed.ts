import type { Tf } from "@seedling/core/internal";
import type { Tensor } from "./ops.ts";

/** One text, or pair of texts, as token ids with the special tokens. */
export interface TokenSequence {
  ids: readonly number[];
  typeIds: readonly number[];
}

/**
 * Sequences laid end to end: dense layers get [tokens, columns] and compute nothing for padding. Only
 * attention needs [sequences, longest, columns].
 */
export type PackedBatch = ReturnType<typeof packSequences>;

/** Packs sequences; the caller frees the batch by `disposePacked`. */
export function packSequences(tf: Tf, all: readonly TokenSequence[]) {
  const lengths = Int32Array.from(all, ({ ids }) => ids.length);
  const longest = Math.max(...lengths);
  const starts = new Int32Array(all.length);
  for (let i = 1; i < all.length; i++) starts[i] = (starts[i - 1] ?? 0) + (lengths[i - 1] ?? 0);
  const ids = Int32Array.from(all.flatMap((sequence) => sequence.ids));
  const positions = all.map(({ ids }) => ids.map((_, position) => position));
  const toPacked = positions.flatMap((own, sequence) => own.map((at) => sequence * longest + at));
  const size = all.length * longest;
  return {
    sequences: all.length,
    longest,
    tokens: ids.length,
    /** [tokens]: token ids, segment ids, and positions within the sequence, from 0. */
    ids,
    typeIds: Int32Array.from(all.flatMap(({ typeIds }) => typeIds)),
    positions: Int32Array.from(positions.flat()),
    /** [sequences]: the row of each one's first token, and how many tokens it has. */
    starts,
    lengths,
    /** null where all sequences have the same length. */
    padding: ids.length === size ? null : createPadding(tf, toPacked, all.length, longest),
  };
}

/** Maps rows to the padded form and back; the batch owns the tensors. */
function createPadding(tf: Tf, packed: readonly number[], sequences: number, longest: number) {
  const size = sequences * longest;
  const padded = new Int32Array(size);
  const real = new Float32Array(size);
  const mask = new Float32Array(size).fill(-1e9);
  packed.forEach((at, row) => {
    padded[at] = row;
    real[at] = 1;
    mask[at] = 0;
  });
  return {
    /** The row of each padded position, [sequences * longest]; padding takes row 0. */
    toPadded: tf.tensor1d(padded, "int32"),
    /** The padded position of each row, [tokens]. */
    toPacked: tf.tensor1d([...packed], "int32"),
    /** [sequences * longest, 1]: 1 at a token, 0 at padding. */
    real: tf.tensor2d(real, [size, 1]),
    /** [sequences, 1, 1, longest]: 0 at a token, -1e9 at padding; added to attention's scores. */
    mask: tf.tensor4d(mask, [sequences, 1, 1, longest]),
  };
}

export function disposePacked(tf: Tf, { padding }: PackedBatch): void {
  if (padding) tf.dispose(padding);
}

/** [tokens, columns] -> [sequences * longest, columns]; at padding any row's values. */
export function toPadded(tf: Tf, { padding }: PackedBatch, x: Tensor): Tensor {
  return padding ? tf.gather(x, padding.toPadded) : x;
}

/** The same with zeros at padding, as gradients need it. */
export function toPaddedWithZeros(tf: Tf, batch: PackedBatch, x: Tensor): Tensor {
  return batch.padding ? tf.mul(toPadded(tf, batch, x), batch.padding.real) : x;
}

/** [sequences * longest, columns] -> [tokens, columns]. */
export function toPacked(tf: Tf, { padding }: PackedBatch, x: Tensor): Tensor {
  return padding ? tf.gather(x, padding.toPacked) : x;
}
