import { binByConfidence } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, test } from "vitest";
import { html } from "../src/render/html.ts";
import {
  createCalibratedSection,
  createProbabilitiesSection,
} from "../src/report/sections/probabilities.ts";
import type { EvaluationManifest, TestItem } from "../src/results/evaluation-manifest.ts";
import { createItemColumns, type EvaluationRun } from "../src/results/results.ts";
import { findSelection, listSelections, pickSelections } from "../src/statistics/risk-coverage.ts";
import { analyseResults } from "../src/tables/analysis.ts";
import { listOwnTasks } from "../src/tables/own-tasks.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { evaluation, training } from "./manifests.ts";

test("answers fall into 15 bins by their probability, 1 into the last, none without one", () => {
  const bins = binByConfidence([0, 0.0667, 0.99, 1, Number.NaN], [1, 0, 1, 0, 1]);
  expect(bins.map(({ n }) => n)).toEqual([1, 1, ...Array(12).fill(0), 2]);
  expect(bins[14]?.right).toBe(1);
  expect(bins[14]?.gap).toBeCloseTo(0.99, 12);
});

describe("what a threshold leaves", () => {
  const none = Number.POSITIVE_INFINITY;
  const answers = { confidence: [0.6, 0.9, 0.6, 0.8, Number.NaN], right: [1, 1, 0, 0, 1] };
  const model = [1, 0, 1, 1, 0];

  test.each([
    // Threshold, labels given, wrong ones of these, wrong ones of all.
    [
      "alone",
      answers,
      null,
      [
        [none, 0, 0, null],
        [0.9, 1, 0, null],
        [0.8, 2, 1, null],
        [0.6, 4, 2, null],
      ],
    ],
    [
      "with the model's answers",
      answers,
      model,
      [
        [none, 0, 0, 2],
        [0.9, 1, 0, 1],
        [0.8, 2, 1, 2],
        [0.6, 4, 2, 3],
      ],
    ],
    ["without a probability", { confidence: [Number.NaN], right: [1] }, [1], [[none, 0, 0, 0]]],
    [
      "where all are equal",
      { confidence: [0.5, 0.5], right: [true, false] },
      null,
      [
        [none, 0, 0, null],
        [0.5, 2, 1, null],
      ],
    ],
  ])("%s; equal probabilities are given together", (_, of, asked, wanted) => {
    const all = listSelections(of, asked);
    expect(all.map((one) => [one.threshold, one.given, one.wrong, one.wrongOfAll])).toEqual(wanted);
  });

  test.each([
    [0.95, 0],
    [0.9, 1],
    [0.61, 2],
    [0.6, 4],
    [0.01, 4],
  ])("from %d on, %d get a label", (threshold, given) => {
    expect(findSelection(listSelections(answers, null), threshold).given).toBe(given);
  });

  test("a chart has twenty steps, of those with twenty labels, and none twice", () => {
    const tied = Array.from({ length: 200 }, (_, at) => (at < 100 ? 0.9 : 0.5 - at / 1000));
    const all = listSelections({ confidence: tied, right: tied }, null);
    const steps = [0, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200];
    expect(pickSelections(all, 200).map(({ given }) => given)).toEqual(steps);
    const few = listSelections({ confidence: [0.9, 0.8, 0.7], right: [1, 1, 1] }, null);
    expect(pickSelections(few, 3).map(({ given }) => given)).toEqual([0, 3]);
  });
});

test("benchmarks' rows with a temperature or a threshold can be chosen; without one there is no section", () => {
  const show = (...all: EvaluationManifest["conditions"][]) => {
    const runs = all.map((conditions) => toRun(evaluation({ conditions })));
    const results = toResults(runs.map((run, at) => ({ ...run, path: `evaluations/${at}` })));
    const section = createCalibratedSection(analyseResults(results), results);
    const { text } = html`${section?.content}`;
    return section && Array.from(text.matchAll(/<option[^>]*>([^<]*)/g), ([, name]) => name);
  };
  expect(show({}, { recipe: "paper" })).toBeNull();
  expect(show({}, { calibration: "temperature" }, { maxError: 0.05 })).toEqual([
    "creak: tree, 100 examples, all-MiniLM-L6-v2, head, --calibration temperature",
    "creak: tree, 100 examples, all-MiniLM-L6-v2, head, --max-error 0.05",
  ]);
});

