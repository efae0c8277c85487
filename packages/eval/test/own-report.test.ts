import { creationFiles, toExamplesJsonl } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, test } from "vitest";
import { html } from "../src/render/html.ts";
import { createCommands } from "../src/report/page/commands.ts";
import { createExamplesSection } from "../src/report/sections/own-examples.ts";
import { computeLabelMetrics, countConfusions } from "../src/statistics/confusion.ts";
import { analyseResults } from "../src/tables/analysis.ts";
import { createMatrix, createPairTable } from "../src/tables/label-tables.ts";
import { describeHeadline, listOwnTasks } from "../src/tables/own-tasks.ts";
import { computePayBack, describePayBack } from "../src/tables/pay-back.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { creation, evaluation } from "./manifests.ts";
import { browserPath, useReports } from "./report-pages.ts";

describe("confusions", () => {
  const gold = ["a", "a", "a", "b", "b", "c"];
  const runs = [
    { gold, predicted: ["a", "a", "b", "b", "", "b"] },
    { gold, predicted: ["a", "b", "b", "b", "a", "b"] },
  ];
  const confusions = countConfusions(runs);

  test("are counted over runs; no answer is no label", () => {
    expect(computeLabelMetrics(confusions)).toEqual([
      { label: "a", gold: 6, answered: 4, right: 3, recall: 0.5, precision: 0.75, f1: 0.6 },
      { label: "b", gold: 4, answered: 7, right: 2, recall: 0.5, precision: 2 / 7, f1: 4 / 11 },
      { label: "c", gold: 2, answered: 0, right: 0, recall: 0, precision: null, f1: 0 },
    ]);
    const { columns, rows } = createMatrix(confusions);
    expect(columns.map(({ head }) => head)).toEqual(["Right label", "1", "2", "3", "(no answer)"]);
    expect(rows.map(({ label, counts }) => [label, ...counts])).toEqual([
      ["a", 3, 3, 0, 0],
      ["b", 1, 2, 0, 1],
      ["c", 0, 2, 0, 0],
    ]);
  });

  test("the pairs that are mixed up most often come first", () => {
    const { columns, rows, notes } = createPairTable(confusions, 2);
    expect(rows.map((row) => columns.map(({ text }) => text(row)))).toEqual([
      ["a", "b", "3 of 6 (50.0 %)"],
      ["c", "b", "2 of 2 (100.0 %)"],
    ]);
    expect(notes).toEqual(["The first 2 of 4 pairs that are mixed up."]);
  });
});

describe("the headline", () => {
  const mine = (source: "tree" | "human" | "direct" | "names", changes = {}) =>
    evaluation({
      ...{ source, task: "mine", data: { kind: "own" }, ...changes },
      test: { task: "mine", data: { kind: "own", verified: true }, correct: 500 },
    });
  const bag = mine("tree", { student: { encoder: "bag-of-words" } });
  const untrained = [mine("direct"), mine("names")].map((one) => ({
    ...one,
    student: { ...one.student, tune: "none" as const },
  }));
  const shuffled = mine("tree", { conditions: { labels: "shuffled" }, createdAt: "2026-02-01" });

  test.each([
    ["created data before human", [mine("human"), mine("tree"), bag, ...untrained], "tree", null],
    ["no control where there is another", [shuffled, bag, mine("human")], "human", null],
    ["a bag of words where nothing else was wanted", [bag], "tree, bag of words", null],
    ["nothing that was not trained", untrained, undefined, /^No trained classifier has answered/],
    ["nothing without a test split", [], undefined, /^There is no test split/],
  ])("is of %s", (_, runs, source, doubt) => {
    const results = toResults(runs.map((one, i) => ({ ...toRun(one), path: `evaluations/${i}` })));
    const view = analyseResults(results);
    const made = { path: "creations/mine", manifest: creation({ task: "mine" }), partial: false };
    const own = { ...made, manifest: { ...made.manifest, data: { kind: "own", verified: true } } };
    const [task] = listOwnTasks(view, { ...results, creations: [own as typeof made] });
    if (!task) throw new Error("expected a task");
    expect(task.main?.labels.source).toBe(source);
    expect(describeHeadline(task).doubts).toEqual(doubt ? [expect.stringMatching(doubt)] : []);
  });

  test.each([
    [{}, /own blind answers \(125 examples, 95 % interval [\d.–]+\)$/],
    [{ relabelled: 60 }, /\(125 examples, .*\), which are the labels now$/],
  ])("without a test is of the created labels' agreement: %j", (relabelling, expected) => {
    const usage = { promptTokens: 9, completionTokens: 1, uncounted: 0 };
    const manifest = {
      ...creation({ task: "mine", rejections: { "over quota": 25 } }),
      data: { kind: "own" as const, verified: true },
      labelCheck: { model: "m", times: 1, agreement: 0.5, usage, ...relabelling },
    };
    const results = toResults([], { creations: [{ path: "mine", manifest, partial: false }] });
    const [task] = listOwnTasks(analyseResults(results), results);
    const headline = task && describeHeadline(task);
    expect(headline?.figure).toBe("50.0 %");
    expect(headline?.of).toMatch(expected);
  });
});

