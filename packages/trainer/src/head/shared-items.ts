import type { VectorItem } from "./fit.ts";

/** Items in a form that threads share: the vectors are not copied to them. */
export interface SharedItems {
  /** [vectors, dimensions]. */
  matrix: Float32Array;
  dimensions: number;
  /** Of each item, how many vectors it has. */
  counts: number[];
  labels: number[];
  right: (readonly boolean[])[];
}

/** Items with their vectors in memory that is shared. */
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

/** The items again; their vectors are parts of the shared memory. */
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
