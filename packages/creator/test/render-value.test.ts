import fc from "fast-check";
import { expect, it } from "vitest";
import { renderValue } from "../src/reply/render-value.ts";

it("renders as JSON.stringify does, and cuts", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(100), (value, length) => {
      const parsed: unknown = JSON.parse(JSON.stringify(value));
      expect(renderValue(parsed, 1e6)).toBe(JSON.stringify(parsed));
      expect(renderValue(parsed, length)).toBe(JSON.stringify(parsed).slice(0, length));
    }),
    { numRuns: 2000 },
  );
});

it("does not look at what it cuts away: depth and size do not matter", () => {
  const deep: unknown = JSON.parse(`${"[".repeat(1e6)}${"]".repeat(1e6)}`);
  expect(renderValue(deep, 2000)).toBe("[".repeat(2000));
  const long = { a: "x".repeat(1e6), b: 1 };
  expect(renderValue(long, 2000)).toBe(JSON.stringify(long).slice(0, 2000));
});
