import { expect, test } from "vitest";
import { areNamesTelling, toNameText } from "../src/data/label-names.ts";

test.each([
  ["card_arrival", null, "card arrival"],
  ["Lost-or_stolen-Card", null, "lost or stolen card"],
  ["billing", { billing: "About invoices" }, "About invoices"],
  ["constructor", { billing: "About invoices" }, "constructor"],
] as const)("the text of %j by %j", (label, descriptions, text) => {
  expect(toNameText(label, descriptions)).toBe(text);
});

test.each([
  [["billing", "refund"], null, true],
  [["True", "False"], null, false],
  [["Yes", "no"], null, false],
  [["1", "2", "3.5"], null, false],
  [["a", "B"], null, false],
  // One that says nothing is enough: it has no text to be near to.
  [["billing", "7"], null, false],
  [["billing", "7"], { "7": "all else" }, true],
] as const)("whether the names %j with %j tell", (labels, descriptions, telling) => {
  expect(areNamesTelling(labels, descriptions)).toBe(telling);
});
