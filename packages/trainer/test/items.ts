import { createRandom } from "@seedling/core/internal";
import type { FitData, VectorItem } from "../src/head/head.ts";

/** A vector of numbers. */
export const vector = (...values: number[]) => Float32Array.from(values);

/** Items to fit a head to: of as many classes as the first has positions, or of a choice. */
export function toFitData(
  kind: "classes" | "choice",
  train: readonly VectorItem[],
  dev: readonly VectorItem[],
): FitData {
  const outputs = kind === "classes" ? (train[0]?.right.length ?? 0) : 1;
  return { train, dev, dimensions: train[0]?.vectors[0]?.length ?? 0, outputs };
}

/** Points on both sides of a line, one class each. */
export function separable(count: number): VectorItem[] {
  const random = createRandom("toy", count);
  return Array.from({ length: count }, (_, i) => ({
    vectors: [vector(i % 2 ? 1 : -1, random.normal(), random.normal())],
    label: i % 2,
    right: [i % 2 === 0, i % 2 === 1],
  }));
}

/** Choices of two to four options; the right one points along the first axis. */
export function choices(count: number): VectorItem[] {
  const random = createRandom("choices", count);
  return Array.from({ length: count }, () => {
    const options = 2 + random.int(3);
    const label = random.int(options);
    const vectors = Array.from({ length: options }, (_, i) =>
      vector(i === label ? 1 : 0, random.normal(), random.normal()),
    );
    return { vectors, label, right: vectors.map((_, i) => i === label) };
  });
}
