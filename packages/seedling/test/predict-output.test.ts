import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { InterruptError } from "@seedling/core/internal";
import { type ProgramOptions, runProgram } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { predict } from "../src/predict.ts";
import { withClassifier } from "./with-classifier.ts";

const labelled = '"label":false,"probabilities":[0.25,0.75]}\n';

/** Labels one text, or what a stream brings, into what `--out` names. */
function write(out: string, cwd: string, options: ProgramOptions = {}) {
  const input = options.input === undefined ? ["--text", "a"] : ["--file", "-"];
  return runProgram(predict, ["--classifier", "training", ...input, "--out", out], {
    cwd,
    ...options,
  });
}

/** The folder's files, the classifier's aside. */
function list(folder: string): string[] {
  return readdirSync(folder).filter((name) => name !== "training");
}

describe("--out of predict", () => {
  it("is a file that gets its name when all is written, and keeps its mode", async () => {
    const folder = await withClassifier({ out: "old" });
    chmodSync(join(folder, "out"), 0o666);
    expect(await write("out", folder)).toEqual({ code: 0, out: "", err: "" });
    expect(readFileSync(join(folder, "out"), "utf8")).toContain(labelled);
    expect(statSync(join(folder, "out")).mode & 0o777).toBe(0o666);
    expect(list(folder)).toEqual(["out"]);
  });

  it.each<[what: string, files: Record<string, string>, link: string]>([
    ["a file", { target: "old" }, "target"],
    ["a file in another folder", { "there/target": "old" }, "there/target"],
    ["nothing yet", {}, "target"],
  ])("is written through where it is a link to %s", async (_, files, to) => {
    const folder = await withClassifier(files);
    symlinkSync(to, join(folder, "link"));
    symlinkSync("link", join(folder, "out"));
    expect(await write("out", folder)).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(join(folder, to), "utf8")).toContain(labelled);
    expect(readlinkSync(join(folder, "out"))).toBe("link");
    expect(readlinkSync(join(folder, "link"))).toBe(to);
    expect(list(folder)).toEqual(["link", "out", to.split("/")[0]].sort());
  });

  it("is written as it is where it is a device, or a link to one", async () => {
    const folder = await withClassifier();
    symlinkSync("/dev/null", join(folder, "out"));
    for (const out of ["out", "/dev/null"]) {
      expect(await write(out, folder)).toEqual({ code: 0, out: "", err: "" });
      expect(statSync(out === "out" ? join(folder, out) : out).isCharacterDevice()).toBe(true);
    }
    expect(list(folder)).toEqual(["out"]);
  });

  it("is written line by line where it is a pipe", async () => {
    const folder = await withClassifier();
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    symlinkSync("pipe", join(folder, "out"));
    for (const out of ["pipe", "out"]) {
      const [said, read] = await Promise.all([write(out, folder), readFile(pipe, "utf8")]);
      expect(said).toMatchObject({ code: 0, out: "" });
      expect(read).toContain(labelled);
    }
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(list(folder)).toEqual(["out", "pipe"]);
  });

  it.each<[what: string, out: string, why: RegExp]>([
    ["a folder", "training", /it is a folder$/],
    ["a folder by its slash", "new/", /it is a folder$/],
    ["a link to a folder", "to-folder", /it is a folder$/],
    ["a link to itself", "loop", /ELOOP/],
    ["below a file", "file/out", /ENOTDIR/],
    ["a name that is too long", "x".repeat(300), /ENAMETOOLONG/],
    ["a place that takes no files", "/proc/nowhere/out", /E(NOENT|ACCES|PERM|ROFS)/],
  ])("is refused before a text is read where it is %s", async (_, out, why) => {
    const folder = await withClassifier({ file: "" });
    symlinkSync("training", join(folder, "to-folder"));
    symlinkSync("loop", join(folder, "loop"));
    const input = new PassThrough();
    input.write('{"question":"a"}\n');
    const { code, err } = await write(out, folder, { input });
    expect(code).toBe(2);
    expect(err.trimEnd()).toMatch(/^--out: cannot write [^\n]*$/);
    expect(err.trimEnd()).toMatch(why);
    expect(input.readableLength).toBeGreaterThan(0);
    expect(list(folder)).toEqual(["file", "loop", "to-folder"]);
  });

  it("stays as it was after an interrupt", async () => {
    const folder = await withClassifier({ "there/out": "old" });
    const input = new PassThrough();
    const stop = new AbortController();
    const said = write("there/out", folder, { input, stop });
    input.write('{"question":"a"}\n');
    await expect.poll(() => list(join(folder, "there")).length).toBe(2);
    stop.abort(new InterruptError("interrupted"));
    expect(await said).toEqual({ code: 130, out: "", err: "interrupted; nothing was written\n" });
    expect(list(join(folder, "there"))).toEqual(["out"]);
    expect(readFileSync(join(folder, "there/out"), "utf8")).toBe("old");
  });

  it("stays as it was where the classifier cannot be loaded", async () => {
    const folder = await withClassifier({ out: "old" });
    writeFileSync(join(folder, "training/classifier/classifier.json"), "{");
    expect((await write("out", folder)).code).toBe(1);
    expect(readFileSync(join(folder, "out"), "utf8")).toBe("old");
    expect(list(folder)).toEqual(["out"]);
  });
});
