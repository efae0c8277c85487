import { describe, expect, it } from "vitest";
import { type EmbedText, tokenizeText, truncateTexts } from "../src/embed/truncate.ts";

/** Letters as tokens, of which blanks are none. */
const encode = (text: string) =>
  [...text.replaceAll(" ", "")].map((letter) => letter.charCodeAt(0));

/** The letters that are kept of texts; the option of the last stands in brackets. */
function truncate(texts: readonly string[], room: number) {
  const tokenized = texts.map((text) => {
    const [from, to] = [text.indexOf("["), text.indexOf("]") - 1];
    const plain = text.replace(/[[\]]/g, "");
    const given: EmbedText = from < 0 ? plain : { text: plain, option: [from, to] };
    return tokenizeText(encode, given);
  });
  const { texts: kept, cutsOption } = truncateTexts(tokenized, room);
  return [...kept.map((ids) => String.fromCharCode(...ids)), cutsOption];
}

describe("truncation", () => {
  it.each<[string, string[], number, ...[...string[], boolean]]>([
    ["takes nothing of what fits", ["abc [de] fg"], 7, "abcdefg", false],
    ["takes the context's end first", ["abc [de] fg"], 6, "abcdef", false],
    ["takes all of the context before the question", ["abc [de] fg"], 5, "abcde", false],
    ["takes the question's end then", ["abc [de] fg"], 4, "abde", false],
    ["leaves an option of half of the room", ["abc [xyz] fg"], 6, "abcxyz", false],
    [
      "takes the end of a longer one where the question fills its half",
      ["abcd [vwxyz] fg"],
      6,
      "abcvwx",
      true,
    ],
    ["leaves it what a short question does not need", ["a [vwxyz] fg"], 6, "avwxyz", false],
    ["and no more than that", ["a [uvwxyz]"], 6, "auvwxy", true],
    ["leaves a long option alone all the room", ["[uvwxyz]"], 4, "uvwx", true],
    ["gives an odd room's rest to the question", ["abcd [wxyz]"], 5, "abcwx", true],
    ["takes a plain text's end", ["abcdef"], 4, "abcd", false],
    ["takes nothing where there is no room", ["abc [de]"], 0, "", true],
    ["of a pair takes the second's end, then the first's", ["abc", "def"], 4, "abc", "d", false],
    ["of a pair takes the first's end", ["abc", "def"], 2, "ab", "", false],
    ["of a pair takes the context first", ["abc", "[de] fg"], 6, "abc", "def", false],
    ["of a pair takes the question then", ["abc", "[de] fg"], 4, "ab", "de", false],
    ["of a pair takes a long option's end", ["abcd", "[vwxyz] fg"], 6, "abc", "vwx", true],
    ["of a pair leaves a short question", ["a", "[uvwxyz] fg"], 6, "a", "uvwxy", true],
  ])("%s", (_, texts, room, ...kept) => {
    expect(truncate(texts, room)).toEqual(kept);
  });

  it("fills the room, keeps beginnings alone, and an option up to half of the room whole", () => {
    for (let room = 0; room < 9; room++)
      for (const question of ["", "a", "abc", "abcdefgh"])
        for (const option of ["u", "uvw", "uvwxyz"])
          for (const context of ["", "1", "12345678"]) {
            const [text, cutsOption] = truncate([`${question}[${option}]${context}`], room);
            const kept = String(text);
            expect(kept).toHaveLength(Math.min(room, (question + option + context).length));
            const parts = kept.match(/^([a-h]*)([u-z]*)(\d*)$/)?.slice(1) ?? [];
            const wholes = [question, option, context];
            expect(parts.map((part, at) => wholes[at]?.startsWith(part))).toEqual([
              true,
              true,
              true,
            ]);
            if (option.length <= room / 2) expect(parts[1]).toBe(option);
            expect(cutsOption).toBe(parts[1] !== option);
            if (parts[0] !== question || cutsOption) expect(parts[2]).toBe("");
          }
  });
});
