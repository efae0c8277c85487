import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { openServer, runProgram, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { ExpectedError, FlagError, LockedError } from "../src/messages/errors.ts";
import type { Run } from "../src/runs/run.ts";
import type { Context } from "../src/stage/context.ts";
import { runEntry, type Stage } from "../src/stage/entry.ts";

const key = "sk-secret-0123456789";

/** What a stage does in its runs. */
type Work = (run: Run, ctx: Context) => Promise<void>;

const works: Work = async (run, { env, log }) =>
  log(`worked on ${run.task.name}, key ${env.OPENAI_API_KEY}`);

/** Fails in the first run alone. */
function failing(error: (secret: string) => Error): Work {
  return async (run, { env, log }) => {
    if (run.task.name.endsWith("csqa")) throw error(String(env.OPENAI_API_KEY));
    log(`worked on ${run.task.name}`);
  };
}

interface Choices {
  env?: Record<string, string>;
  work?: Work;
  name?: Stage["name"];
  /** The exit code of what is done after all runs; left out: nothing is. */
  closeWith?: number;
  /** Interrupts the stage once it has printed "waiting". */
  interrupted?: boolean;
}

/** Runs a stage with a command line and nothing else in its environment. */
function enter(line: string, choices: Choices = {}) {
  const { env = {}, work = works, name = "creator", closeWith, interrupted } = choices;
  const stage: Stage = {
    name,
    folder: (run) => join(run.flags.results, run.task.name.replace("/", "-")),
    open: (_, ctx) => (run) => work(run, ctx),
    ...(closeWith !== undefined && {
      async close(runs, flags, ctx) {
        ctx.log(`closing ${runs.length} in ${flags.results}`);
        return closeWith;
      },
    }),
  };
  return runProgram((io) => runEntry(stage, io), line, {
    env,
    fetch: globalThis.fetch,
    onOutput: (out, interrupt) => {
      if (interrupted && out.includes("waiting")) interrupt();
    },
  });
}

const human = "--data csqa,creak --setting human";
const live = "--data csqa,creak --model m";

describe("a stage ends", () => {
  it("with 0 after all runs, its lines without keys", async () => {
    const { code, out, err } = await enter(live, { env: { OPENAI_API_KEY: key } });
    expect(out).toBe(
      "worked on mcqa_5/csqa, key [key removed]\nworked on yesno_close/creak, key [key removed]\n",
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });

  it("with 0 though a run fails: the others go on, and the failure is written without keys", async () => {
    const results = tempFolder();
    const { code, out, err } = await enter(`${live} --results ${results}`, {
      env: { OPENAI_API_KEY: key },
      work: failing((secret) => new ExpectedError(`no reply, your key ${secret} is bad`)),
    });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const told = "no reply, your key [key removed] is bad";
    expect(out).toBe(`failed: mcqa_5/csqa tree seed 1: ${told}\nworked on yesno_close/creak\n`);
    expect(readdirSync(results)).toEqual(["mcqa_5-csqa"]);
    const failed = readFileSync(join(results, "mcqa_5-csqa/failed.json"), "utf8");
    expect(JSON.parse(failed)).toMatchObject({ error: told, at: expect.stringMatching(/^\d{4}-/) });
    expect(failed).not.toContain(key);
  });

  it("with 1 where another process has a run, which is no failure; the others go on", async () => {
    const results = tempFolder();
    const { code, out, err } = await enter(`${live} --results ${results}`, {
      env: { OPENAI_API_KEY: key },
      work: failing((secret) => new LockedError(`another process works on it, ${secret}`)),
      closeWith: 0,
    });
    expect({ code, err }).toEqual({
      code: 1,
      err: "another process works on it, [key removed]\n",
    });
    expect(out).toBe("worked on yesno_close/creak\n");
    expect(readdirSync(results)).toEqual([]);
  });

  it("with 2 for a bad flag, in one line and with nothing started", async () => {
    const { code, out, err } = await enter("--data nope", {
      env: { OPENAI_API_KEY: key },
      closeWith: 0,
    });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^--data: expected one of [^\n]*, got "nope"\n$/);
  });

  it("with 2 for a flag that proves bad in a run, without its key", async () => {
    const { code, err } = await enter(live, {
      env: { OPENAI_API_KEY: key },
      work: failing((secret) => new FlagError(`--example: expected another, not ${secret}`)),
    });
    expect({ code, err }).toEqual({
      code: 2,
      err: "--example: expected another, not [key removed]\n",
    });
  });

  it("with 1 for a bug, which keeps its stack but no key, and stops the stage", async () => {
    const { code, out, err } = await enter(live, {
      env: { OPENAI_API_KEY: key },
      work: failing((secret) => new TypeError(`a bug with ${secret}`)),
    });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^TypeError: a bug with \[key removed\]\n +at .*entry\.test\.ts/);
    expect(err).not.toContain(key);
  });

  it("with 1 for a file that the user can mend before any run, without a stack", async () => {
    const replay = tempFolder({ "flags.json": "{", "example.jsonl": "", "journal.jsonl": "" });
    const { code, err } = await enter(`--data csqa --replay ${replay}`);
    expect(code).toBe(1);
    expect(err).toBe(`${replay}/flags.json: expected the flags of a creation, version 1\n`);
  });

  it("with lines and errors in which nothing moves the cursor", async () => {
    const { out } = await enter(human, { work: async (_, { log }) => log("a\u001b[2Jb\u202e") });
    expect(out).toBe("a\\u001b[2Jb\\u202e\n".repeat(2));
    const { err } = await enter(human, { work: failing(() => new TypeError("c\u009b2Jd")) });
    expect(err).toContain("TypeError: c\\u009b2Jd\n");
  });

  it("with the code of its own closing, which knows all runs", async () => {
    const results = tempFolder();
    const { code, out } = await enter(`${human} --results ${results}`, { closeWith: 1 });
    expect(code).toBe(1);
    expect(out).toMatch(new RegExp(`\nclosing 2 in ${results}\n$`));
  });

  it("with 130 at an interrupt, once what is open has saved and said so", async () => {
    const here = tempFolder();
    const work: Work = async (_, ctx) => {
      const over = ctx.onInterrupt(() => "never said");
      over();
      over();
      ctx.onInterrupt(() => {
        writeFileSync(join(here, "saved"), "all of it");
        return `3 of 9 kept, key ${ctx.env.OPENAI_API_KEY}`;
      });
      const second = ctx.onInterrupt(() => "never said either");
      second();
      over();
      ctx.log("waiting");
      await new Promise(() => {});
    };
    const env = { OPENAI_API_KEY: key };
    const { code, err } = await enter(live, { env, work, interrupted: true });
    expect(code).toBe(130);
    expect(err).toBe(
      "interrupted; 3 of 9 kept, key [key removed]; the same command goes on from here\n",
    );
    expect(readFileSync(join(here, "saved"), "utf8")).toBe("all of it");
  });

  it("with 1 at an interrupt if what is open cannot be saved", async () => {
    const work: Work = async (_, ctx) => {
      ctx.onInterrupt(() => {
        throw new ExpectedError("cannot write partial.json: the disk is full");
      });
      ctx.log("waiting");
      await new Promise(() => {});
    };
    const { code, err } = await enter(live, {
      env: { OPENAI_API_KEY: key },
      work,
      interrupted: true,
    });
    expect({ code, err }).toEqual({
      code: 1,
      err: "cannot write partial.json: the disk is full\n",
    });
  });

  it.each<[string, (end: { done: () => void; fail: (error: Error) => void }) => void]>([
    ["fails", ({ fail }) => fail(new TypeError("the connection is closed"))],
    ["ends", ({ done }) => done()],
  ])(
    "with 130 and a report that takes time, though its work %s by the interrupt",
    async (_, end) => {
      const work: Work = (_, ctx) =>
        new Promise((done, fail) => {
          ctx.onInterrupt(async () => {
            end({ done, fail });
            await setImmediate();
            return "saved";
          });
          ctx.log("waiting");
        });
      const { code, err } = await enter(live, {
        env: { OPENAI_API_KEY: key },
        work,
        interrupted: true,
      });
      expect({ code, err }).toEqual({
        code: 130,
        err: "interrupted; saved; the same command goes on from here\n",
      });
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
  ] as const)(
    "of %s, called by %j: printed %s, so that the pipeline prints it once",
    async (name, turbo, printed) => {
      const { code, out, err } = await enter("--data boolq --help", {
        name,
        env: { TURBO_HASH: turbo },
      });
      expect({ code, err }).toEqual({ code: 0, err: "" });
      if (printed)
        expect(out).toMatch(
          turbo
            ? /^Usage: npx turbo run experiment -- \[flags\]/
            : /^Usage: npm run experiment -- \[flags\]/,
        );
      else expect(out).toBe("");
    },
  );

  it("and logged about flags come from the first stage alone", async () => {
    const line = "--data boolq --setting human";
    const first = await enter(line, { name: "creator", env: { TURBO_HASH: "x" } });
    const second = await enter(line, { name: "trainer", env: { TURBO_HASH: "x" } });
    expect(first.out).toContain("boolq means yesno_open/boolq");
    expect(second.out).toBe("worked on yesno_open/boolq, key undefined\n");
  });
});

describe("an experiment", () => {
  it.each([
    ["none-such", "--experiment: expected one of those in experiments/, got none-such\n"],
    ["../package", "--experiment: expected a name, got ../package\n"],
  ])("%s is refused", async (name, expected) => {
    const { code, err } = await enter(`--experiment ${name}`);
    expect({ code, err }).toEqual({ code: 2, err: expected });
  });
});

it("a stage's fetch reaches a server", async () => {
  const address = await openServer((_, response) => void response.end("hello"));
  const { code, out } = await enter("--data csqa --setting human --timeout 20", {
    work: async (_, ctx) => ctx.log(`server said ${await (await ctx.fetch(address)).text()}`),
  });
  expect({ code, out }).toEqual({ code: 0, out: "server said hello\n" });
});

it("a server's refusal that echoes the key ends without it", async () => {
  const base = await openServer(({ headers }, response) => {
    response.statusCode = 401;
    response.end(`bad key ${headers.authorization}`);
  });
  const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: base.replace("//", "//me:hidden@") };
  const { code, err } = await enter("--data csqa", { env });
  expect(code).toBe(2);
  expect(err).not.toMatch(/sk-secret|hidden/);
  expect(err.trim().split("\n")).toHaveLength(1);
});
