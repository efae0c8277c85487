import { createReadStream, existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { openServer, part, runProgram, tempFolder } from "@seedling/testing";
import { chromium } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { exported, openExported, scoreExported } from "../../trainer/test/exported.ts";
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
    [["--to", "pdf"], "--to <form>' argument 'pdf' is invalid. expected onnx or page or dataset."],
    [["--to", "onnx"], "<folder>: expected a classifier's folder, with classifier.json"],
    [["--to", "onnx", "--encoder", " "], "argument ' ' is invalid. expected a text"],
  ])("refuses %j", async (args, sentence) => {
    const { code, err } = await runProgram(exportCommand, [tempFolder(), ...args]);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });
});

const browserPath = part("chromium");

describe.skipIf(browserPath === null)(
  "an exported classifier in a browser, without a network",
  () => {
    it("is loaded by pipeline as it is, and gives Node's probabilities in both number types", async () => {
      const classifier = await saveTuned(toyCheckpoint("tiny-bert-classification"), "classes");
      const folder = await exported(classifier);
      // The library and its runtime, as a site would serve them.
      const { resolve } = createRequire(import.meta.resolve("@seedling/trainer"));
      const library = dirname(resolve("@xenova/transformers"));
      const runtime = dirname(createRequire(join(library, "x.js")).resolve("onnxruntime-web"));
      const places = { library, runtime, classifier: folder };
      const types: Record<string, string> = {
        ".wasm": "application/wasm",
        ".json": "application/json",
      };
      const url = await openServer(({ url = "/" }, response) => {
        const [, place = "", ...names] = url.split("/");
        const path = place in places ? join(places[place as "library"], ...names) : "";
        if (url === "/") response.setHeader("content-type", "text/html").end("<!doctype html>");
        else if (!existsSync(path)) response.writeHead(404).end();
        else {
          response.setHeader("content-type", types[extname(path)] ?? "text/javascript");
          response.setHeader("content-length", statSync(path).size);
          createReadStream(path).pipe(response);
        }
      });
      const browser = await chromium.launch({
        executablePath: browserPath ?? "",
        args: ["--no-sandbox"],
      });
      onTestFinished(() => browser.close());
      const page = await browser.newPage();
      const elsewhere: string[] = [];
      await page.route(
        (asked) => asked.origin !== url,
        (route) => {
          elsewhere.push(route.request().url());
          return route.abort();
        },
      );
      await page.goto(url);
      const text = "the good sky";
      // As text: an import in a function would become the test runner's.
      const found = await page.evaluate<
        Record<string, { label: string; score: number }[]>
      >(`(async () => {
      const { env, pipeline } = await import("${url}/library/transformers.min.js");
      env.allowRemoteModels = false;
      env.allowLocalModels = true;
      env.localModelPath = "/";
      env.backends.onnx.wasm.wasmPaths = "${url}/runtime/";
      const answers = {};
      for (const dtype of ["fp32", "q8"]) {
        const classify = await pipeline("text-classification", "classifier", { dtype });
        answers[dtype] = await classify(${JSON.stringify(text)}, { top_k: null });
      }
      return answers;
    })()`);
      expect(elsewhere).toEqual([]);
      for (const dtype of ["fp32", "q8"] as const) {
        const form = { isPair: false, isChoice: false, isTuned: true };
        const asked = [{ question: text, context: null, options: [] }];
        const [[no = 0, yes = 0] = []] = await scoreExported(
          await openExported(folder, dtype),
          asked,
          form,
        );
        const first = 1 / (1 + Math.exp(yes - no));
        const score = found[dtype]?.find(({ label }) => label === "True")?.score;
        expect(score).toBeCloseTo(first, 4);
      }
    });
  },
);
