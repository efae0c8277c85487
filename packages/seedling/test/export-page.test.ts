import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Example,
  hashRows,
  learnVocabulary,
  openBackend,
  readExamples,
  toExamplesJsonl,
} from "@seedling/core/internal";
import type { EvaluationManifest } from "@seedling/eval/internal";
import { part, runProgram, tempFolder } from "@seedling/testing";
import { trainClassifier } from "@seedling/trainer";
import {
  type LoadOptions,
  loadClassifier,
  type RunnableClassifier,
  type TrainingManifest,
} from "@seedling/trainer/internal";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createBagOfWords } from "../../core/src/embed/bag-of-words.ts";
import type { HeadFacts } from "../../trainer/src/classifier/facts.ts";
import { fixtures } from "../../trainer/test/golden-encoders.ts";
import { saveFrozen, saveTuned } from "../../trainer/test/saved-classifiers.ts";
import { toyCheckpoint, toyChoices, toyClaims } from "../../trainer/test/toy-student.ts";
import { describeResults, exportPage, pageFile } from "../src/export/page/export-page.ts";
import { findPageExamples } from "../src/export/page/page-examples.ts";
import { renderClassifierPage } from "../src/export/page/render-page.ts";
import { measureWideText, readWideText, toWideText } from "../src/export/page/wide-text.ts";
import { exportCommand } from "../src/export.ts";
import { askPage, openPage, type PageAnswer } from "./ask-page.ts";

const hostile = ["<img src=x onerror=alert(1)>", "</script>'\"&"];
const contexts = toyClaims(4, 3).map((one) => ({ ...one, context: "grass is a good stone" }));

/** A page of a classifier in a folder of its own. */
async function writePage(folder: string, options: LoadOptions = {}): Promise<string> {
  const to = tempFolder();
  await exportPage(folder, to, options);
  return join(to, pageFile);
}

async function predict(folder: string, examples: readonly Example[]) {
  const classifier = await loadClassifier(folder, { backend: await openBackend() });
  const predictions = await classifier.predictOptions(examples);
  await classifier.dispose();
  return predictions.map(({ probabilities }) => probabilities);
}

async function saveWords(more: Partial<HeadFacts> = {}): Promise<string> {
  const embed = createBagOfWords(learnVocabulary(toyClaims(40).map(({ question }) => question)));
  const { hash: encoderHash, dimensions } = embed;
  const named = { encoder: "bag-of-words", encoderHash, runtime: "onnx" } as const;
  const folder = await saveFrozen({
    ...named,
    kind: "classes",
    isMlp: true,
    size: dimensions,
    ...more,
  });
  await embed.saveBeside?.(folder);
  return folder;
}

function expectAnswers(
  answers: readonly PageAnswer[],
  wanted: readonly number[][],
  examples: readonly Example[],
): void {
  for (const [at, { options }] of examples.entries()) {
    const [given, own] = [new Map(answers[at]?.rows), wanted[at] ?? []];
    expect(answers[at]?.label).toBe(options[own.indexOf(Math.max(...own))]);
    for (const [option, name] of options.entries())
      expect(Math.abs((given.get(name) ?? Number.NaN) - (own[option] ?? 0))).toBeLessThan(0.002);
  }
}

it("bytes are the same after they were text, some more behind them", () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, at) => (at < 20 ? 255 : (at * 89) % 256));
  for (let length = 0; length <= bytes.length; length++) {
    const text = toWideText(bytes.subarray(0, length));
    expect(2 * text.length).toBe(measureWideText(length));
    expect(text).toMatch(/^[\u3400-\ub3ff]*$/);
    const read = readWideText(text);
    expect(read.subarray(0, length)).toEqual(bytes.subarray(0, length));
    expect(read.length - length).toBeLessThan(2);
  }
});

const browserPath = part("chromium");

