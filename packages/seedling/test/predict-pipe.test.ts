import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findEntry, runProgram, startScript } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { predict } from "../src/predict.ts";
import { withClassifier } from "./with-classifier.ts";

async function withPipe() {
  const folder = await withClassifier();
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  return { folder, pipe };
}
const args = ["--classifier", "training", "--file", "pipe"];

describe("--file of predict that is a pipe", () => {
  it("is read from its writer's first line to its last, whenever the writer comes", async () => {
    const { folder, pipe } = await withPipe();
    const said = runProgram(predict, args, { cwd: folder });
    const lines = Array.from({ length: 100 }, (_, i) => `{"question":"${i}"}\n`);
    await writeFile(pipe, lines.join(""));
    const { code, out, err } = await said;
    expect({ code, err }).toEqual({ code: 0, err: "100 labelled\n" });
    expect(out.match(/(?<="question":")\d+/g)).toEqual(lines.map((_, i) => String(i)));
  });

  it("lets the process end while nobody writes", async () => {
    const { folder } = await withPipe();
    const out = ["--out", "out.jsonl"];
    const { child, ended } = startScript(findEntry("seedling"), ["predict", ...args, ...out], {
      cwd: folder,
    });
    await expect.poll(() => list(folder), { timeout: 20_000 }).toContain(".part");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, err: expect.stringMatching(/^interrupted; /m) });
    expect(list(folder)).not.toContain(".part");
  });
});

function list(folder: string): string {
  return readdirSync(folder).join(" ");
}