test("a temperature is taken off the probabilities again", () => {
  const softmax = (scores: number[]) => {
    const powers = scores.map((score) => Math.exp(score));
    return powers.map((power) => power / powers.reduce((sum, one) => sum + one));
  };
  const item = { split: "test", row: 0, gold: "a", predicted: "a", right: true } as const;
  const divided = softmax([2, 1, -1].map((score) => score / 2.5));
  const columns = createItemColumns([{ ...item, probabilities: divided }], 2.5);
  expect(columns.uncalibrated?.[0]).toBeCloseTo(softmax([2, 1, -1])[0] ?? 0, 12);
  const unread = createItemColumns([{ ...item, probabilities: [] }], 2.5);
  expect(unread.uncalibrated).toEqual(new Float64Array([Number.NaN]));
  expect(createItemColumns([{ ...item, probabilities: divided }]).uncalibrated).toBeNull();
});

describe("the section of an own task's probabilities", () => {
  const own = { task: "mine", data: { kind: "own", verified: true } } as const;
  const at = "trainings/mine/human/1";
  const calibration = { temperature: 2, before: 0.125, after: 0.05 };
  const threshold = {
    value: 0.8,
    maxError: 0.1,
    n: 30,
    wrong: 0,
    bound: 0.095,
    coverage: 0.5,
    on: "dev",
  };

  /** 40 items: of 20 sure answers one is wrong, of 20 unsure ones ten; the model is wrong on the last four. */
  const answer = (source: "human" | "direct"): EvaluationRun => {
    const items = Array.from({ length: 40 }, (_, row): TestItem => {
      const right = source === "direct" ? row < 36 : row !== 0 && row < 30;
      const gold = row % 2 === 0 ? "a" : "b";
      const sure = row < 20 ? 0.9 : 0.6;
      const probabilities = source === "direct" ? [] : [sure, 1 - sure];
      return { split: "test", row, gold, predicted: right ? gold : "c", probabilities, right };
    });
    const isDirect = source === "direct";
    const manifest = evaluation({
      ...{
        ...own,
        source,
        completions: null,
        inputs: { test: "ff", ...(isDirect && { "answers/mine/answers.jsonl": "aa" }) },
      },
      ...(isDirect && { student: { tune: "none" as const, encoder: "a-model" } }),
      test: {
        task: "mine",
        n: 40,
        correct: isDirect ? 36 : 29,
        labels: { a: 20, b: 20 },
        data: own.data,
      },
    });
    return {
      ...toRun(manifest),
      items: createItemColumns(items, 2),
      training: isDirect ? null : at,
    };
  };

  const facts = (changes: object) =>
    JSON.stringify({
      ...{
        format: "seedling-classifier-2",
        tune: "full",
        kind: "classes",
        encoder: "m",
        head: "own",
      },
      ...{ maxLength: 128, classes: ["a", "b"], createdBy: "seedling", ...changes },
    });
  const heldOut = JSON.stringify({
    on: "dev",
    confidence: Array(30).fill(0.9),
    right: Array(30).fill(true),
  });

  const show = (runs: EvaluationRun[], files: Record<string, string>, heldOut = 685) => {
    const folder = Object.entries(files).map(([name, text]) => [`${at}/classifier/${name}`, text]);
    const usage = { promptTokens: 900, completionTokens: 100, uncounted: 0 };
    const answers = {
      path: "answers/mine",
      manifest: { usage, costUsd: null, answered: 10, task: "mine", test: "mine" },
    };
    const plain = training();
    const made = {
      ...{ ...plain, ...own, source: "human" as const, calibration, conditions: { maxError: 0.1 } },
      dev: { ...plain.dev, n: heldOut },
    };
    const results = toResults(runs, {
      dir: tempFolder(Object.fromEntries(folder)),
      trainings: [{ path: at, manifest: made, log: [] }],
      answers: [answers as never],
    });
    const [task] = listOwnTasks(analyseResults(results), results);
    const section = task && createProbabilitiesSection(task, results);
    const { text } = html`${section?.content}`;
    const list = (pattern: RegExp) => Array.from(text.matchAll(pattern), ([, one]) => one);
    return {
      sentences: list(/<li>([^<]*)<\/li>/g),
      missing: list(/<div class="missing"><p>([^<]*)</g),
      titles: list(/<figcaption[^>]*>([^<]*?) </g),
      guides: list(/>((?:--max-error|threshold) [\d.]+)</g),
      costs: list(/text-anchor="middle"[^>]*>(\d+)<\/text>/g).slice(-6),
    };
  };
  const fitted =
    "On dev (685 examples), where the temperature was fitted: calibration error 12.5 %, 5.0 % with temperature 2.";
  const found =
    "Labels from probability 0.8 on: 50.0 % of the answers (30), 0 wrong, at most 9.5 % with 95 % confidence, for --max-error 0.1 (on dev, by which its trial was chosen too).";

  test("says what the stored threshold gives on the test items, and with the model asked about the others", () => {
    const shown = show([answer("human"), answer("direct")], {
      "classifier.json": facts({ threshold }),
    });
    expect(shown).toEqual({
      sentences: [
        // By hand: |0.9 - 0.95| / 2 + |0.6 - 0.5| / 2; without it 0.9² / (0.9² + 0.1²) and 0.36 / 0.52.
        "On the 40 test items: calibration error 11.5 %, 7.5 % with temperature 2.",
        fitted,
        found,
        "Of the 40 test items 20 get a label at that threshold (50.0 %), 1 of them wrong: 5.0 % (95 % interval 0.9–23.6), of the best constant answer 50.0 %.",
        "The language model can be asked about the other 20 (predict --ask-below). Then of all 40 are right 87.5 % (95 % interval 73.9–94.5); by the model alone 90.0 % (95 % interval 76.9–96.0). It takes 50 tokens per text, for all of them 100.",
      ],
      missing: [],
      titles: [
        "Right answers by their probability, 40 test items",
        "Wrong labels by the share of items that get one, 40 test items",
      ],
      guides: ["--max-error 0.1", "threshold 0.8"],
      costs: ["100", "80", "60", "40", "20", "0"],
    });
  });

  test("without a test split it is of what was held out", () => {
    const shown = show([], { "classifier.json": facts({ threshold }), "held-out.json": heldOut });
    expect(shown.sentences).toEqual([fitted, found]);
    expect(shown.titles).toEqual(["Right answers by their probability, 30 held-out examples"]);
  });

  test.each([
    ["no threshold held", 685, { threshold: null }, /^No threshold held for --max-error 0.1: /, []],
    ["none is set", 59, {}, /^On dev /, [/This finds one:$/]],
    [
      "too few were held out for one",
      58,
      {},
      /^On dev /,
      [/This finds one, in 59 labelled texts /],
    ],
  ])("says where %s", (_, n, changes, last, missing) => {
    const shown = show([answer("human")], { "classifier.json": facts(changes) }, n);
    expect(shown.sentences.at(-1)).toMatch(last);
    expect(shown.missing).toEqual(missing.map((pattern) => expect.stringMatching(pattern)));
    expect(shown.titles).toHaveLength(2);
  });

  test("is not there where no probabilities are stored", () => {
    expect(show([], { "classifier.json": facts({ threshold }) }).titles).toEqual([]);
    const without = answer("human");
    without.items.confidence.fill(Number.NaN);
    expect(show([without], {}).titles).toEqual([]);
  });
});