test("kept examples stand under their label, where options vary under its position", () => {
  const listChoices = (options: string[][]) => {
    const examples = options.map((own, i) => ({
      ...{ question: `q ${i}`, context: null, options: own, label: 0 },
    }));
    const dir = tempFolder({ [`mine/${creationFiles.created}`]: toExamplesJsonl(examples) });
    const made = { path: "mine", manifest: creation(), partial: false };
    const section = createExamplesSection(
      { creation: made, training: null } as never,
      {
        dir,
      } as never,
    );
    const names = html`${section.content}`.text.matchAll(/<option[^>]*>([^<]*)</g);
    return Array.from(names, ([, name]) => name);
  };
  expect(
    listChoices([
      ["a", "b"],
      ["b", "a"],
      ["b", "a"],
    ]),
  ).toEqual(["a (1)", "b (2)"]);
  expect(
    listChoices([
      ["a", "b"],
      ["c", "d"],
      ["e", "f"],
    ]),
  ).toEqual(["option 1 (3)"]);
});

test("a command without a task names benchmarks that are here, else own tasks, else BoolQ", () => {
  const own = evaluation({ task: "mine", data: { kind: "own" } });
  const name = (...all: (typeof own)[]) =>
    createCommands(toResults(all.map((one) => toRun(one)))).run("--setting tree");
  expect(name(own, evaluation())).toContain(" --data yesno_close/creak --setting tree");
  expect(name(own)).toContain(" --data mine --setting tree");
  expect(name()).toContain(" --data boolq --setting tree");
});

describe("when a classifier pays", () => {
  const usage = { promptTokens: 900, completionTokens: 100, uncounted: 0 };
  const made = (changes: Parameters<typeof creation>[0] = {}) => ({
    path: "creations/mine",
    manifest: creation(changes),
    partial: false,
  });
  const answers = (costUsd: number | null) =>
    ({ path: "answers/mine", manifest: { usage, costUsd, answered: 10 } }) as never;
  const check = { model: "m", times: 2, agreement: 0.5, usage };

  test.each([
    // 12,000 tokens of creation, 100 an answer; 0.012 USD, 0.0005 an answer.
    ["in tokens, without a price", made({ costUsd: null }), answers(0.005), 121, "tokens"],
    ["in USD", made(), answers(0.005), 25, "USD"],
    // Checked: 100 kept, 20 dropped by their answers and 5 over quota, twice each: 1,000 tokens of 250 answers.
    [
      "by the label check's answers",
      made({
        labelCheck: check,
        rejections: { "too little agreement": 20, "over quota": 5, duplicate: 7 },
      }),
      null,
      3251,
      "tokens",
    ],
    ["never known without an answer", made(), null, null, "tokens"],
  ])("%s", (_, created, answered, messages, unit) => {
    const payBack = computePayBack(created, answered);
    expect([payBack.messages, payBack.unit]).toEqual([messages, unit]);
    const sentence = describePayBack(payBack);
    if (messages === null) expect(sentence).toBeNull();
    else expect(sentence).toContain(`From message ${messages.toLocaleString("en-US")} on `);
  });
});

