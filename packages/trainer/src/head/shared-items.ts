import type { VectorItem } from "./fit.ts";

/** Items for threads, with vectors in shared memory: they are not copied. */
export interface SharedItems {
  /** [vectors, dimensions]. */
  matrix: Float32Array;
  dimensions: number;
  /** Vectors of each item. */
  counts: number[];
  labels: number[];
  right: (readonly boolean[])[];
}

/** Copies the vectors of items into shared memory. */
export function shareItems(items: readonly VectorItem[]): SharedItems {
  const rows = items.flatMap(({ vectors }) => vectors);
  const dimensions = rows[0]?.length ?? 0;
  const matrix = new Float32Array(new SharedArrayBuffer(4 * rows.length * dimensions));
  rows.forEach((row, i) => {
    matrix.set(row, i * dimensions);
  });
  return {
    matrix,
    dimensions,
    counts: items.map(({ vectors }) => vectors.length),
    labels: items.map(({ label }) => label),
    right: items.map(({ right }) => right),
  };
}

/** Restores items; their vectors are views of the shared memory. */
export function readSharedItems(shared: SharedItems): VectorItem[] {
  const { matrix, dimensions, counts, labels, right } = shared;
  let next = 0;
  return counts.map((count, i) => {
    const vectors = Array.from({ length: count }, (_, row) =>
      matrix.subarray((next + row) * dimensions, (next + row + 1) * dimensions),
    );
    next += count;
    return { vectors, label: labels[i] ?? 0, right: right[i] ?? [] };
  });
}
