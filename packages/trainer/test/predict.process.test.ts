import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tempFolder } from "../../core/test/temp-folder.ts";
import { saveClassifier } from "../src/classifier/classifier-files.ts";

const repository = join(import.meta.dirname, "../../..");

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the real command in a folder, as npm does. */
function predict(args: string[], cwd: string, input = ""): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ["--conditions=source", "--import", "tsx", "packages/trainer/src/predict.ts", ...args],
    { cwd: repository, env: { ...process.env, INIT_CWD: cwd } },
  );
  const ended: Ended = { code: null, out: "", err: "" };
  child.stdout.on("data", (part) => {
    ended.out += part;
  });
  child.stderr.on("data", (part) => {
    ended.err += part;
  });
  child.stdin.end(input);
  return new Promise((done) => child.on("close", (code) => done({ ...ended, code })));
}

/** A folder with a classifier that always says no: its bias does. */
async function withClassifier(files: Record<string, string> = {}): Promise<string> {
  const folder = tempFolder(files);
  const weight = new Float32Array(512 * 2);
  const bias = Float32Array.of(0, Math.log(3));
  const output = { inputs: 512, outputs: 2, weight, bias };
  const head = { kind: "classes", dense: null, output } as const;
  const classes = ["True", "False"];
  const encoder = { encoder: "use-lite", runtime: "onnx", dtype: null, maxLength: 32 } as const;
  const rest = { ...encoder, input: "full", features: "text", createdBy: "a test" } as const;
  await saveClassifier(join(folder, "training/classifier"), { ...rest, classes, head });
  return folder;
}

describe("npm run predict", () => {
  it("labels a text", async () => {
    const folder = await withClassifier();
    const said = await predict(["--classifier", "training", "--text", "Is it so?"], folder);
    expect(said).toEqual({
      code: 0,
      err: "",
      out: '{"question":"Is it so?","context":null,"options":["True","False"],"label":false,"probabilities":[0.25,0.75]}\n',
    });
  });

  it("labels a file, and names its bad lines without their control characters", async () => {
    const bad = '{"question":"\\u001b[2Jb","options":["\u009b2J","y"]}';
    const folder = await withClassifier({
      "in.jsonl": `{"question":"a"}\n${bad}\n{"question":"c"}`,
    });
    const args = ["--classifier", "training/classifier", "--file", "in.jsonl"];
    const { code, out, err } = await predict(args, folder);
    expect(code).toBe(1);
    expect(err).toMatch(/^in\.jsonl:2: expected the options \["True","False"\] in any order/);
    expect(err).toMatch(/\n2 labelled, 1 bad\n$/);
    for (const control of ["\u001b", "\u009b"]) expect(err).not.toContain(control);
    const lines = out.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).question)).toEqual(["a", "c"]);
  });

  it("labels standard input into a file", async () => {
    const folder = await withClassifier();
    const args = ["--classifier", "training", "--file", "-", "--out", "o/out.jsonl"];
    const said = await predict(args, folder, '{"question":"a"}');
    const path = join(folder, "o/out.jsonl");
    expect(said).toEqual({ code: 0, out: "", err: `1 labelled: ${path}\n` });
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ question: "a", label: false });
    expect(readdirSync(join(folder, "o"))).toEqual(["out.jsonl"]);
  });

  it.each<[string, string[], number, RegExp]>([
    [
      "a classifier",
      ["--classifier", "none", "--text", "a"],
      2,
      /^--classifier: expected a classifier's folder, with classifier\.json, or that of a finished training; no folder .*none$/,
    ],
    [
      "a classifier in a folder",
      ["--classifier", ".", "--text", "a"],
      2,
      /^--classifier: expected .* training; .* holds none$/,
    ],
    ["a file", ["--classifier", "training", "--file", "none"], 2, /^--file: no file .*none$/],
  ])("says in one line that %s is missing", async (_, args, code, message) => {
    const said = await predict(args, await withClassifier());
    expect(said).toMatchObject({ code, out: "" });
    expect(said.err.trimEnd()).toMatch(message);
    expect(said.err.trimEnd().split("\n").length).toBe(1);
  });
});