describe.skipIf(browserPath === null)("the report of an own task in Chromium", () => {
  const open = useReports();

  test("has its own sections, nothing of the paper's, and takes no text for more", async () => {
    const { page, wrong } = await open("own");
    const ids = await page.evaluate(
      "[...document.querySelectorAll('main > section')].map((one) => one.id)",
    );
    expect(ids).toEqual([
      ...["result", "labels", "probabilities", "examples", "cost", "use"],
      ...["tree", "diversity", "curves", "conditions"],
    ]);
    expect(await page.locator(".headline").textContent()).toMatch(
      /^\d+\.\d % of 120 test items right, the mean of 3 runs \(95 % interval /,
    );
    const main = page.locator("main");
    expect(await main.textContent()).not.toMatch(/paper|verdict|Table \d|stand in for/i);
    expect(await page.locator(".matrix tbody tr").count()).toBe(2);
    const figures = page.locator("#probabilities figure");
    expect(await figures.locator("svg.plot:visible").count()).toBe(2);
    await figures.last().locator("summary").click();
    expect(await figures.last().locator("table:visible tbody tr").count()).toBeGreaterThan(10);
    for (const id of ["labels", "examples"]) {
      const rows = page.locator(`#${id} .chosen`).first().locator("tbody tr");
      await expect.poll(() => rows.count()).toBeGreaterThan(10);
    }
    expect(await page.locator("#examples .chosen").first().locator("tbody tr").count()).toBe(20);
    expect(await page.locator("#examples .chosen").last().locator("tbody tr").count()).toBe(2);
    expect(await page.locator("#use code").first().textContent()).toMatch(
      /^npm run predict -- --classifier ".*\/results\/trainings\/mine\/\w+\/\w+\/classifier" --text "\.\.\." --context "\.\.\."$/,
    );
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    expect(wrong).toEqual([]);
  });

  test("a command names its task and the results folder", async () => {
    const { page } = await open("own");
    const command = await page.locator("#result .missing code").textContent();
    expect(command).toMatch(
      /^npm run experiment -- --data "\/home\/me\/my tasks\/mine" --setting direct --results \/.*\/results$/,
    );
  });

  test("beside benchmarks, own tasks come first and are in none of the paper's sections", async () => {
    const { page, wrong } = await open("mixed");
    const ids = await page.evaluate<string[]>(
      "[...document.querySelectorAll('main > section')].map((one) => one.id)",
    );
    const own = "result labels probabilities examples cost use".split(" ");
    expect(ids.slice(0, 8)).toEqual([...own, "answer", "tables"]);
    for (const id of ["answer", "tables", "figure5", "yield"])
      expect(await page.locator(`#${id}`).textContent()).not.toContain("mine");
    expect(await page.locator("#figure5 .missing code").textContent()).toMatch(
      / --data yesno_open\/boolq .* --sample --results /,
    );
    expect(wrong).toEqual([]);
  });

  test("a note opens behind its mark, and stands below its table on paper", async () => {
    const { page } = await open("mixed");
    const mark = page.locator("#tables th .mark").first();
    const note = page.locator(`#${await mark.getAttribute("popovertarget")}`);
    expect(await note.isVisible()).toBe(false);
    await mark.click();
    expect(await note.isVisible()).toBe(true);
    await page.keyboard.press("Escape");
    await page.emulateMedia({ media: "print" });
    expect(await note.isVisible()).toBe(true);
    await page.emulateMedia({ media: null });
  });
});