describe.skipIf(browserPath === null)("a page, from disk and without a network", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox"] });
  });
  afterAll(() => browser.close());

  async function open(path: string, before?: Parameters<typeof openPage>[2]) {
    const opened = await openPage(browser, path, before);
    onTestFinished(opened.close);
    return opened;
  }

  const bge = { encoder: join(fixtures, "bge-small") };
  const useLite = { encoder: "use-lite", runtime: "onnx", size: 512 } as const;
  const saveTiny = () => saveTuned(toyCheckpoint("tiny-bert-classification"), "classes", "own");

  it.each<[string, () => Promise<string>, readonly Example[]]>([
    ["a fully tuned one", saveTiny, toyClaims(100)],
    [
      "a choice by pairs",
      () => saveFrozen({ ...bge, kind: "choice", features: "pair" }),
      toyChoices(6),
    ],
    [
      "a graph of the hub, of two texts",
      () => saveFrozen({ ...bge, kind: "classes", features: "pair", runtime: "onnx" }),
      contexts,
    ],
    [
      "USE-lite, of two texts",
      () => saveFrozen({ ...useLite, kind: "classes", features: "pair" }),
      contexts,
    ],
    ["words, with an MLP", saveWords, toyClaims(12)],
  ])("of %s gives the labels and probabilities of predict", async (_, save, examples) => {
    const folder = await save();
    const { page, wrong } = await open(await writePage(folder));
    expectAnswers(await askPage(page, examples), await predict(folder, examples), examples);
    expect(wrong).toEqual([]);
  });

  const [minilm, shared] = [part("minilm"), part("shared")];
  it.skipIf(minilm === null || shared === null)(
    "of MiniLM has at most 40 MB, and the labels of predict for 100 texts",
    async () => {
      const read = (split: string) =>
        readExamples(join(shared ?? "", `benchmarks/yesno_close/creak/${split}.jsonl`));
      const classifier = await trainClassifier((await read("train")).slice(0, 40), {
        encoder: minilm ?? "",
        runtime: "tfjs",
      });
      const examples = (await read("test")).slice(0, 100);
      const wanted = await classifier.predictOptions(examples);
      const folder = join(tempFolder(), "classifier");
      await classifier.save(folder);
      await classifier.dispose();
      const path = await writePage(folder);
      expect(statSync(path).size).toBeLessThan(40e6);
      const { page, wrong } = await open(path);
      const probabilities = wanted.map((one) => one.probabilities);
      expectAnswers(await askPage(page, examples), probabilities, examples);
      expect(wrong).toEqual([]);
    },
    180_000,
  );

  it("says what of a text it did not read, and why it could not", async () => {
    const path = await writePage(await saveTiny());
    const long = { question: "a sky", context: "the sky ".repeat(40), options: [] };
    const [answer] = await askPage((await open(path)).page, [long]);
    expect(answer?.notes).toMatch(
      /^Longer than the 32 tokens that are read: the end of the context, then that of the text, is left out\.\d+ tokens, \d+ ms$/,
    );
    const html = readFileSync(path, "utf16le");
    writeFileSync(path, html.replace(/"pair":\[.+?\]/, '"pair":null'), "utf16le");
    const [refused] = await askPage((await open(path)).page, [long]);
    expect(refused?.notes).toBe(
      "This text was not classified: its tokenizer does not read two texts.",
    );
  });

  it("shows labels as text, and no label below the threshold, saying why", async () => {
    const threshold = {
      ...{ value: 0.6, maxError: 0.05, n: 100, wrong: 1, bound: 0.047, coverage: 0.5 },
      on: "file" as const,
    };
    const folder = await saveWords({ classes: hostile, threshold });
    const { page, wrong } = await open(await writePage(folder));
    const claims = toyClaims(40).map((one) => ({ ...one, options: hostile }));
    const [answers, wanted] = [await askPage(page, claims), await predict(folder, claims)];
    const labels = wanted.map((own) => {
      const sure = Math.max(...own);
      return sure < 0.6 ? null : (hostile[own.indexOf(sure)] as string);
    });
    expect(answers.map(({ label }) => label)).toEqual(labels);
    expect(new Set(labels)).toEqual(new Set([null, ...hostile]));
    const unsure = answers[labels.indexOf(null)]?.notes;
    expect(unsure).toMatch(
      /^The most probable, .+, has 5\d\.\d\u00a0%\. The threshold is 60\.0\u00a0%: at most 4\.7 % of the labels above it are wrong, with 95 % confidence \(on the labelled texts that were given\)\./,
    );
    expect(wrong).toEqual([]);
  });

  it("shows all that it holds as text, and says that it was not copied whole", async () => {
    const [text = "", label = ""] = hostile;
    const example = { question: text, context: null, options: hostile, label };
    const path = join(tempFolder(), pageFile);
    const parts = renderClassifierPage({
      ...{ title: text, script: "words-page", warnings: [label], results: [text], holds: text },
      ...{ packed: [], training: [{ name: text, text: label }], exampleFile: text },
      facts: {
        ...{ classes: hostile, input: "full", features: "text", maxLength: null, files: {} },
        ...{ threshold: null, reading: null, head: null, examples: [example] },
      },
    });
    writeFileSync(path, [...parts].join(""), "utf16le");
    const { page, said } = await open(path);
    expect(said).toBe(
      "This page is damaged: vocabulary is missing. Copy it again, or export it anew.",
    );
    expect(await page.locator("h1").textContent()).toBe(text);
    expect(await page.locator("#examples").textContent()).toBe(`${text} ${label}`);
    expect(await page.locator("img").count()).toBe(0);
  });

  const keep = (html: string) => html;

  it.each<[string, (html: string) => string, string, string]>([
    [
      "an old browser",
      keep,
      "delete globalThis.DecompressionStream",
      "This browser has no DecompressionStream: Chrome and Edge from 103 on, Firefox from 113 and Safari from 16.4 have what this page needs.",
    ],
    [
      "a damaged file",
      (html) => html.replace(/(id="file-head" data-bytes="\d+">.{60}).{8}/, "$1AAAAAAAA"),
      "",
      "This page is damaged: head cannot be unpacked. Copy it again, or export it anew.",
    ],
    [
      "a browser that does not run it",
      keep,
      "globalThis.Float32Array = class { constructor() { throw new RangeError('Out of memory.'); } }",
      "The classifier did not start: Out of memory. If this browser allows it not from disk, serve the page’s folder: python3 -m http.server --bind 127.0.0.1 8000, then open http://127.0.0.1:8000/page.html.",
    ],
  ])("says what is wrong: %s", async (_, change, before, sentence) => {
    const path = await writePage(await saveWords());
    writeFileSync(path, change(readFileSync(path, "utf16le")), "utf16le");
    const { said } = await open(path, (page) => page.addInitScript(before));
    expect(said).toBe(sentence);
  });
});

