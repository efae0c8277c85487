import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readOwnTask, repository } from "@seedling/core/internal";
import { describe, expect, it, onTestFinished } from "vitest";
import { toTemporary } from "./temporary.ts";

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Runs what `npm run new-task` runs. @param input its lines; null: none come and none end it */
function make(cwd: string, args: string[], input: string | null, until?: [string, NodeJS.Signals]) {
  const script = join(repository, "packages/creator/src/new-task.ts");
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(
    process.execPath,
    ["--conditions=source", "--import", "tsx", script, ...args],
    {
      cwd: repository,
      env: { PATH, HOME, INIT_CWD: cwd },
    },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended: Ended = { code: null, out: "", err: "" };
  child.stdout.on("data", (text) => {
    ended.out += text;
    if (until && ended.out.includes(until[0])) child.kill(until[1]);
  });
  child.stderr.on("data", (text) => {
    ended.err += text;
  });
  if (input !== null) child.stdin.end(input);
  return new Promise<Ended>((done) => child.on("close", (code) => done({ ...ended, code })));
}

const answers = "fixed\ngood, bad\nno\nA fine lamp.\ngood\nReviews.\n";

describe("npm run new-task", () => {
  it("makes a folder that is a task, from lines in a pipe, and ends with the next command", async () => {
    const cwd = toTemporary();
    const { code, out, err } = await make(cwd, ["my lamp"], answers);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(readdirSync(join(cwd, "my lamp")).sort()).toEqual(["example.json", "task.json"]);
    expect(await readOwnTask(join(cwd, "my lamp"))).toMatchObject({
      name: "my lamp",
      labels: ["good", "bad"],
      own: { instruction: "Reviews.", example: { question: "A fine lamp.", label: 0 } },
    });
    expect(out.trimEnd().split("\n").at(-1)).toBe(
      "  npx turbo run experiment -- --data './my lamp' --setting tree",
    );
  });

  it("adds to a folder with splits, and touches none of them", async () => {
    const cwd = toTemporary();
    mkdirSync(join(cwd, "mine"));
    writeFileSync(join(cwd, "mine/test.jsonl"), "kept");
    const { code, out } = await make(cwd, ["./mine"], answers);
    expect(code).toBe(0);
    expect(out).toContain("--data ./mine --setting tree");
    expect(readFileSync(join(cwd, "mine/test.jsonl"), "utf8")).toBe("kept");
    expect(existsSync(join(cwd, "mine/task.json"))).toBe(true);
  });

  it.each(["task.json", "example.json", "example.jsonl"])(
    "never writes over a %s: it asks nothing then",
    async (name) => {
      const cwd = toTemporary();
      mkdirSync(join(cwd, "mine"));
      writeFileSync(join(cwd, "mine", name), "kept");
      const { code, out, err } = await make(cwd, ["mine"], answers);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toBe(`expected a folder without a task, but ${cwd}/mine/${name} is there\n`);
      expect(readdirSync(join(cwd, "mine"))).toEqual([name]);
      expect(readFileSync(join(cwd, "mine", name), "utf8")).toBe("kept");
    },
  );

  it("leaves nothing where the answers end too soon", async () => {
    const cwd = toTemporary();
    const { code, err } = await make(cwd, ["mine"], "fixed\ngood, bad\n");
    expect({ code, err }).toEqual({
      code: 1,
      err: "expected an answer, but the input ended; nothing was written\n",
    });
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("leaves nothing at Ctrl+C", async () => {
    const cwd = toTemporary();
    const { code, err } = await make(cwd, ["mine"], null, ["(varying)?", "SIGINT"]);
    expect(code).toBe(130);
    expect(err.trim()).toBe("interrupted; nothing was written");
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each([
    [[], "expected one folder: npm run new-task -- ./my-task"],
    [["a", "b"], "expected one folder"],
    [["--help"], "expected one folder"],
    [["a,b"], "expected a folder without commas (--data takes a list), got a,b"],
  ])("%j is refused", async (args, expected) => {
    const { code, err } = await make(toTemporary(), args, answers);
    expect(code).toBe(2);
    expect(err).toContain(expected);
  });
});
