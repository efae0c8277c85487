import { describe, expect, it, test } from "vitest";
import { parseShares } from "../src/data/shares.ts";
import { FlagError } from "../src/messages/errors.ts";
import { plan, refused, server } from "./planning.ts";

const labels = ["billing", "a, b=c", "other"];

test.each([
  ["train", "train"],
  ["dev", "dev"],
  ["billing=0.5", [0.5, 0.25, 0.25]],
  ["billing=.5,other=0.5", [0.5, 0, 0.5]],
  ["a, b=c=0.8", [0.1, 0.8, 0.1]],
  ["billing=0.2,a, b=c=0.3,other=0.5", [0.2, 0.3, 0.5]],
])("--shares %s", (text, shares) => {
  const close = (all: unknown) =>
    Array.isArray(all) ? all.map((one) => expect.closeTo(one, 9)) : all;
  expect(parseShares(text, labels)).toEqual(close(shares));
});

describe("--shares refuses", () => {
  it.each([
    ["half", "expected train, dev, or shares such as"],
    ["billing", "expected train, dev, or shares such as"],
    ["billing=1.2", "expected shares that add up to 1"],
    ["billing=0.2,a, b=c=0.3,other=0.4", "expected shares that add up to 1"],
    ["refund=0.2", 'expected labels of ["billing"'],
  ])("%s", (text, words) => {
    expect(() => parseShares(text, labels)).toThrow(FlagError);
    expect(() => parseShares(text, labels)).toThrow(words);
  });

  it("what has no fixed labels, and a label of another task, before anything is asked", async () => {
    const around = { env: server };
    expect(await refused("--data csqa --model m --shares train", around)).toMatch(
      /^--shares: expected labels that are the same for every example/,
    );
    expect(await refused("--data creak --model m --shares Yes=0.3", around)).toMatch(
      /^--shares: expected labels of \["True", "False"\]/,
    );
    const [run] = await plan("--data creak --model m --shares True=0.3", around);
    expect(run?.flags.shares).toBe("True=0.3");
  });
});
