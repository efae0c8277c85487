import { describe, expect, test } from "vitest";
import {
  areAlike,
  computeAccuracy,
  countItems,
  countRightByItem,
  withoutCopies,
} from "../../src/statistics/outcomes.ts";
import { outcomesOf } from "./outcomes-of.ts";

describe("runs on the same items", () => {
  const runs = outcomesOf("1101", "1000", "1100");

  test("are counted by item and in all", () => {
    expect(countItems(runs)).toBe(4);
    expect([...countRightByItem(runs)]).toEqual([3, 2, 0, 1]);
    expect(computeAccuracy(runs)).toBeCloseTo(6 / 12, 12);
  });

  test.each([
    ["no run", [], "expected at least one run"],
    ["no item", outcomesOf(""), "expected at least one item"],
    [
      "different items",
      outcomesOf("11", "1"),
      "expected runs on the same items, got runs of 2 and 1",
    ],
  ])("with %s are refused", (_, wrong, message) => {
    expect(() => countItems(wrong)).toThrow(new RangeError(message));
  });

  test("of two arms must be on the same items, and both there", () => {
    expect(() => countItems(runs, outcomesOf("11"))).toThrow(RangeError);
    expect(() => countItems(runs, [])).toThrow(RangeError);
  });
});

describe("runs that are right and wrong on the same items", () => {
  test.each([
    ["three that are all alike", outcomesOf("1101", "1101", "1101"), true, 1],
    ["of which only some are", outcomesOf("1101", "1101", "1100"), false, 3],
    ["as good by other items", outcomesOf("1100", "0011"), false, 2],
    ["a single one", outcomesOf("1101"), false, 1],
  ])("%s", (_, runs, alike, telling) => {
    expect(areAlike(runs)).toBe(alike);
    expect(withoutCopies(runs)).toEqual(runs.slice(0, telling));
  });

  test("of other items are refused", () => {
    expect(() => withoutCopies(outcomesOf("111", "11"))).toThrow(RangeError);
  });
});
