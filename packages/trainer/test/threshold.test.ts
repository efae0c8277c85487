import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom, ExpectedError } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { hashClassifier, readFacts, writeThreshold } from "../src/classifier/facts.ts";
import { readHeldOut } from "../src/classifier/held-out.ts";
import {
  chooseThreshold,
  countLeastAnswers,
  explainNoThreshold,
  findThreshold,
} from "../src/data/threshold.ts";
import { loadClassifier, trainClassifier } from "../src/index.ts";
import { toyClaims } from "./toy-student.ts";

/** Answers in groups of one probability: how many, and how many of them are wrong. */
const toAnswers = (...groups: [sure: number, n: number, wrong: number][]) => ({
  confidence: groups.flatMap(([sure, n]) => Array(n).fill(sure) as number[]),
  right: groups.flatMap(([, n, wrong]) => Array.from({ length: n }, (_, at) => at >= wrong)),
});

describe("a threshold", () => {
  it.each([
    [0.05, 59],
    [0.02, 149],
    [0.1, 29],
  ])("of %d takes %d answers that are all right", (maxError, least) => {
    expect(countLeastAnswers(maxError)).toBe(least);
    const flawless = (n: number) => findThreshold(toAnswers([0.995, n, 0]), maxError);
    expect(flawless(least)).toMatchObject({ value: 0.995, n: least, wrong: 0, coverage: 1 });
    expect(flawless(least).bound).toBeLessThanOrEqual(maxError);
    expect(flawless(least - 1)).toMatchObject({ value: null, n: least - 1 });
  });

  const ending = toAnswers([0.97, 100, 1], [0.8, 60, 2], [0.55, 40, 9]);
  const onGrid = toAnswers([0.29, 59, 0], [0.28, 59, 20]);
  const starting = toAnswers([0.98, 60, 3], [0.9, 540, 4], [0.3, 400, 300]);
  const further = toAnswers([0.9, 125, 0], [0.8, 5, 3], [0.7, 60, 0], [0.3, 810, 810]);
  const unknown = toAnswers([0.9, 59, 0], [Number.NEGATIVE_INFINITY, 41, 41]);
  // Bounds by R: binom.test(wrong, n, alternative = "less")$conf.int[2]
  it.each([
    ["ends above the first that fails", ending, { value: 0.8, n: 160, wrong: 3 }, 0.0478],
    ["counts a probability on the grid", onGrid, { value: 0.29, n: 59, wrong: 0 }, 0.0495],
    ["is rounded down", toAnswers([0.99996, 59, 0]), { value: 0.9999, n: 59, wrong: 0 }, 0.0495],
    ["tries a hundredth more at a time", further, { value: 0.7, n: 190, wrong: 3 }, 0.0403],
    ["starts where an eighth is above it", starting, { value: 0.9, n: 600, wrong: 7 }, 0.0218],
    ["covers no answer without a probability", unknown, { value: 0.9, coverage: 0.59 }, 0.0495],
  ])("%s", (_, answers, wanted, bound) => {
    const found = findThreshold(answers, 0.05);
    expect(found).toMatchObject(wanted);
    expect(found.bound).toBeCloseTo(bound, 3);
  });

  it("says what it would take where none holds", () => {
    const few = findThreshold(toAnswers([0.9, 40, 0]), 0.05);
    expect(explainNoThreshold(few, 40)).toBe(
      "no threshold holds for --max-error 0.05: it takes 59 answers at least, all of them right, and there are 40; give more labelled texts, or a larger --max-error",
    );
    const poor = findThreshold(toAnswers([0.9, 118, 20], [0.4, 100, 50]), 0.05);
    expect(explainNoThreshold(poor, 218)).toBe(
      "no threshold holds for --max-error 0.05: of the 118 surest answers 20 are wrong, at most 23.7 % with 95 % confidence; it takes a better classifier, more labelled texts, or a larger --max-error",
    );
    expect(findThreshold(toAnswers(), 0.05)).toMatchObject({ value: null, n: 0, bound: 1 });
    expect(() => findThreshold(toAnswers(), 1)).toThrow(ExpectedError);
  });
});

/** Claims that a word decides, and some that nothing does. */
const claims = [
  ...toyClaims(100, 1),
  ...toyClaims(40, 2).map((claim) => ({ ...claim, question: "the sky is of water" })),
];

