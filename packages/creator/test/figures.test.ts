import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutToWidth, renderColumns, toPrintable, toWidth } from "../src/view/columns.ts";
import { renderAbout, renderSeconds, renderUsd } from "../src/view/figures.ts";

describe("figures", () => {
  it.each([
    [0, "0 s"],
    [44.6, "45 s"],
    [59.6, "1 min"],
    [240, "4 min"],
    [250, "4 min 10 s"],
    [3599.6, "1 h"],
    [4320, "1 h 12 min"],
    [86_399, "1 d"],
    [86_400 + 3 * 3600, "1 d 3 h"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(renderSeconds(seconds)).toBe(text);
  });

  it.each([
    [0, "0"],
    [0.00000012345, "0.000000123"],
    [0.000131, "0.000131"],
    [0.05, "0.05"],
    [0.99949, "0.999"],
    [0.9999, "1.00"],
    [12.345, "12.35"],
    [1234.5, "1,234.50"],
  ])("%d USD are %s", (usd, text) => {
    expect(renderUsd(usd)).toBe(text);
  });

  it.each([
    [0, "0"],
    [119.6, "120"],
    [96_120, "96,100"],
    [1_234_567, "1,230,000"],
  ])("about %d is %s", (n, text) => {
    expect(renderAbout(n)).toBe(text);
  });
});

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
    expect(toPrintable(text)).toBe(shown);
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
    expect(toWidth(text)).toBe(width);
  });

  it.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 5, "abcd…"],
    ["海海海", 5, "海海…"],
    ["海海海", 4, "海…"],
    ["abc", 1, "…"],
    ["abc", 0, ""],
  ])("%s in %i columns is %s", (text, width, cut) => {
    expect(cutToWidth(text, width)).toBe(cut);
  });

  it("is never wider than it is cut to", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(12), (text, width) => {
        expect(toWidth(cutToWidth(toPrintable(text), width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it("stands in aligned columns", () => {
    const rows = [
      ["step", "n", "of"],
      ["海", "120", ""],
      ["a", "7"],
    ];
    expect(renderColumns(rows)).toEqual(["step    n  of", "海    120", "a       7"]);
  });
});
