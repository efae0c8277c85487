import { describe, expect, it } from "vitest";
import { toCost } from "../src/ask/cost.ts";
import { renderCounts } from "../src/read/rejections.ts";

const openai = { baseUrl: "https://api.openai.com/v1", official: true, apiKey: "k" };
const own = { baseUrl: "http://127.0.0.1:8080/v1", official: false, apiKey: null };
const million = { promptTokens: 1e6, completionTokens: 1e6 };

describe("toCost", () => {
  it("is OpenAI's price by the million tokens", () => {
    expect(toCost(million, "gpt-4o-mini", openai)).toBeCloseTo(0.15 + 0.6, 6);
    expect(toCost({ promptTokens: 0, completionTokens: 0 }, "gpt-4o-mini", openai)).toBe(0);
  });

  it("is unknown for a server of one's own, an unknown model, or no server", () => {
    expect(toCost(million, "gpt-4o-mini", own)).toBeNull();
    expect(toCost(million, "no-such-model", openai)).toBeNull();
    expect(toCost(million, "gpt-4o-mini", null)).toBeNull();
  });
});

describe("renderCounts", () => {
  it.each([
    [{}, "none"],
    [{ duplicate: 2 }, "2 duplicate"],
    [{ "no JSON": 1, duplicate: 12, "wrong fields": 3 }, "12 duplicate, 3 wrong fields, 1 no JSON"],
  ])("names the commonest first: %j", (counts, text) => {
    expect(renderCounts(counts)).toBe(text);
  });
});