describe("a classifier's threshold", () => {
  const options = { encoder: "bag-of-words", maxError: 0.05, created: true } as const;

  it("is found on the folds, saved, and gives no label below it", async () => {
    const lines: string[] = [];
    const own = await trainClassifier(claims, { ...options, log: (line) => lines.push(line) });
    const folder = join(tempFolder(), "classifier");
    await own.save(folder);
    const { threshold } = readFacts(folder);
    expect(threshold).toMatchObject({
      maxError: 0.05,
      n: 100,
      wrong: 0,
      on: "folds",
      created: true,
    });
    expect(threshold?.value).toBe(own.threshold);
    expect(lines.at(-1)).toMatch(
      /^ {2}labels from probability 0\.\d+ on: 71.4 % of the answers \(100\), 0 wrong, at most 3.0 % with 95 % confidence, for --max-error 0.05 \(on the folds, by their own classifiers; the labels are created ones: it holds for texts like these\)$/,
    );
    const texts = [claims[0]?.question ?? "", "the sky is of water"];
    const [sure, unsure] = await own.predict(texts);
    expect(sure?.label).toBe("True");
    expect(unsure?.label).toBe(null);
    expect(Object.keys(unsure?.probabilities ?? {})).toEqual(["True", "False"]);
    const [option] = await own.predictOptions(claims.slice(-1));
    expect(option?.label).not.toBe(null);

    const loaded = await loadClassifier(folder);
    expect(await loaded.predict(texts)).toEqual([sure, unsure]);
    const always = await loadClassifier(folder, { threshold: null });
    expect((await always.predict(texts)).map(({ label }) => typeof label)).toEqual([
      "string",
      "string",
    ]);
    const never = await loadClassifier(folder, { threshold: 1 });
    expect((await never.predict(texts)).map(({ label }) => label)).toEqual([null, null]);

    // Found later, it is the same one, and the classifier counts as the same.
    const hash = await hashClassifier(folder);
    const again = chooseThreshold(readHeldOut(folder), 0.05);
    expect(again.threshold).toEqual(threshold);
    const bytes = readFileSync(join(folder, "classifier.json"), "utf8");
    writeThreshold(folder, null);
    expect(readFacts(folder).threshold).toBe(null);
    expect((await loadClassifier(folder)).threshold).toBe(null);
    expect(await hashClassifier(folder)).toBe(hash);
    writeThreshold(folder, again.threshold);
    expect(readFileSync(join(folder, "classifier.json"), "utf8")).toBe(bytes);
    const { threshold: _, ...others } = JSON.parse(bytes);
    writeFileSync(join(folder, "classifier.json"), `${JSON.stringify(others, null, 2)}\n`);
    expect(await hashClassifier(folder)).toBe(hash);
  });

  it.each([0, 5])("for an error of %d is refused before anything is read", async (maxError) => {
    await expect(trainClassifier(claims, { encoder: "/nowhere", maxError })).rejects.toThrow(
      `maxError: expected a share of wrong labels between 0 and 1, such as 0.05, got ${maxError}`,
    );
  });

  it("is none where none holds: every text has a label", async () => {
    const lines: string[] = [];
    const few = await trainClassifier(claims.slice(0, 50), {
      ...options,
      log: (line) => lines.push(line),
    });
    expect(lines.at(-1)).toContain("no threshold holds for --max-error 0.05: it takes 59 answers");
    expect(few.threshold).toBe(null);
    expect((await few.predict("the sky is of water")).label).not.toBe(null);
    const folder = join(tempFolder(), "classifier");
    await few.save(folder);
    expect(readFacts(folder).threshold).toBe(null);
  });
});

/** A classifier's probabilities, and how often it is right there, by how easy a text is: uniform in [0, 1). */
interface Population {
  confidence: (easy: number) => number;
  accuracy: (easy: number) => number;
}

const draws = 1000;

describe("its promise, in 1,000 draws", () => {
  const maxError = 0.05;
  const good = (easy: number) => 1 - 0.6 * (1 - easy) ** 3;
  const populations: Record<string, Population> = {
    calibrated: { confidence: good, accuracy: good },
    "not sure enough": {
      confidence: (easy) => 0.3 + 0.35 * easy,
      accuracy: (easy) => 1 - 0.5 * (1 - easy) ** 2,
    },
    "far too sure": { confidence: (easy) => easy ** 0.02, accuracy: good },
    "far too sure, with many errors": {
      confidence: (easy) => easy ** 0.005,
      accuracy: (easy) => 1 - 0.5 * (1 - easy) ** 2,
    },
    "near the border": { confidence: (easy) => 0.4 + 0.6 * easy, accuracy: () => 0.949 },
  };
  const texts = 10_000;
  /** The share of wrong answers among so many of the easiest texts, by their number. */
  const listErrors = ({ accuracy }: Population) => {
    let wrong = 0;
    return Array.from({ length: texts }, (_, at) => {
      wrong += 1 - accuracy(1 - (at + 0.5) / texts);
      return wrong / (at + 1);
    });
  };
  /** How many of the texts are at least so probable. */
  const countFrom = ({ confidence }: Population, value: number) => {
    let [low, high] = [0, texts];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (confidence(1 - (middle + 0.5) / texts) >= value) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  it.each(Object.entries(populations))("is kept where probabilities are %s", (name, population) => {
    const random = createRandom("draws", name);
    const errors = listErrors(population);
    const oracle = errors.findLastIndex((error) => error <= maxError) + 1;
    for (const n of [200, 1000]) {
      const confidence = Array<number>(n).fill(0);
      const right = Array<boolean>(n).fill(false);
      let [broken, covered] = [0, 0];
      for (let draw = 0; draw < draws; draw++) {
        for (let at = 0; at < n; at++) {
          const easy = random.next();
          confidence[at] = population.confidence(easy);
          right[at] = random.next() < population.accuracy(easy);
        }
        const { value } = findThreshold({ confidence, right }, maxError);
        const given = value === null ? 0 : countFrom(population, value);
        if (given > 0 && (errors[given - 1] ?? 0) > maxError) broken += 1;
        covered += given;
      }
      expect(broken).toBeLessThanOrEqual(0.05 * draws);
      if (n === 1000) expect(covered / draws).toBeGreaterThanOrEqual(0.7 * oracle);
    }
  });
});
