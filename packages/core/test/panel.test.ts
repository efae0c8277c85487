import { spawnSync } from "node:child_process";
import { buildScript, noNetwork, openScreen, tempFolder, toScreen } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { ExpectedError } from "../src/messages/errors.ts";
import { type Context, InterruptError, isDrawable, openPanel } from "../src/stage/context.ts";
import { runEntry, type Stage } from "../src/stage/entry.ts";

describe("a panel is drawn", () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { TURBO_HASH: "x" }, false],
    [true, { TURBO_HASH: "x", TURBO_IS_TUI: "1" }, true],
    [true, { TURBO_HASH: "x", TURBO_IS_TUI: "1", CI: "true" }, false],
    [true, { CI: "true" }, false],
    [true, { CI: "" }, true],
    [true, { TERM: "dumb" }, false],
  ])("on a terminal (%s) with %j: %s", (isTTY, env, drawable) => {
    expect(isDrawable({ isTTY, columns: 80, rows: 24 }, env)).toBe(drawable);
  });

  it("on no terminal without a size", () => {
    expect(isDrawable({ isTTY: true, columns: 0, rows: 24 }, {})).toBe(false);
    expect(isDrawable({ isTTY: true, columns: 80, rows: 0 }, {})).toBe(false);
  });
});

const plain = (text: string) => text;

describe("what a terminal shows", () => {
  it("is the latest drawing alone", async () => {
    const { screen, text } = openScreen(20);
    const panel = await openPanel(screen, plain);
    for (const drawn of ["one\ntwo\nthree", "one\n2\nthree", "1", "a\nb"]) {
      panel.draw(drawn.split("\n"));
      expect(toScreen(text()).lines).toEqual(drawn.split("\n"));
    }
  });

  it("is a line above what is drawn, which stays", async () => {
    const { screen, text } = openScreen(20);
    const panel = await openPanel(screen, plain);
    panel.above(() => screen.write("first\n"));
    panel.draw(["one", "two"]);
    panel.above(() => screen.write("second\n"));
    expect(toScreen(text()).lines).toEqual(["first", "second", "one", "two"]);
    panel.draw(["one", "three"]);
    expect(toScreen(text()).lines).toEqual(["first", "second", "one", "three"]);
  });

  it("is the lines alone once it is cleared, however often", async () => {
    const { screen, text } = openScreen(20);
    const panel = await openPanel(screen, plain);
    panel.clear();
    panel.draw(["one", "two"]);
    panel.above(() => screen.write("a line\n"));
    panel.clear();
    panel.clear();
    panel.above(() => screen.write("another\n"));
    expect(toScreen(text()).lines).toEqual(["a line", "another"]);
  });

  it("is nothing that must not be shown, also not when it is drawn again", async () => {
    const { screen, text } = openScreen(20);
    const panel = await openPanel(screen, (drawn) => drawn.replace("secret", "[key removed]"));
    panel.draw(["my secret"]);
    panel.above(() => screen.write("a line\n"));
    expect(text()).not.toContain("secret");
    expect(toScreen(text()).lines).toEqual(["a line", "my [key removed]"]);
  });

  it("is as wide as the terminal is now", async () => {
    const { screen } = openScreen(37);
    const panel = await openPanel(screen, plain);
    screen.columns = 50;
    expect(panel.columns).toBe(50);
  });
});

/** How a stage that draws in its run ends. */
const ends: Record<string, (ctx: Context, interrupt: () => void) => unknown> = {
  done: () => {},
  cleared: (ctx) => ctx.panel?.clear(),
  error: () => {
    throw new ExpectedError("no luck");
  },
  bug: () => {
    throw new TypeError("a bug");
  },
  interrupt: (_, interrupt) => {
    interrupt();
    return new Promise(() => {});
  },
};

/** Runs the stage on a terminal. */
async function enter(how: string, env: Record<string, string> = {}) {
  const { screen, text } = openScreen(80);
  const stop = new AbortController();
  const stage: Stage = {
    name: "creator",
    folder: (run) => run.flags.results,
    open: (_, ctx) => async () => {
      if (ctx.panel === null) return ctx.log("no panel");
      ctx.panel.draw(["drawn", `with ${ctx.env.OPENAI_API_KEY}`]);
      ctx.log("said");
      await ends[how]?.(ctx, () => stop.abort(new InterruptError("interrupted")));
    },
  };
  const code = await runEntry(stage, {
    argv: ["--data", "csqa", "--model", "m", "--results", tempFolder()],
    env: { TERM: "xterm", OPENAI_API_KEY: "sk-secret-0123456789", ...env },
    cwd: tempFolder(),
    stdin: screen,
    stdout: screen,
    stderr: screen,
    openNetwork: async () => noNetwork,
    signal: stop.signal,
  });
  return { code, bytes: text() };
}

describe("a stage leaves a terminal clean", () => {
  it.each([
    ["done", 0, ["said"]],
    ["cleared", 0, ["said"]],
    ["error", 0, ["said", "failed: mcqa_5/csqa tree seed 1: no luck"]],
    ["interrupt", 130, ["said", "interrupted; the same command goes on from here"]],
    ["bug", 1, ["said", "TypeError: a bug"]],
  ])("when it ends by %s", async (how, expectedCode, expected) => {
    const { code, bytes } = await enter(how);
    expect(bytes).toContain("drawn");
    expect(bytes).toContain("with [key removed]");
    const { lines } = toScreen(bytes);
    expect(lines.slice(0, expected.length)).toEqual(expected);
    expect(lines.join("\n")).not.toContain("drawn");
    expect(code).toBe(expectedCode);
  });

  it("and draws nothing under CI", async () => {
    expect((await enter("done", { CI: "true" })).bytes).toBe("no panel\n");
  });
});

/** A stage that draws and is interrupted, in a process of its own. */
const script = `
import { runEntry, runProcess } from "../src/internal.ts";

await runProcess((io) => runEntry({
  name: "creator",
  folder: (run) => run.flags.results,
  open: (runs, ctx) => async () => {
    ctx.panel.draw(["drawn"]);
    ctx.log("said");
    process.kill(process.pid, "SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 120_000));
  },
}, io));
`;

const pseudoTerminal = spawnSync("script", ["--version"]).stdout?.includes("util-linux") ?? false;

it.skipIf(!pseudoTerminal)("a real terminal has its cursor back after an interrupt", async () => {
  const path = await buildScript(script, import.meta.dirname);
  const line = `stty rows 24 cols 80; exec ${process.execPath} ${path} --data csqa --model m`;
  const { status, stdout } = spawnSync("script", ["-qec", line, "/dev/null"], {
    env: { PATH: process.env.PATH, TERM: "xterm", OPENAI_API_KEY: "sk-secret-0123456789" },
    encoding: "utf8",
  });
  expect(stdout).toContain("\u001b[?25l");
  const expected = ["said", "interrupted; the same command goes on from here"];
  expect({ status, ...toScreen(stdout) }).toEqual({ status: 130, lines: expected, cursor: true });
});
