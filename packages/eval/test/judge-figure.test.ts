import { expect, test } from "vitest";
import { judgeFigure } from "../src/verdicts/judge-figure.ts";

test.each([
  ["inside a narrow interval", 0.7, [0.67, 0.73], "agrees"],
  ["on its lower end", 0.67, [0.67, 0.73], "agrees"],
  ["on its upper end", 0.73, [0.67, 0.73], "agrees"],
  ["inside one of just under five points either way", 0.5, [0.4501, 0.5499], "agrees"],
  ["inside a wider one", 0.5, [0.449, 0.551], "underpowered"],
  ["below: ours is higher", 0.66, [0.67, 0.73], "higher"],
  ["above: ours is lower", 0.74, [0.67, 0.73], "lower"],
  ["below a wide one", 0.3, [0.4, 0.6], "higher"],
  ["above a wide one", 0.9, [0.4, 0.6], "lower"],
  ["beside an interval cut at 1", 0.94, [0.95, 1], "higher"],
] as const)("the paper's figure %s", (_, paper, [low, high], verdict) => {
  expect(judgeFigure({ paper, prediction: { low, high }, sample: false })).toBe(verdict);
  expect(judgeFigure({ paper, prediction: { low, high }, sample: true })).toBeNull();
});
