import { expect, test } from "vitest";
import { judgeClaim, judgeFigure } from "../src/verdicts/verdicts.ts";

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
  expect(judgeFigure(paper, { low, high })).toBe(verdict);
});

test.each([
  ["same sign, clear", -0.1, [-0.12, -0.05], 0.05, "holds", false],
  ["same sign, clear, positive", 0.06, [0.01, 0.2], 0.05, "holds", false],
  ["same sign, clear, though it could hardly be found", 0.01, [0.02, 0.2], 0.1, "holds", false],
  ["the other sign, clear", -0.1, [0.01, 0.09], 0.05, "contradicted", false],
  ["the other sign, clear, negative", 0.1, [-0.09, -0.01], 0.05, "contradicted", false],
  ["0 inside, and the paper's would be found", -0.1, [-0.04, 0.02], 0.05, "undecided", false],
  ["0 inside, and the paper's would not be found", -0.1, [-0.2, 0.1], 0.2, "undecided", true],
  ["0 inside, just as large as can be found", 0.1, [-0.1, 0.1], 0.1, "undecided", false],
  ["0 on an end", 0.1, [0, 0.1], 0.05, "undecided", false],
  ["none in the paper, one in ours", 0, [0.01, 0.1], 0.05, "contradicted", false],
  ["none in the paper, none seen in ours", 0, [-0.01, 0.1], 0.05, "undecided", true],
] as const)("%s", (_, paperDifference, [low, high], minimumDetectable, verdict, underpowered) => {
  const judged = judgeClaim(paperDifference, { low, high }, minimumDetectable);
  expect(judged).toEqual({ verdict, underpowered });
});
