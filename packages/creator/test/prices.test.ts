import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { findPrices, priceSource } from "../src/llm/prices.ts";

const given = { input: 0.1, output: 2 };
const million = { promptTokens: 1e6, completionTokens: 1e6 };
const dated = `genai-prices ${priceSource.version} of ${priceSource.published}`;

describe("findPrices", () => {
  it.each([
    ["gpt-5.4-nano", false, 0.2, 1.25],
    ["gpt-4o-mini", false, 0.15, 0.6],
    ["gpt-4o-mini", true, 0.075, 0.3],
    // Dearer for a single request of more than 272,000 tokens, which none of ours is.
    ["gpt-5.4", false, 2.5, 15],
  ])("knows OpenAI's %s (by batch: %s)", (model, batch, input, output) => {
    const list = findPrices({ model, official: true, prices: null, batch });
    expect(list?.usd(million)).toBeCloseTo(input + output, 9);
    expect(list?.usd({ promptTokens: 1000, completionTokens: 0 })).toBeCloseTo(input / 1000, 12);
    expect(list?.usd({ promptTokens: 0, completionTokens: 0 })).toBe(0);
    expect(list?.describe).toBe(
      `${input} USD per million prompt tokens and ${output} per million completion tokens (${batch ? "half price, " : ""}${dated})`,
    );
  });

  it.each([
    ["a server of one's own", "gpt-4o-mini", false],
    ["a model that the list does not have", "no-such-model", true],
  ])("knows none of %s, unless they are given", (_, model, official) => {
    expect(findPrices({ model, official, prices: null, batch: false })).toBeNull();
    const list = findPrices({ model, official, prices: given, batch: false });
    expect(list?.usd(million)).toBeCloseTo(2.1, 9);
    expect(list?.describe).toBe(
      "0.1 USD per million prompt tokens and 2 per million completion tokens (--prices)",
    );
  });

  it("takes given prices before the list's, at half by batch", () => {
    const query = { model: "gpt-4o-mini", official: true, prices: given, batch: true };
    expect(findPrices(query)?.usd(million)).toBeCloseTo(1.05, 9);
    expect(findPrices(query)?.describe).toContain("(half price, --prices)");
  });

  it("prices what was asked before by how it was asked, whatever is asked now", () => {
    for (const batch of [false, true]) {
      const list = findPrices({ model: "m", official: false, prices: given, batch });
      const half = { promptTokens: 5e5, completionTokens: 5e5 };
      expect(list?.usdOf({ ...million, batched: half })).toBeCloseTo(2.1 * 0.75, 9);
      expect(list?.usdOf({ ...million, batched: million })).toBeCloseTo(1.05, 9);
    }
  });

  it("takes prices of nothing", () => {
    const prices = { input: 0, output: 0 };
    expect(findPrices({ model: "m", official: false, prices, batch: false })?.usd(million)).toBe(0);
  });
});

it("is dated for the version that is installed: whoever updates it moves the date", () => {
  const entry = createRequire(import.meta.url).resolve("@pydantic/genai-prices");
  const path = join(dirname(entry), "..", "package.json");
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
  expect(version).toBe(priceSource.version);
  expect(priceSource.published).toMatch(/^\d{4}-\d\d-\d\d$/);
});
