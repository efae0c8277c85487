import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram, tempFolder } from "@seedling/testing";
import { trainClassifier } from "@seedling/trainer";
import { describe, expect, it } from "vitest";
import { saveHead } from "../../trainer/src/classifier/head-classifier.ts";
import { toyCheckpoint, toyClaims } from "../../trainer/test/toy-student.ts";
import { predict } from "../src/predict.ts";

/** Runs the command in a folder. */
function run(args: string[], cwd: string, input = "", env = {}) {
  return runProgram(predict, args, { cwd, input, env });
}

/** A folder with a classifier that always says no: its bias does. */
async function withClassifier(
  files: Record<string, string> = {},
  frozen: { encoder: string; runtime: "onnx" | "tfjs" } = { encoder: "use-lite", runtime: "onnx" },
): Promise<string> {
  const folder = tempFolder(files);
  const weight = new Float32Array(512 * 2);
  const bias = Float32Array.of(0, Math.log(3));
  const output = { inputs: 512, outputs: 2, weight, bias };
  const head = { kind: "classes", dense: null, output } as const;
  const classes = ["True", "False"];
  const encoder = { ...frozen, dtype: null, maxLength: 32 } as const;
  const facts = {
    format: "seedling-classifier-2",
    tune: "head",
    kind: "classes",
    ...encoder,
    input: "full",
    features: "text",
    head: { type: "linear", dimensions: 512, hidden: null, outputs: 2 },
    createdBy: "a test",
  } as const;
  await saveHead(join(folder, "training/classifier"), { ...facts, classes }, head);
  return folder;
}

describe("predict", () => {
  it("labels a text", async () => {
    const folder = await withClassifier();
    const said = await run(["--classifier", "training", "--text", "Is it so?"], folder);
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
    const { code, out, err } = await run(args, folder);
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
    const said = await run(args, folder, '{"question":"a"}');
    const path = join(folder, "o/out.jsonl");
    expect(said).toEqual({ code: 0, out: "", err: `1 labelled: ${path}\n` });
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ question: "a", label: false });
    expect(readdirSync(join(folder, "o"))).toEqual(["out.jsonl"]);
  });

  it("says that a folder is in the way of the labelled lines", async () => {
    const folder = await withClassifier({ "out/x": "" });
    const args = ["--classifier", "training", "--text", "a", "--out", "out"];
    const { code, err } = await run(args, folder);
    expect(err).toMatch(/^cannot write .*out: EISDIR/);
    expect(err).not.toMatch(/\n +at /);
    expect(code).toBe(1);
    expect(readdirSync(folder).sort()).toEqual(["out", "training"]);
  });

  it.each(["tfjs", "onnx"] as const)(
    "fetches an encoder for %s from the hub that HF_ENDPOINT names",
    async (runtime) => {
      const folder = await withClassifier({}, { encoder: "someone/toy-encoder", runtime });
      const args = ["--classifier", "training", "--text", "a"];
      const { code, err } = await run(args, folder, "", { HF_ENDPOINT: "ftp://mirror" });
      expect(err).toMatch(/^HF_ENDPOINT: expected a URL such as .*, got "ftp:\/\/mirror"$/m);
      expect(code).toBe(1);
    },
  );

  it("compares the encoder, and takes another place and, if need be, another encoder", async () => {
    const encoder = toyCheckpoint("tiny-bert");
    const classifier = await trainClassifier(toyClaims(24), { encoder, runtime: "tfjs" });
    const folder = tempFolder();
    await classifier.save(join(folder, "claims"));
    await classifier.dispose();
    const args = ["--classifier", "claims", "--text", "the good sky"];
    const { code, out } = await run(args, folder);
    expect(code).toBe(0);
    renameSync(encoder, join(folder, "model"));
    const moved = await run(args, folder);
    expect(moved).toMatchObject({ code: 1, out: "" });
    expect(moved.err).toContain(`its encoder is no longer at ${encoder}: give --encoder PATH`);
    for (const path of ["model", "./model", join(folder, "model")])
      expect(await run([...args, "--encoder", path], folder)).toEqual({ code: 0, out, err: "" });
    const config = join(folder, "model/config.json");
    writeFileSync(config, `${readFileSync(config, "utf8")} `);
    const changed = [...args, "--encoder", "model"];
    const refused = await run(changed, folder);
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toMatch(/expected the encoder that it was trained on, with the hash /);
    expect(await run([...changed, "--any-encoder"], folder)).toEqual({ code: 0, out, err: "" });
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
    const said = await run(args, await withClassifier());
    expect(said).toMatchObject({ code, out: "" });
    expect(said.err.trimEnd()).toMatch(message);
    expect(said.err.trimEnd().split("\n").length).toBe(1);
  });

  it.each<[string[], string]>([
    [["--text", "a"], "required option '--classifier <dir>' not specified"],
    [["--classifier", "d"], 'expected what to label: --text "...", or --file FILE'],
    [["--classifier", "d", "--text", " "], "expected a text."],
    [["--classifier", "d", "--text", "a", "--options", "yes"], "at least two texts"],
    [["--classifier", "d", "--text", "a", "--options", "yes,,no"], "expected a value"],
    [["--classifier", "d", "--text", "a", "--file", "f"], "cannot be used with option"],
    [["--classifier", "d", "--file", "f", "--option", "a,b"], "(Did you mean --options?)"],
    [["--classifier", "d", "--file", "f", "more"], "too many arguments"],
  ])("refuses %j", async (args, message) => {
    const { code, out, err } = await run(args, tempFolder());
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
  });

  it("labels a text with a context and options of its own", async () => {
    const folder = await withClassifier();
    const text = ["--text", "Is it so?", "--context", "It is.", "--options", "False, True"];
    const { out } = await run(["--classifier", "training", ...text], folder);
    expect(JSON.parse(out)).toEqual({
      question: "Is it so?",
      context: "It is.",
      options: ["False", "True"],
      label: false,
      probabilities: [0.75, 0.25],
    });
  });

  it("has a help text", async () => {
    const { code, out } = await run(["--help"], tempFolder());
    expect(code).toBe(0);
    expect(out).toContain("--classifier <dir>");
  });
});
