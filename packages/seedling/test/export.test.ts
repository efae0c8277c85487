import { runProgram, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { saveTuned } from "../../trainer/test/saved-classifiers.ts";
import { toyCheckpoint } from "../../trainer/test/toy-student.ts";
import { exportCommand } from "../src/export.ts";

describe("export", () => {
  it("writes a folder beside the classifier's and says what is in it; what holds files stays", async () => {
    const folder = await saveTuned(toyCheckpoint("tiny-bert-classification"), "classes");
    const args = [folder, "--to", "onnx"];
    const { code, out, err } = await runProgram(exportCommand, args);
    expect([code, err]).toEqual([0, ""]);
    expect(out.split("\n").slice(0, 4)).toEqual([
      `${folder}-onnx`,
      expect.stringMatching(/^ {2}onnx\/model\.onnx {2}[\d.]+ kB$/),
      expect.stringMatching(/^ {2}onnx\/model_quantized\.onnx {2}[\d.]+ kB$/),
      "  config.json",
    ]);
    const again = await runProgram(exportCommand, args);
    expect([again.code, again.err]).toEqual([
      2,
      `--out: expected a folder that is new or empty, got ${folder}-onnx, which holds config.json, onnx, tokenizer.json: name another, or remove it\n`,
    ]);
  });

  it.each([
    [["--to", "pdf"], "--to <form>' argument 'pdf' is invalid. expected onnx or dataset."],
    [["--to", "onnx"], "<folder>: expected a classifier's folder, with classifier.json"],
  ])("refuses %j", async (args, sentence) => {
    const { code, err } = await runProgram(exportCommand, [tempFolder(), ...args]);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });
});
