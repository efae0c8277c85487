import { describe, expect, it } from "vitest";
import { isRejection, renderCounts } from "../src/reply/candidate.ts";
import { replyRules } from "./reading-words.ts";
import { closed, toSaid } from "./shapes.ts";

/** Reads the one rejection of a reply, and what it carries of its candidate. */
function readRejected(text: string): unknown {
  const [only, ...others] = replyRules.salvage(toSaid(text), closed, 1);
  expect(others).toEqual([]);
  return only && isRejection(only) ? only.candidate : only;
}

describe("what a rejection carries of an example within a wrapper", () => {
  it("is that example as JSON, truncated", () => {
    const example = { Question: "a", Options: ["True", "False"], Note: "x".repeat(5000) };
    const wrapped = JSON.stringify({ examples: [example] }, null, 2);
    expect(readRejected(wrapped)).toBe(JSON.stringify(example).slice(0, 2000));
  });

  it("is the reply's text where it is nested too deeply", () => {
    const deep = `${"[".repeat(1e5)}${"]".repeat(1e5)}`;
    const wrapped = `{"examples": [{"Question": "a", "Options": ${deep}}]}`;
    expect(readRejected(wrapped)).toBe(wrapped.slice(0, 2000));
  });
});

it.each([
  [{}, "none"],
  [{ duplicate: 2 }, "2 duplicate"],
  [{ "no JSON": 1, duplicate: 12, "wrong fields": 3 }, "12 duplicate, 3 wrong fields, 1 no JSON"],
])("counts of rejections name the commonest first: %j", (counts, text) => {
  expect(renderCounts(counts)).toBe(text);
});
