import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normaliseQuestion, parseExample } from "../src/data/example.ts";
import { hashShingles } from "../src/data/overlap.ts";
import { cutMarks, hasLongRun, toComparable, toNfc } from "../src/messages/combining-marks.ts";
import { truncateToWidth } from "../src/messages/text-table.ts";

const run = (length: number) => "\u0316\u0301".repeat(Math.ceil(length / 2)).slice(0, length);

describe("a run of combining marks", () => {
  it.each([
    ["of 30 is none", `a${run(30)}b`, `a${run(30)}b`],
    ["of 31 is cut", `a${run(31)}b${run(40)}`, `a${run(30)}b${run(30)}`],
    [
      "that NFKC makes longer is cut",
      `a${"\uff9e\u0316".repeat(50)}`,
      `a${"\uff9e\u0316".repeat(15)}`,
    ],
    ["alone", run(100_000), run(30)],
    ["of no mark", "e".repeat(100), "e".repeat(100)],
  ])("%s", (_, text, cut) => {
    expect(cutMarks(text)).toBe(cut);
    expect(hasLongRun(text)).toBe(text !== cut);
    expect(toComparable(text, "NFKC")).toBe(cut.normalize("NFKC"));
  });

  it("changes nothing in any other text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(toComparable(text, "NFKC")).toBe(text.normalize("NFKC"));
        expect(toNfc(text)).toBe(text.normalize("NFC"));
      }),
    );
  });

  it("stays in a person's row, whose other texts are in the form NFC", () => {
    const question = `e\u0301${"\u0316\u0301".repeat(50_000)} cafe\u0301`;
    const row = { question, options: ["a", "e\u0301"], label: "\u00e9" };
    expect(parseExample(row, "a.jsonl:1")).toEqual({
      question: `e\u0301${"\u0316\u0301".repeat(50_000)} caf\u00e9`,
      context: null,
      options: ["a", "\u00e9"],
      label: 1,
    });
  });

  it("of 100,000 is compared and shown at once", () => {
    const long = `word ${run(100_000)} end`;
    expect(normaliseQuestion(long)).toHaveLength(`word ${run(30)} end`.length);
    expect(hashShingles(long).length).toBeLessThan(100);
    expect(truncateToWidth(long, 5)).toHaveLength(5);
  });
});
