import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readOwnTask } from "@seedling/core/internal";
import { type ProgramOptions, runProgram, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { newTask } from "../src/new-task.ts";

/** Runs the command in a folder. */
function make(cwd: string, args: string[], choices: Omit<ProgramOptions, "cwd">) {
  return runProgram(newTask, args, { cwd, ...choices });
}

const answers = "fixed\ngood, bad\n\n\nno\nA fine lamp.\ngood\nReviews.\n";

describe("npm run new-task", () => {
  it("makes a folder that is a task, from lines in a pipe, and ends with the next command", async () => {
    const cwd = tempFolder();
    const { code, out, err } = await make(cwd, ["my lamp"], { input: answers });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(readdirSync(join(cwd, "my lamp")).sort()).toEqual(["example.json", "task.json"]);
    expect(await readOwnTask(join(cwd, "my lamp"))).toMatchObject({
      name: "my lamp",
      labels: ["good", "bad"],
      own: { instruction: "Reviews.", examples: [{ question: "A fine lamp.", label: 0 }] },
    });
    expect(out.trimEnd().split("\n").at(-1)).toBe(
      "  npm run experiment -- --data './my lamp' --examples 200 --balance --preview",
    );
  });

  it("adds to a folder with splits, and touches none of them", async () => {
    const cwd = tempFolder();
    mkdirSync(join(cwd, "mine"));
    writeFileSync(join(cwd, "mine/test.jsonl"), "kept");
    const { code, out } = await make(cwd, ["./mine"], { input: answers });
    expect(code).toBe(0);
    expect(out).toContain("--data ./mine --examples 200 --balance");
    expect(readFileSync(join(cwd, "mine/test.jsonl"), "utf8")).toBe("kept");
    expect(existsSync(join(cwd, "mine/task.json"))).toBe(true);
  });

  it.each(["task.json", "example.json", "example.jsonl"])(
    "never writes over a %s: it asks nothing then",
    async (name) => {
      const cwd = tempFolder();
      mkdirSync(join(cwd, "mine"));
      writeFileSync(join(cwd, "mine", name), "kept");
      const { code, out, err } = await make(cwd, ["mine"], { input: answers });
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toBe(`expected a folder without a task, but ${cwd}/mine/${name} is there\n`);
      expect(readdirSync(join(cwd, "mine"))).toEqual([name]);
      expect(readFileSync(join(cwd, "mine", name), "utf8")).toBe("kept");
    },
  );

  it("leaves nothing where the answers end too soon", async () => {
    const cwd = tempFolder();
    const { code, err } = await make(cwd, ["mine"], { input: "fixed\ngood, bad\n" });
    expect({ code, err }).toEqual({
      code: 1,
      err: "expected an answer, but the input ended; nothing was written\n",
    });
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("leaves nothing at Ctrl+C", async () => {
    const cwd = tempFolder();
    const { code, err } = await make(cwd, ["mine"], {
      waits: true,
      onOutput: (out, interrupt) => {
        if (out.includes("(varying)?")) interrupt();
      },
    });
    expect(code).toBe(130);
    expect(err.trim()).toBe("interrupted; nothing was written");
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each([
    [[], "missing required argument 'folder'"],
    [["a", "b"], "too many arguments"],
    [["a,b"], "expected a folder without commas (--data takes a list), got a,b"],
  ])("%j is refused", async (args, expected) => {
    const { code, err } = await make(tempFolder(), args, { input: answers });
    expect(code).toBe(2);
    expect(err).toContain(expected);
  });
});
