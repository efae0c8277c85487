import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashShingles, jaccard } from "../src/data/overlap.ts";

/** Letter 5-grams the plain way. */
function toPlainShingles(text: string): Set<string> {
  const plain = text.normalize("NFKC").toLowerCase().trim();
  const folded = plain.replace(/[\p{P}\s]+/gu, " ").trim() || plain;
  const all = Array.from({ length: Math.max(1, folded.length - 4) }, (_, i) =>
    folded.slice(i, i + 5),
  );
  return new Set(all);
}

function toPlainOverlap(one: Set<string>, other: Set<string>): number {
  const common = [...one].filter((shingle) => other.has(shingle)).length;
  return common / (one.size + other.size - common);
}

describe("shingles", () => {
  it.each([
    ["abcdefg", 3],
    ["abcde", 1],
    ["abcd", 1],
    ["", 1],
    ["aaaaaaaaaa", 1],
    ["a b, c; d", 3], // "a b c d"
    ["?!", 1],
  ])("are the letter 5-grams: %j has %i", (text, expected) => {
    expect(hashShingles(text)).toHaveLength(expected);
  });

  it.each([
    ["Is the SEA salty?", "is  the sea, salty"],
    ["\ufb01ve \u2167 caf\u00e9", "FIVE viii CAFE\u0301"],
    ["\u4e2d\u6587", "\u4e2d\u6587\uff1f"],
  ])("put case, encoding, punctuation and white space aside: %j, %j", (one, other) => {
    expect(jaccard(hashShingles(one), hashShingles(other))).toBe(1);
  });

  it.each([
    ["?!", "..."],
    ["abc", "abd"],
    ["2 + 2", "2 2"],
    ["", "abcde"],
  ])("tell apart: %j, %j", (one, other) => {
    expect(jaccard(hashShingles(one), hashShingles(other))).toBe(0);
  });

  it("are distinct and in order", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        const shingles = hashShingles(text);
        expect(shingles).toHaveLength(toPlainShingles(text).size);
        expect([...shingles]).toEqual([...new Set(shingles)].sort((a, b) => a - b));
      }),
    );
  });

  it("overlap as sets of texts do", () => {
    const text = fc.array(fc.constantFrom("the ", "sea ", "is ", "salty ", "a", "!"), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [one, other] = [a.join(""), b.join("")];
        const expected = toPlainOverlap(toPlainShingles(one), toPlainShingles(other));
        expect(jaccard(hashShingles(one), hashShingles(other))).toBe(expected);
      }),
    );
  });

  it("overlap by hand: abcdefg and abcdefh have 2 of 4 in common", () => {
    expect(jaccard(hashShingles("abcdefg"), hashShingles("abcdefh"))).toBe(0.5);
  });
});
