import { join } from "node:path";
import { runProgram, tempFolder } from "@seedling/testing";
import { expect, it } from "vitest";
import { ExpectedError, LockedError } from "../src/messages/errors.ts";
import { runStages, type Stage } from "../src/stage/entry.ts";

/** Runs three stages in one process, of which the first does as it is told in the run of csqa. */
async function enter(line: string, fail: () => void = () => {}, closeWith = 0) {
  const create = (name: Stage["name"]): Stage => ({
    name,
    folder: (run) => join(run.flags.results, run.task.name.replace("/", "-")),
    open: (_, ctx) => async (run) => {
      if (name === "creator" && run.task.name.endsWith("csqa")) fail();
      ctx.log(`${name}: ${run.task.name}`);
    },
    forecast: async (runs, ctx) => ctx.log(`${name}: would do ${runs.length}`),
    async close(_, __, ctx) {
      ctx.log(`${name}: over`);
      return name === "trainer" ? closeWith : 0;
    },
  });
  const stages = (["creator", "trainer", "eval"] as const).map(create);
  const args = `--setting human --results ${tempFolder()} ${line}`;
  const { code, out, err } = await runProgram((io) => runStages(stages, io), args);
  return { code, lines: out.trim().split("\n"), err };
}

const both = ["mcqa_5/csqa", "yesno_close/creak"];

it("every stage does all runs before the next begins, and what is said of the plan is said once", async () => {
  const means = "boolq means yesno_open/boolq here (not yesno_close/boolq)";
  const done = await enter("--data csqa,boolq");
  const runs = ["mcqa_5/csqa", "yesno_open/boolq"];
  const stages = ["creator", "trainer", "eval"];
  const told = stages.flatMap((name) => [...runs, "over"].map((what) => `${name}: ${what}`));
  expect(done).toEqual({ code: 0, lines: [means, ...told], err: "" });
});

it("a run that fails is written down and leaves the others alone", async () => {
  const { code, lines } = await enter("--data csqa,creak", () => {
    throw new ExpectedError("no reply");
  });
  expect(code).toBe(0);
  expect(lines.slice(0, 3)).toEqual([
    "failed: mcqa_5/csqa human seed 1: no reply",
    "creator: yesno_close/creak",
    "creator: over",
  ]);
  expect(lines).toContain("eval: over");
});

it("a run that another process holds ends it after the stage, with 1", async () => {
  const { code, lines, err } = await enter("--data csqa,creak", () => {
    throw new LockedError("another process works on it");
  });
  expect({ code, err }).toEqual({ code: 1, err: "another process works on it\n" });
  expect(lines).toEqual(["creator: yesno_close/creak"]);
});

it("a stage's own code ends it there", async () => {
  const { code, lines } = await enter("--data csqa,creak", undefined, 7);
  expect(code).toBe(7);
  expect(lines.at(-1)).toBe("trainer: over");
});

it("a bug ends it there, with its stack", async () => {
  const { code, lines, err } = await enter("--data csqa,creak", () => {
    throw new TypeError("a bug");
  });
  expect({ code, lines }).toEqual({ code: 1, lines: [""] });
  expect(err).toMatch(/^TypeError: a bug\n +at /);
});

it("a dry run asks every stage for its forecast", async () => {
  const { code, lines } = await enter("--data csqa,creak --dry-run");
  expect(code).toBe(0);
  expect(lines).toEqual(
    ["creator", "trainer", "eval"].map((name) => `${name}: would do ${both.length}`),
  );
});
