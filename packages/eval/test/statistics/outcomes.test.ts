import { describe, expect, test } from "vitest";
import {
  countItems,
  countRight,
  countRightByItem,
  toAccuracy,
} from "../../src/statistics/outcomes.ts";
import { outcomesOf } from "./outcomes-of.ts";

describe("runs on the same items", () => {
  const runs = outcomesOf("1101", "1000", "1100");

  test("are counted by run, by item and in all", () => {
    expect(countItems(runs)).toBe(4);
    expect(runs.map(countRight)).toEqual([3, 1, 2]);
    expect([...countRightByItem(runs)]).toEqual([3, 2, 0, 1]);
    expect(toAccuracy(runs)).toBeCloseTo(6 / 12, 12);
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
