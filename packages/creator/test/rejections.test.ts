import { describe, expect, it } from "vitest";
import { renderCounts } from "../src/reply/rejections.ts";

describe("renderCounts", () => {
  it.each([
    [{}, "none"],
    [{ duplicate: 2 }, "2 duplicate"],
    [{ "no JSON": 1, duplicate: 12, "wrong fields": 3 }, "12 duplicate, 3 wrong fields, 1 no JSON"],
  ])("names the commonest first: %j", (counts, text) => {
    expect(renderCounts(counts)).toBe(text);
  });
});
