import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderCounts } from "../src/reply/candidate.ts";
import { renderJsonStart } from "../src/reply/parse-candidate.ts";

describe("the start of a value as JSON", () => {
  it("is that of JSON.stringify", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(100), (value, length) => {
        const parsed: unknown = JSON.parse(JSON.stringify(value));
        expect(renderJsonStart(parsed, 1e6)).toBe(JSON.stringify(parsed));
        expect(renderJsonStart(parsed, length)).toBe(JSON.stringify(parsed).slice(0, length));
      }),
      { numRuns: 500 },
    );
  });

  it("does not look at what is truncated: depth and size do not matter", () => {
    const deep: unknown = JSON.parse(`${"[".repeat(1e6)}${"]".repeat(1e6)}`);
    expect(renderJsonStart(deep, 2000)).toBe("[".repeat(2000));
    const long = { a: "x".repeat(1e6), b: 1 };
    expect(renderJsonStart(long, 2000)).toBe(JSON.stringify(long).slice(0, 2000));
  });
});

it.each([
  [{}, "none"],
  [{ duplicate: 2 }, "2 duplicate"],
  [{ "no JSON": 1, duplicate: 12, "wrong fields": 3 }, "12 duplicate, 3 wrong fields, 1 no JSON"],
])("counts of rejections name the commonest first: %j", (counts, text) => {
  expect(renderCounts(counts)).toBe(text);
});
