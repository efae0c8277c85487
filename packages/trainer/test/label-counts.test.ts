import type { Example } from "@seedling/core/internal";
import { expect, test } from "vitest";
import { computeDevConstant, renderFewLabels } from "../src/data/label-counts.ts";

const options = ["card", "fee", "lost", "other"];
const of = (...counts: number[]): Example[] =>
  counts.flatMap((n, label) =>
    Array.from({ length: n }, (_, i) => ({ question: `${i}`, context: null, options, label })),
  );

test.each([
  [[5, 5, 5, 5], []],
  [
    [9, 4, 1, 0],
    [
      '1 label without a training example: "other"',
      '2 labels with fewer than 5 training examples: "fee" (4), "lost" (1)',
    ],
  ],
  [[9, 5, 0, 0], ['2 labels without a training example: "lost", "other"']],
])("labels with %j training examples", (counts, lines) => {
  expect(renderFewLabels(options, of(...counts))).toEqual(lines);
});

test("of many labels the first eight are named", () => {
  const labels = Array.from({ length: 77 }, (_, i) => `intent ${i}`);
  const [line] = renderFewLabels(labels, of(1));
  expect(line).toMatch(/^77 labels without .*"intent 7" and 69 more$/);
});

test("the constant answer on dev is the label most frequent in training, the first of equals", () => {
  expect(computeDevConstant(of(3, 3, 1), of(1, 2, 1))).toBe(0.25);
  expect(computeDevConstant(of(1, 3, 1), of(1, 2, 1))).toBe(0.5);
  // The first example's, as on the test set.
  expect(computeDevConstant(of(2, 2).reverse(), of(1, 3))).toBe(0.75);
});
