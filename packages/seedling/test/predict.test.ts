import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { runProgram, tempFolder } from "@seedling/testing";
import { trainClassifier } from "@seedling/trainer";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { toyCheckpoint, toyChoices, toyClaims } from "../../trainer/test/toy-student.ts";
import { predict } from "../src/predict.ts";
import { withClassifier } from "./with-classifier.ts";

/** Runs the command in a folder. */
function run(args: string[], cwd: string, input = "", env = {}) {
  return runProgram(predict, args, { cwd, input, env });
}

describe("predict", () => {
  it("labels a text", async () => {
    const folder = await withClassifier();
    for (const named of [["--classifier", "training"], ["training"]])
      expect(await run([...named, "--text", "Is it so?"], folder)).toEqual({
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
    expect(err).toMatch(/^in\.jsonl:2: expected the options \["True", "False"\] in any order/);
    expect(err).toMatch(/\n2 labelled, 1 bad\n$/);
    for (const control of ["\u001b", "\u009b"]) expect(err).not.toContain(control);
    const lines = out.trimEnd().split("\n");
    const rows = lines.map((line) => JSON.parse(line));
    expect(rows).toEqual([
      expect.objectContaining({ question: "a", label: false }),
      { ...JSON.parse(bad), error: expect.stringMatching(/^in\.jsonl:2: expected the options/) },
      expect.objectContaining({ question: "c", label: false }),
    ]);
  });

  it.each([
    ["in.csv", 'id,Text\n7,"a, ""b"""\n8,c\n', ""],
    ["in.tsv", 'id\ttitle\n7\ta, "b"\n8\tc\n', "--columns text=title"],
    ["in.json", '[{"text": "a, \\"b\\"", "id": "7"},\n{"text": "c", "id": "8"}]', ""],
    ["in.TXT", 'a, "b"\r\nc\n', ""],
  ])("labels the rows of %s", async (name, text, flags) => {
    const folder = await withClassifier({ [name]: `\uFEFF${text}` });
    const args = ["--classifier", "training", "--file", name, ...flags.split(" ").filter(Boolean)];
    const { code, out, err } = await run(args, folder);
    expect([code, err]).toEqual([0, "2 labelled\n"]);
    const rows = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ question, label }) => [question, label])).toEqual([
      ['a, "b"', false],
      ["c", false],
    ]);
    if (/sv$/.test(name)) expect(rows.map(({ id }) => id)).toEqual(["7", "8"]);
  });

  it("labels the other texts of a .txt where one is no UTF-8", async () => {
    const folder = await withClassifier();
    writeFileSync(join(folder, "in.txt"), Buffer.from("a\ncaf\xe9\nc\n", "latin1"));
    const args = ["--classifier", "training", "--file", "in.txt"];
    const { code, out, err } = await run(args, folder);
    expect(code).toBe(1);
    expect(err).toMatch(/^in\.txt:2: expected UTF-8, .*\n2 labelled, 1 bad\n$/);
    const labels = out.trimEnd().split("\n");
    expect(labels.map((line) => JSON.parse(line).label)).toEqual([false, undefined, false]);
  });

  it("names the line of a table that does not fit", async () => {
    const folder = await withClassifier({ "in.csv": "text\na\nb,c\n" });
    const { code, err } = await run(["--classifier", "training", "--file", "in.csv"], folder);
    expect(code).toBe(1);
    expect(err).toContain("in.csv:3: expected 1 cell, as the first line has, got 2");
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

  it("answers each line of standard input as it comes", async () => {
    const input = new PassThrough();
    const args = ["--classifier", "training", "--file", "-"];
    const questions = ["a", "b", "c"];
    const ask = (question: string | undefined) =>
      question === undefined ? input.end() : input.write(`${JSON.stringify({ question })}\n`);
    ask(questions[0]);
    const onOutput = (out: string) => ask(questions[out.split("\n").length - 1]);
    const cwd = await withClassifier();
    const { code, out, err } = await runProgram(predict, args, { cwd, input, onOutput });
    expect({ code, err }).toEqual({ code: 0, err: "3 labelled\n" });
    expect(out.match(/(?<="question":")./g)).toEqual(questions);
  });

  it("says how far it is every ten seconds in which something was labelled", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const input = new PassThrough();
    const waits = [4000, 6000, 0, 25_000];
    input.write('{"question":"a"}\n');
    const onOutput = () => {
      const next = waits.shift();
      if (next === undefined) return input.end();
      vi.advanceTimersByTime(next);
      input.write(waits.length === 0 ? "broken\n" : '{"question":"b"}\n');
    };
    const args = ["--classifier", "training", "--file", "-"];
    const { code, err } = await runProgram(predict, args, {
      cwd: await withClassifier(),
      input,
      onOutput,
    });
    expect(code).toBe(1);
    expect(err.replace(/stdin:5: .*/, "stdin:5")).toBe(
      "  2 labelled\n  4 labelled\nstdin:5\n4 labelled, 1 bad\n",
    );
  });

  it("says once that lines have the answer's key, and writes others", async () => {
    const folder = await withClassifier({
      "in.jsonl": '{"question":"a","label":true}\n'.repeat(2),
    });
    const args = ["--classifier", "training", "--file", "in.jsonl"];
    const { code, out, err } = await run(args, folder);
    const line =
      '{"question":"a","label":true,"options":["True","False"],"predicted":false,"predicted_probabilities":[0.25,0.75]}\n';
    expect({ code, out }).toEqual({ code: 0, out: line.repeat(2) });
    expect(err).toBe(
      'in.jsonl:1: has "label", which stays; answers are written as "predicted" and "predicted_probabilities"\n2 labelled\n',
    );
    const named = await run([...args, "--answer-key", "is it"], folder);
    expect(named.out.split("\n")[0]).toContain(
      '"label":true,"options":["True","False"],"is it":false,',
    );
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

  it("says how many texts were cut, never at options that fit, and names those that do not", async () => {
    const encoder = toyCheckpoint("tiny-bert-choice");
    const options = { epochs: 2, batchSize: [8], learningRates: [1e-3], maxLength: 24 };
    const lines: string[] = [];
    const log = (line: string) => void lines.push(line);
    const train = toyChoices(24).map((one, at) =>
      at > 1 ? one : { ...one, context: "sky ".repeat(40) },
    );
    const classifier = await trainClassifier(train, {
      ...options,
      dev: toyChoices(12, 2),
      encoder,
      tune: "full",
      log,
    });
    expect(lines).toContain(
      "  2 of 24 train examples cut to what the encoder reads, at the end of the context, then of the question",
    );
    const folder = tempFolder();
    await classifier.save(join(folder, "choices"));
    await classifier.dispose();
    const ask = (question: string, given: string[], context: string | null = null) =>
      JSON.stringify({ question, context, options: given });
    const long = "is the sky of water ".repeat(20);
    writeFileSync(
      join(folder, "in.jsonl"),
      [
        ask("is the sky", ["good sun", "bad day"]),
        ask(long, ["good sun", "bad day", "good sun"]),
        ask("is the sky", ["good sun", "bad day"], long),
        ask(long, ["good sun", `${"good sun ".repeat(20)}day`]),
      ].join("\n"),
    );
    const { code, out, err } = await run(["--classifier", "choices", "--file", "in.jsonl"], folder);
    expect(code).toBe(0);
    expect(err).toBe(
      `in.jsonl:4: option 2 "${"good sun ".repeat(5).slice(0, 40)}..." of "${long.slice(0, 40)}..." is longer than half of what the encoder reads: its end was cut\n4 labelled, 3 of them cut to what the encoder reads\n`,
    );
    const [whole, cut, context] = out
      .split("\n")
      .slice(0, 3)
      .map((line): number[] => JSON.parse(line).probabilities);
    for (const [good = 0, bad = 0] of [whole ?? [], cut ?? [], context ?? []])
      expect(good).not.toBe(bad);
    // The same option is read alike.
    expect(cut?.[2]).toBeCloseTo(cut?.[0] ?? 0, 6);
    const text = ["--text", long, "--options", "good,bad"];
    const said = await run(["--classifier", "choices", ...text], folder);
    expect(said.err).toBe("1 labelled, 1 of them cut to what the encoder reads\n");
  });

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
    [
      "a file, not a folder,",
      ["--classifier", "training", "--file", "training"],
      2,
      /^--file: expected a file, got the folder .*training$/,
    ],
  ])("says in one line that %s is missing", async (_, args, code, message) => {
    const said = await run(args, await withClassifier());
    expect(said).toMatchObject({ code, out: "" });
    expect(said.err.trimEnd()).toMatch(message);
    expect(said.err.trimEnd().split("\n").length).toBe(1);
  });

  it.each<[string[], string]>([
    [["--text", "a"], "<classifier>: expected one folder, got none"],
    [["--classifier", "d"], 'expected what to label: --text "...", or --file FILE'],
    [["--classifier", "d", "--text", " "], "expected a text."],
    [["--classifier", "d", "--text", "a", "--options", "yes"], "at least two texts"],
    [["--classifier", "d", "--text", "a", "--options", "yes,,no"], "expected a value"],
    [["--classifier", "d", "--text", "a", "--file", "f"], "cannot be used with option"],
    [["--classifier", "d", "--file", "f", "--option", "a,b"], "(Did you mean --options?)"],
    [["--classifier", "d", "--file", "f", "more"], "expected one folder, got more and d"],
    [["d", "--text", "a", "more"], "too many arguments"],
    [["--classifier", "d", "--file", "f", "--answer-key", "options"], "expected a key other than"],
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