describe("export --to page", () => {
  it("writes one file, the same each time, and says what stands in it", async () => {
    const folder = await saveWords();
    const [first, again] = [join(tempFolder(), "first"), join(tempFolder(), "again")];
    const run = (out: string) => runProgram(exportCommand, [folder, "--to", "page", "--out", out]);
    const { code, out } = await run(first);
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      first,
      expect.stringMatching(/^ {2}page\.html {2}[\d.]+ kB$/),
      "A browser opens it from disk; it has no examples: they come from a test set or a creation beside the training",
      "",
    ]);
    await run(again);
    const read = (to: string) => readFileSync(join(to, pageFile), "utf16le");
    expect(read(again)).toBe(read(first));
  });

  it("says what was measured, and how it was trained", async () => {
    const results = join(import.meta.dirname, "../../eval/test/fixtures/results-f62f4f1/results");
    const page = await writePage(join(results, "trainings/reviews/human/bb4b8de37aae/classifier"));
    const html = readFileSync(page, "utf16le").replaceAll("\u00a0", " ");
    const [header = ""] = /<header>.*?<\/header>/s.exec(html) ?? [];
    expect(header.split("\n").slice(1)).toEqual([
      "<h1>reviews</h1>",
      '<p class="warning">COLLAPSED: it gives one answer for every item of the dev split; it learned which one is most frequent.</p>',
      "<p>Gives a text one of 3 labels: positive, negative, neutral. It runs in this page, without a network: what is typed stays here.</p>",
      "<p>33.3 % of 6 test items of reviews right (95 % interval 9.7 % to 70.0 %); a constant answer has 33.3 %.</p><p>This page has its weights in 12 bits in place of 32: about one answer in a thousand is another, where two labels are about as probable.</p>",
      "</header>",
    ]);
    expect(html).toContain("<dt>Examples</dt><dd>19</dd>");
    expect(html).toContain(
      "<dt>On other data</dt><dd>33.3 % of 3 test items of reviews-elsewhere right (95 % interval 6.1 % to 79.2 %); a constant answer has 33.3 %</dd>",
    );
  });

  it.each([
    [
      { options: "varying", labels: null, optionCount: 3, optionCounts: { 2: 5, 4: 5 } },
      "60.0 % of 10 test items of mine right (95 % interval 31.3 % to 83.2 %); a guess has 37.5 %.",
    ],
    [
      { options: "fixed", labels: { yes: 5, no: 5 }, judged: { constantP: 0.3 } },
      "60.0 % of 10 test items of mine right (95 % interval 31.3 % to 83.2 %); a constant answer has 50.0 %; it is not shown to be better (one-sided, 95 %).",
    ],
  ])("says what needs no classifier: %j", (changes, wanted) => {
    const test = { kind: "in-domain", task: "mine", n: 10, correct: 6, data: {}, ...changes };
    const evaluation = { train: { labels: null }, test } as unknown as EvaluationManifest;
    const [said] = describeResults([evaluation], { engine: "use-lite" } as RunnableClassifier);
    expect(said?.replaceAll("\u00a0", " ")).toBe(wanted);
  });

  it("takes no other encoder for one that comes with the program", async () => {
    await expect(writePage(await saveWords(), { encoder: "some/model" })).rejects.toThrow(
      "expected no --encoder (from code: encoder): its encoder, bag-of-words, comes with the program",
    );
  });

  it("is not pushed", async () => {
    const { code, err } = await runProgram(exportCommand, [
      ...[tempFolder(), "--to", "page", "--push", "me/mine"],
    ]);
    expect([code, err]).toEqual([2, "--push: expected --to onnx or dataset, got --to page\n"]);
  });
});

