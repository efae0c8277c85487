import { expect, it } from "vitest";
import { fillSlices } from "../src/llm/example-slices.ts";

it.each([
  ["Why {{example 2+3}}?", "abcdefg", "Why cde?"],
  ["{{example 0+2}}{{example 5+9}}", "abcdefg", "abfg"],
  ["{{example 90+3}}", "abcdefg", ""],
  ["{{example a+3}} {{example}}", "abcdefg", "{{example a+3}} {{example}}"],
])("fills %s in", (text, example, filled) => {
  expect(fillSlices(text, example)).toBe(filled);
});

it("refuses a reply that names the example without end", () => {
  const text = "{{example 0+9999}}".repeat(200);
  expect(() => fillSlices(text, "x".repeat(9999))).toThrow(/expected at most 1048576 characters/);
});
