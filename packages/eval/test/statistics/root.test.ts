import { expect, test } from "vitest";
import { findRoot } from "../../src/statistics/root.ts";

test.each([
  { what: "a line", value: (x: number) => 3 * x - 6, near: [0, 1] as const, root: 2 },
  { what: "a square", value: (x: number) => x * x - 2, near: [1, 2] as const, root: Math.SQRT2 },
  { what: "a point already there", value: (x: number) => x, near: [1, 0] as const, root: 0 },
])("the root of $what", ({ value, near, root }) => {
  expect(findRoot(value, near, 1e-12)).toBeCloseTo(root, 10);
});

test("a function without a root comes to an end", () => {
  expect(findRoot((x) => x * x + 1, [1, 2], 1e-12)).toEqual(expect.any(Number));
});