describe("the examples of a page", () => {
  const classes = ["True", "False"];
  const claims = toyClaims(30).map((one) => ({ ...one, label: one.label && 1 }));
  const trueFirst = [claims.find(({ label }) => label === 0), claims.find(({ label }) => label)];

  it("are ten of the test set, the first of each label ahead; else of what was created", async () => {
    const results = tempFolder({
      "test.csv": `text,gold\n${claims.map((one) => `${one.question},${classes[one.label]}\n`).join("")}`,
      "creations/claims/tree/1/created.jsonl": toExamplesJsonl(claims),
    });
    const [test, created] = [
      join(results, "test.csv"),
      join(results, "creations/claims/tree/1/created.jsonl"),
    ];
    const find = (testHash: string, createdHash: string) =>
      findPageExamples(
        join(results, "trainings/claims/tree/1/classifier"),
        classes,
        {
          inputs: { train: "", "creations/claims/tree/1/created.jsonl": createdHash },
        } as unknown as TrainingManifest,
        [
          {
            test: {
              kind: "in-domain",
              file: test,
              columns: { question: "text", label: "gold" },
            },
            inputs: { test: testHash },
          } as unknown as EvaluationManifest,
        ],
      );
    const found = await find(hashRows(test), hashRows(created));
    expect(found?.file).toBe("test.csv");
    expect(found?.examples).toHaveLength(10);
    expect(found?.examples.slice(0, 2)).toEqual(
      trueFirst.map((one) => expect.objectContaining({ question: one?.question })),
    );
    expect(found?.examples[0]).toEqual({
      ...{ question: trueFirst[0]?.question, context: null, options: classes, label: "True" },
    });
    expect((await find("changed since", hashRows(created)))?.file).toBe("created.jsonl");
    expect(await find("changed since", "this, too")).toBeNull();
  });
});
