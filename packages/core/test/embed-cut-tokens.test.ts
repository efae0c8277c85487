import { describe, expect, it } from "vitest";
import { openCut } from "../src/embed/cut-tokens.ts";

/** One token a letter, framed by 1 in front and 2 behind, or by none. */
function letters(framed: boolean) {
  return (text: string, special: boolean) => {
    const ids = Array.from(text, (letter) => letter.charCodeAt(0));
    return framed && special ? [1, ...ids, 2] : ids;
  };
}

describe("openCut", () => {
  it.each([
    { framed: true, text: "abc", longest: 5, ids: [1, 97, 98, 99, 2], tokens: 5 },
    { framed: true, text: "abc", longest: 9, ids: [1, 97, 98, 99, 2], tokens: 5 },
    { framed: true, text: "abcd", longest: 5, ids: [1, 97, 98, 99, 2], tokens: 6 },
    { framed: true, text: "abcd", longest: 3, ids: [1, 97, 2], tokens: 6 },
    { framed: true, text: "", longest: 3, ids: [1, 2], tokens: 2 },
    { framed: false, text: "abcd", longest: 3, ids: [97, 98, 99], tokens: 4 },
  ])(
    "cuts $text to $longest (special tokens: $framed)",
    ({ framed, text, longest, ids, tokens }) => {
      expect(openCut(letters(framed))(text, longest)).toEqual({ ids, tokens });
    },
  );
});
