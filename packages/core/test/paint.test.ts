import { openScreen, runProgram } from "@seedling/testing";
import { expect, it } from "vitest";
import { ExpectedError } from "../src/messages/errors.ts";
import { runWork } from "../src/stage/context.ts";
import { hasColors, paint } from "../src/stage/paint.ts";

it.each([
  [true, { TERM: "xterm" }, true],
  [true, { TERM: "dumb" }, false],
  [false, { TERM: "xterm" }, false],
  [true, { TERM: "xterm", NO_COLOR: "1" }, false],
  [true, { TERM: "xterm", NO_COLOR: "" }, true],
  [false, { FORCE_COLOR: "1" }, true],
  [false, { FORCE_COLOR: "" }, true],
  [true, { TERM: "xterm", FORCE_COLOR: "0" }, false],
  [false, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
])("a terminal (%s) with %j has colours: %s", (isTTY, env, colors) => {
  expect(hasColors({ isTTY }, env)).toBe(colors);
});

const [red, yellow, bold, dim] = [31, 33, 1, 2];

it.each([
  ["failed: boolq tree seed 1: no reply", red],
  ["TypeError: a bug", red],
  ["boolq: 54.7 %; NOT BETTER than the constant answer", yellow],
  ["Numbers", bold],
  ["Table 3. In-domain accuracy", bold],
  ["  waiting for a reply of m at h, 10 s", dim],
  ["  44 of 44 kept from 12 replies", null],
  ["Numbers are nice", null],
])("%j is painted with %s", (line, code) => {
  const painted = paint(`before\n${line}\nafter`).split("\n");
  expect(painted[0]).toBe("before");
  if (code === null) expect(painted[1]).toBe(line);
  else expect(painted[1]).toMatch(new RegExp(`^\\u001b\\[${code}m`));
  expect(painted[1]).toContain(line);
});

it("a program's lines are painted where the terminal has colours, those of a model cannot be", async () => {
  const run = async (env: Record<string, string>) => {
    const { screen, text } = openScreen(80);
    const { err } = await runProgram(
      (io) =>
        runWork(io, async ({ log }) => {
          log("Numbers");
          log("label \u001b[31m");
          throw new ExpectedError("failed for good");
        }),
      "",
      { env, screen },
    );
    return [text(), err];
  };
  expect(await run({ TERM: "xterm" })).toEqual([
    "\u001b[1mNumbers\u001b[22m\nlabel \\u001b[31m\n",
    "failed for good\n",
  ]);
  expect((await run({ FORCE_COLOR: "1" }))[1]).toBe("\u001b[31mfailed for good\u001b[39m\n");
  expect((await run({ TERM: "xterm", NO_COLOR: "1" }))[0]).toBe("Numbers\nlabel \\u001b[31m\n");
});
