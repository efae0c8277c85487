import { expect, test } from "vitest";
import { judgeClaim } from "../src/verdicts/judge-claim.ts";

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
  const claim = { paperDifference, difference: { low, high }, minimumDetectable };
  expect(judgeClaim({ ...claim, sample: false })).toEqual({ verdict, underpowered });
  expect(judgeClaim({ ...claim, sample: true })).toBeNull();
});
