import { join } from "node:path";
import { type Example, learnVocabulary, openBackend } from "@seedling/core/internal";
import { part, tempFolder } from "@seedling/testing";
import { type LoadOptions, loadClassifier } from "@seedling/trainer/internal";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createBagOfWords } from "../../core/src/embed/bag-of-words.ts";
import type { HeadFacts } from "../../trainer/src/classifier/facts.ts";
import { exported, openExported, type ReadAs, scoreExported } from "../../trainer/test/exported.ts";
import { fixtures } from "../../trainer/test/golden-encoders.ts";
import { saveFrozen, saveTuned } from "../../trainer/test/saved-classifiers.ts";
import { toyCheckpoint, toyChoices, toyClaims } from "../../trainer/test/toy-student.ts";
import { exportPage, pageFile } from "../src/export/page/export-page.ts";
import { askPage, openPage } from "./ask-page.ts";

const hostile = ["<img src=x onerror=alert(1)>", "</script>'\"&"];
const contexts = toyClaims(4, 3).map((one) => ({ ...one, context: "grass is a good stone" }));

/** A page of a classifier in a folder of its own. */
async function writePage(folder: string, options: LoadOptions = {}): Promise<string> {
  const to = tempFolder();
  await exportPage(folder, to, options);
  return join(to, pageFile);
}

/** The probabilities that the graph in 8 bits gives in Node, each row alone: together they share a scale. */
async function scoreGraph(folder: string, examples: readonly Example[], form: ReadAs) {
  const opened = await openExported(await exported(folder), "q8");
  const score = async (example: Example) => (await scoreExported(opened, [example], form))[0] ?? [];
  const all: number[][] = [];
  for (const example of examples) {
    const alone = form.isChoice
      ? example.options.map((one) => ({ ...example, options: [one] }))
      : [example];
    const scores = (await Promise.all(alone.map(score))).flat();
    const sum = scores.reduce((whole, x) => whole + Math.exp(x), 0);
    all.push(scores.map((x) => Math.exp(x) / sum));
  }
  return all;
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

  const single = { isPair: false, isChoice: false, isTuned: true };
  const bge = { encoder: join(fixtures, "bge-small") };

  it.each<[string, () => Promise<string>, readonly Example[], ReadAs | null]>([
    [
      "a fully tuned one",
      () => saveTuned(toyCheckpoint("tiny-bert-classification"), "classes", "own"),
      toyClaims(100),
      single,
    ],
    [
      "pairs",
      () => saveFrozen({ ...bge, kind: "classes", features: "pair" }),
      contexts,
      { isPair: true, isChoice: false, isTuned: false },
    ],
    [
      "a choice",
      () => saveTuned(toyCheckpoint("tiny-bert-choice"), "choice"),
      toyChoices(6),
      { ...single, isChoice: true },
    ],
    [
      "USE-lite",
      () => saveFrozen({ encoder: "use-lite", runtime: "onnx", kind: "classes", size: 512 }),
      toyClaims(12),
      null,
    ],
    ["words, with an MLP", saveWords, toyClaims(12), null],
  ])("of %s gives the labels and probabilities of Node", async (_, save, examples, form) => {
    const folder = await save();
    const { page, wrong } = await open(await writePage(folder));
    const answers = await askPage(page, examples);
    const wanted = await (form ? scoreGraph(folder, examples, form) : predict(folder, examples));
    for (const [at, { options }] of examples.entries()) {
      const [given, own] = [answers[at], wanted[at] ?? []];
      for (const [option, name] of options.entries())
        expect(given?.probabilities[name]).toBeCloseTo(own[option] ?? Number.NaN, 3);
      expect(given?.label).toBe(options[own.indexOf(Math.max(...own))]);
    }
    expect(wrong).toEqual([]);
  });

  it("shows labels and examples as text, and no label below the threshold, saying why", async () => {
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
      /^The most probable, .+, has 5\d\.\d %\. The threshold is 60\.0 %: at most 4\.7 % of the labels above it are wrong, with 95 % confidence \(on the labelled texts that were given\)\./,
    );
    expect(await page.locator("img").count()).toBe(0);
    expect(wrong).toEqual([]);
  });
});
