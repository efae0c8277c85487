import { expect, test } from "vitest";
import { fitMonotone } from "../../src/statistics/monotone.ts";

// scikit-learn 1.9: isotonic_regression(values, sample_weight=weights); the rest by hand.
test.each([
  {
    values: [1, 3, 2, 4, 3.5, 5],
    weights: [1, 1, 3, 1, 1, 2],
    fit: [1, 2.25, 2.25, 3.75, 3.75, 5],
  },
  { values: [5, 4, 3, 2], weights: [1, 1, 1, 1], fit: [3.5, 3.5, 3.5, 3.5] },
  { values: [1, 2, 3], weights: [1, 1, 1], fit: [1, 2, 3] },
  { values: [2, 2, 1], weights: [1, 1, 2], fit: [1.5, 1.5, 1.5] },
  { values: [7], weights: [1], fit: [7] },
])("the nearest rise to $values", ({ values, weights, fit }) => {
  expect(fitMonotone(values, weights)).toEqual(fit);
});
