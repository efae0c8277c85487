import { spawn, spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isDrawable, openPanel } from "../src/stage/panel.ts";
import { openScreen, toScreen } from "./screen.ts";
import { tempFolder } from "./temp-folder.ts";

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
      panel.draw(drawn);
      expect(toScreen(text()).lines).toEqual(drawn.split("\n"));
    }
  });

  it("is a line above what is drawn, which stays", async () => {
    const { screen, text } = openScreen(20);
    const panel = await openPanel(screen, plain);
    panel.above(() => screen.write("first\n"));
    panel.draw("one\ntwo");
    panel.above(() => screen.write("second\n"));
    expect(toScreen(text()).lines).toEqual(["first", "second", "one", "two"]);
    panel.draw("one\nthree");
    expect(toScreen(text()).lines).toEqual(["first", "second", "one", "three"]);
  });

  it("is the lines alone once it is cleared, however often", async () => {
    const { screen, text } = openScreen(20);
    const panel = await openPanel(screen, plain);
    panel.clear();
    panel.draw("one\ntwo");
    panel.above(() => screen.write("a line\n"));
    panel.clear();
    panel.clear();
    panel.above(() => screen.write("another\n"));
    expect(toScreen(text()).lines).toEqual(["a line", "another"]);
  });

  it("is nothing that must not be shown, also not when it is drawn again", async () => {
    const { screen, text } = openScreen(20);
    const panel = await openPanel(screen, (drawn) => drawn.replace("secret", "[key removed]"));
    panel.draw("my secret");
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

const core = resolve(import.meta.dirname, "..");

/** A stage that draws in a process of its own, and ends as its ENDS variable says. */
const stage = `
import { enterStage } from ${JSON.stringify(join(core, "src/runs/entry.ts"))};
import { ExpectedError } from ${JSON.stringify(join(core, "src/errors.ts"))};

const ends = {
  done: () => {},
  cleared: (ctx) => ctx.panel.clear(),
  error: () => { throw new ExpectedError("no luck"); },
  bug: () => { throw new TypeError("a bug"); },
  interrupt: async () => {
    process.kill(process.pid, "SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 120_000));
  },
};

await enterStage({
  name: "creator",
  folder: (run) => run.flags.results,
  open: (runs, ctx) => async () => {
    if (ctx.panel === null) return ctx.log("no panel");
    ctx.panel.draw("drawn\\nwith " + process.env.OPENAI_API_KEY);
    ctx.log("said");
    await ends[process.env.ENDS](ctx);
  },
});
`;

/** Runs the stage in a pseudo terminal. */
function enter(env: Record<string, string>): Promise<{ code: number | null; bytes: string }> {
  const folder = tempFolder({ "stage.mts": stage });
  const line = `stty rows 24 cols 80; exec ${process.execPath} --conditions=source --import tsx ${join(folder, "stage.mts")} --data csqa --model m --results ${folder}`;
  const child = spawn("script", ["-qec", line, "/dev/null"], {
    cwd: core,
    env: { PATH: process.env.PATH, TERM: "xterm", OPENAI_API_KEY: "sk-secret-0123456789", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let bytes = "";
  child.stdout.on("data", (text) => {
    bytes += text;
  });
  return new Promise((done) => child.on("close", (code) => done({ code, bytes })));
}

const pseudoTerminal = spawnSync("script", ["--version"]).stdout?.includes("util-linux") ?? false;

describe.skipIf(!pseudoTerminal)("a stage leaves a terminal clean", () => {
  it.each([
    ["done", 0, ["said"]],
    ["cleared", 0, ["said"]],
    ["error", 0, ["said", "failed: mcqa_5/csqa tree seed 1: no luck"]],
    ["interrupt", 130, ["said", "interrupted; the same command goes on from here"]],
    ["bug", 1, ["said", "TypeError: a bug"]],
  ])("when it ends by %s", async (ENDS, code, expected) => {
    const ended = await enter({ ENDS });
    expect(ended.bytes).toContain("drawn");
    expect(ended.bytes).toContain("with [key removed]");
    expect(ended.bytes).toContain("\u001b[?25l");
    const { lines, cursor } = toScreen(ended.bytes);
    expect(lines.slice(0, expected.length)).toEqual(expected);
    expect(lines.join("\n")).not.toContain("drawn");
    expect({ code: ended.code, cursor }).toEqual({ code, cursor: true });
  });

  it("and draws nothing under CI", async () => {
    const { bytes } = await enter({ ENDS: "done", CI: "true" });
    expect(bytes).toBe("no panel\r\n");
  });
});
