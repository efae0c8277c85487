import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openServer } from "./local-server.ts";
import { tempFolder } from "./temp-folder.ts";

const core = resolve(import.meta.dirname, "..");
const key = "sk-secret-0123456789";

/** A stage that does what its STAGE variable says, in a process of its own. */
const stage = `
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { enterStage } from ${JSON.stringify(join(core, "src/runs/entry.ts"))};
import { ExpectedError, FlagError, LockedError } from ${JSON.stringify(join(core, "src/errors.ts"))};

const { STAGE, NAME = "creator", ADDRESS = "", HERE = "" } = process.env;
const secret = process.env.OPENAI_API_KEY;

const kinds = {
  works: async (run, ctx) => ctx.log("worked on " + run.task.name + ", key " + secret),
  fails: async (run, ctx) => {
    if (run.task.name.endsWith("csqa")) throw new ExpectedError("no reply, your key " + secret + " is bad");
    ctx.log("worked on " + run.task.name);
  },
  locked: async (run, ctx) => {
    if (run.task.name.endsWith("csqa")) throw new LockedError("another process works on it, " + secret);
    ctx.log("worked on " + run.task.name);
  },
  refuses: async () => { throw new FlagError("--example: expected another, not " + secret); },
  bug: async () => { throw new TypeError("a bug with " + secret); },
  asks: async (run, ctx) => ctx.log("server said " + (await (await ctx.fetch(ADDRESS)).text())),
  waits: async (run, ctx) => {
    const over = ctx.onInterrupt(() => "never said");
    over();
    over();
    ctx.onInterrupt(() => {
      writeFileSync(join(HERE, "saved"), "all of it");
      return "3 of 9 kept, key " + secret;
    });
    const second = ctx.onInterrupt(() => "never said either");
    second();
    over();
    ctx.log("waiting");
    await new Promise((resolve) => setTimeout(resolve, 120_000));
  },
};

await enterStage({
  name: NAME,
  folder: (run) => join(run.flags.results, run.task.name.replace("/", "-")),
  open: (runs, ctx) => (run) => kinds[STAGE](run, ctx),
  ...(process.env.CLOSE && {
    close: async (runs, flags, ctx) => {
      ctx.log("closing " + runs.length + " in " + flags.results);
      return Number(process.env.CLOSE);
    },
  }),
});
`;

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the stage with a command line and nothing else in its environment. */
function enter(line: string, env: Record<string, string>, signal?: NodeJS.Signals): Promise<Ended> {
  const script = join(tempFolder({ "stage.mts": stage }), "stage.mts");
  const args = line.split(" ").filter((word) => word !== "");
  const child = spawn(
    process.execPath,
    ["--conditions=source", "--import", "tsx", script, ...args],
    {
      cwd: core,
      env: { PATH: process.env.PATH, STAGE: "works", ...env },
    },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended: Ended = { code: null, out: "", err: "" };
  child.stdout.on("data", (text) => {
    ended.out += text;
    if (signal && ended.out.includes("waiting")) child.kill(signal);
  });
  child.stderr.on("data", (text) => {
    ended.err += text;
  });
  return new Promise((done) => child.on("close", (code) => done({ ...ended, code })));
}

const human = "--data csqa,creak --setting human";
const live = "--data csqa,creak --model m";

describe("a stage ends", () => {
  it("with 0 after all runs, its lines without keys", async () => {
    const { code, out, err } = await enter(live, { OPENAI_API_KEY: key });
    expect(out).toBe(
      "worked on mcqa_5/csqa, key [key removed]\nworked on yesno_close/creak, key [key removed]\n",
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });

  it("with 0 though a run fails: the others go on, and the failure is written without keys", async () => {
    const results = tempFolder();
    const { code, out, err } = await enter(`${live} --results ${results}`, {
      OPENAI_API_KEY: key,
      STAGE: "fails",
    });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const told = "no reply, your key [key removed] is bad";
    expect(out).toBe(`failed: mcqa_5/csqa tree seed 1: ${told}\nworked on yesno_close/creak\n`);
    expect(readdirSync(results)).toEqual(["mcqa_5-csqa"]);
    const failed = readFileSync(join(results, "mcqa_5-csqa/failed.json"), "utf8");
    expect(JSON.parse(failed)).toEqual({ error: told, at: expect.stringMatching(/^\d{4}-/) });
    expect(failed).not.toContain(key);
  });

  it("with 1 where another process has a run, which is no failure; the others go on", async () => {
    const results = tempFolder();
    const { code, out, err } = await enter(`${live} --results ${results}`, {
      OPENAI_API_KEY: key,
      STAGE: "locked",
      CLOSE: "0",
    });
    expect({ code, err }).toEqual({
      code: 1,
      err: "another process works on it, [key removed]\n",
    });
    expect(out).toBe("worked on yesno_close/creak\n");
    expect(readdirSync(results)).toEqual([]);
  });

  it("with 2 for a bad flag, in one line and with nothing started", async () => {
    const { code, out, err } = await enter("--data nope", { OPENAI_API_KEY: key, CLOSE: "0" });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^--data: expected one of [^\n]*, got "nope"\n$/);
  });

  it("with 2 for a flag that proves bad in a run, without its key", async () => {
    const { code, err } = await enter(live, { OPENAI_API_KEY: key, STAGE: "refuses" });
    expect({ code, err }).toEqual({
      code: 2,
      err: "--example: expected another, not [key removed]\n",
    });
  });

  it("with 1 for a bug, which keeps its stack but no key, and stops the stage", async () => {
    const { code, out, err } = await enter(live, { OPENAI_API_KEY: key, STAGE: "bug" });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^TypeError: a bug with \[key removed\]\n +at .*stage\.mts/);
    expect(err).not.toContain(key);
  });

  it("with 1 for a file that the user can mend before any run, without a stack", async () => {
    const replay = tempFolder({ "flags.json": "{", "example.jsonl": "", "journal.jsonl": "" });
    const { code, err } = await enter(`--data csqa --replay ${replay}`, {});
    expect(code).toBe(1);
    expect(err).toBe(`${replay}/flags.json: expected the flags of a creation, version 1\n`);
  });

  it("with the code of its own closing, which knows all runs", async () => {
    const results = tempFolder();
    const { code, out } = await enter(`${human} --results ${results}`, { CLOSE: "1" });
    expect(code).toBe(1);
    expect(out).toMatch(new RegExp(`\nclosing 2 in ${results}\n$`));
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "with 130 at %s, once what is open has saved and said so",
    async (signal) => {
      const here = tempFolder();
      const env = { OPENAI_API_KEY: key, STAGE: "waits", HERE: here };
      const { code, err } = await enter(live, env, signal);
      expect(code).toBe(130);
      expect(err).toBe(
        "interrupted; 3 of 9 kept, key [key removed]; the same command goes on from here\n",
      );
      expect(readFileSync(join(here, "saved"), "utf8")).toBe("all of it");
    },
  );
});

describe("the help", () => {
  it.each([
    ["creator", "", true],
    ["eval", "", true],
    ["creator", "turbo", true],
    ["trainer", "turbo", false],
    ["eval", "turbo", false],
  ])(
    "of %s, called by %j: printed %s, so that the pipeline prints it once",
    async (NAME, turbo, printed) => {
      const { code, out, err } = await enter("--data boolq --help", { NAME, TURBO_HASH: turbo });
      expect({ code, err }).toEqual({ code: 0, err: "" });
      if (printed) expect(out).toMatch(/^Usage: experiment -- \[flags\][\s\S]*--fraction-by <way>/);
      else expect(out).toBe("");
    },
  );

  it("and logged about flags come from the first stage alone", async () => {
    const line = "--data boolq --setting human";
    const first = await enter(line, { NAME: "creator", TURBO_HASH: "x" });
    const second = await enter(line, { NAME: "trainer", TURBO_HASH: "x" });
    expect(first.out).toContain("boolq means yesno_open/boolq");
    expect(second.out).toBe("worked on yesno_open/boolq, key undefined\n");
  });
});

describe("an experiment", () => {
  it.each([
    ["none-such", "--experiment: expected one of those in experiments/, got none-such\n"],
    ["../package", "--experiment: expected a name, got ../package\n"],
  ])("%s is refused", async (name, expected) => {
    const { code, err } = await enter(`--experiment ${name}`, {});
    expect({ code, err }).toEqual({ code: 2, err: expected });
  });
});

it("a stage's fetch reaches a server, under the dispatcher that honours proxies", async () => {
  const address = await openServer((_, response) => void response.end("hello"));
  const { code, out } = await enter("--data csqa --setting human --timeout 20", {
    STAGE: "asks",
    ADDRESS: address,
  });
  expect({ code, out }).toEqual({ code: 0, out: "server said hello\n" });
});

it("a server's refusal that echoes the key ends without it", async () => {
  const base = await openServer(({ headers }, response) => {
    response.statusCode = 401;
    response.end(`bad key ${headers.authorization}`);
  });
  const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: base.replace("//", "//me:hidden@") };
  const { code, err } = await enter("--data csqa", env);
  expect(code).toBe(2);
  expect(err).not.toMatch(/sk-secret|hidden/);
  expect(err.trim().split("\n")).toHaveLength(1);
});
