import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeControls } from "../src/messages/plain-text.ts";
import { alignColumns, measureWidth, truncateToWidth } from "../src/messages/text-table.ts";

describe("text in a terminal", () => {
  it.each([
    ["plain, été, 海", "plain, été, 海"],
    ["a\nb\t\r\u001b[31mred", "a\\u000ab\\u0009\\u000d\\u001b[31mred"],
    ["\u009b2J\u007f", "\\u009b2J\\u007f"],
    ["a\u202eb\u2066c\u200b", "a\\u202eb\\u2066c\\u200b"],
    ["\u2028\u2029", "\\u2028\\u2029"],
    ["\ud800", "\\ud800"],
    ["\u{e0041}", "\\u{e0041}"],
  ])("%j is shown as %j", (text, shown) => {
    expect(escapeControls(text)).toBe(shown);
  });

  it.each([
    ["abc", 3],
    ["été", 3],
    ["e\u0301", 1],
    ["海abc", 5],
    ["한글", 4],
    ["😀", 2],
    ["│█░…–", 5],
  ])("%s takes %i columns", (text, width) => {
    expect(measureWidth(text)).toBe(width);
  });

  it.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 5, "abcd…"],
    ["海海海", 5, "海海…"],
    ["海海海", 4, "海…"],
    ["abc", 1, "…"],
    ["abc", 0, ""],
  ])("%s in %i columns is %s", (text, width, cut) => {
    expect(truncateToWidth(text, width)).toBe(cut);
  });

  it("is never wider than it is cut to", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(12), (text, width) => {
        expect(measureWidth(truncateToWidth(escapeControls(text), width))).toBeLessThanOrEqual(
          width,
        );
      }),
    );
  });

  it("stands in aligned columns", () => {
    const rows = [
      ["step", "n", "of"],
      ["海", "120", ""],
      ["a", "7"],
    ];
    expect(alignColumns(rows)).toEqual(["step    n  of", "海    120", "a       7"]);
  });
});
