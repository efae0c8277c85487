import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toJsonl, writeAtomic } from "@seedling/core/internal";
import { openOpenaiServer, tempFolder } from "@seedling/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { renderFiles } from "../src/render/files.ts";
import { renderReport } from "../src/report/render-report.ts";
import { readResults } from "../src/results/read-results.ts";
import type { CreationRun, Results } from "../src/results/results.ts";
import { analyseResults } from "../src/tables/analysis.ts";
import type { MethodRow, Methods } from "../src/tables/methods.ts";
import { describeMethods } from "../src/tables/methods-table.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { creation, evaluation } from "./manifests.ts";
import { repository, runPipeline, smallEncoder } from "./run-stages.ts";

let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "methods-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** A way on a task: a run for each creation, in the order of their seeds. */
interface MadeUp {
  source?: "tree" | "naive" | "attributes" | "human";
  conditions?: Record<string, string | number>;
  /** Right answers of 686; those of the first items. */
  right: readonly number[];
  task?: string;
  kept?: number;
  tokens?: number;
  /** The share of 50 created labels that blind answers confirm, and the tokens of asking. */
  agreement?: number;
  checked?: number;
}

const budget = 12_000;

function resultsOf(...ways: MadeUp[]): Results {
  const made = ways.flatMap((way, i) => makeRuns(way, i));
  const creations = new Map(made.map(({ creation }) => [creation?.path, creation]));
  return toResults(
    made.map(({ run }) => run),
    { dir, creations: [...creations.values()].filter((one) => one !== null) },
  );
}

function makeRuns({ source = "tree", conditions = {}, right, ...more }: MadeUp, way: number) {
  const { task = "creak", kept = 50, tokens = budget, agreement, checked = 0 } = more;
  const name = `yesno_close/${task}`;
  const isHuman = source === "human";
  return right.map((correct, i) => {
    const seeds = { example: 1, creation: i + 1, train: 1 };
    // With a target in tokens each creation keeps another number.
    const n = kept + i;
    const manifest = evaluation({
      ...{ task: name, source, seeds, train: { n, target: n }, test: { task: name, correct } },
      ...(isHuman && { completions: null }),
      conditions: { penalty: 0.03, ...(!isHuman && { tokens: budget }), ...conditions },
    });
    const path = `creations/${task}/${source}/${i}`;
    const usage = (promptTokens: number) => ({ promptTokens, completionTokens: 0, uncounted: 0 });
    const check = {
      model: "a-model",
      times: 1,
      agreement: agreement ?? null,
      usage: usage(checked),
    };
    const run: CreationRun = {
      path,
      partial: false,
      manifest: creation({
        ...{ task: name, source, kept: n, target: n, tokens, usage: usage(tokens + 100) },
        labelCheck: agreement === undefined ? null : check,
      }),
    };
    const evaluated = toRun(manifest);
    return {
      run: { ...evaluated, path: `${evaluated.path}-${way}`, creation: isHuman ? null : path },
      creation: isHuman ? null : run,
    };
  });
}

const compare = (...ways: MadeUp[]) => analyseResults(resultsOf(...ways)).methods;

const find = ({ rows }: Methods, way: string, task: string | null = null): MethodRow | undefined =>
  rows.find((row) => row.way === way && row.task === task);

const tree: MadeUp = { right: [400, 402] };
const naive: MadeUp = { ...tree, source: "naive" };
const repeated: MadeUp = { ...tree, source: "human", conditions: { humanRows: 20 } };

test.each<[string, MadeUp[], string[]]>([
  ["a tree alone", [tree], []],
  ["another way alone", [naive], []],
  ["a tree beside human rows alone", [tree, repeated], []],
  ["two ways", [tree, naive], ["tree", "naive"]],
  ["two ways and human rows", [tree, naive, repeated], ["tree", "naive", "20 human rows repeated"]],
  ["human data at full size", [tree, naive, { ...tree, source: "human" }], ["tree", "naive"]],
  [
    "answers as labels",
    [tree, { ...tree, conditions: { labels: "answered" } }],
    ["tree", "tree, relabelled"],
  ],
  [
    "probabilities",
    [tree, { ...tree, conditions: { labels: "soft" } }],
    ["tree", "tree, soft labels"],
  ],
  [
    "a part of these",
    [tree, { ...tree, conditions: { labels: "soft", fraction: 0.5 } }],
    ["tree", "tree, soft labels, a part"],
  ],
  [
    "labels decided as they come",
    [tree, { ...tree, conditions: { relabel: 1 } }],
    ["tree", "tree, relabelled from the start"],
  ],
  [
    "a selection",
    [tree, { ...tree, conditions: { select: "coverage", keep: 0.5 } }],
    ["tree", "tree, coverage 50 %"],
  ],
  [
    "labelled texts beside created ones",
    [tree, { ...tree, conditions: { pool: "texts.csv (3fa9)" } }],
    ["tree", "tree+pool"],
  ],
  [
    "answers that only measure",
    [{ ...tree, conditions: { verify: 1, answers: "letters" } }, naive],
    ["tree", "naive"],
  ],
  ["shuffled labels", [tree, { ...tree, conditions: { labels: "shuffled" } }], []],
  ["another budget", [tree, { ...naive, conditions: { tokens: 6000 } }], []],
  ["another way of training", [tree, { ...naive, conditions: { penalty: 0.1 } }], []],
  ["another wording", [tree, { ...naive, conditions: { instruction: "original" } }], []],
])("compared: %s", (_, ways, expected) => {
  const [methods, ...others] = compare(...ways);
  expect(methods?.rows.map(({ way }) => way) ?? []).toEqual(expected);
  expect(others).toEqual([]);
});

test("creations that were asked for by examples are compared nowhere", () => {
  const byN = [evaluation(), evaluation({ source: "naive" })].map((one) => toRun(one));
  const results = toResults(byN);
  const analysis = analyseResults(results);
  expect(analysis.methods).toEqual([]);
  expect(renderFiles(analysis)["further.md"]).not.toContain("Ways of creating");
  expect(renderReport(analysis, results)).not.toContain('id="methods"');
});

describe("a row", () => {
  test("has the runs of all creation seeds, however many examples each kept", () => {
    const [methods] = compare(tree, { ...naive, right: [390, 410], kept: 60 });
    expect(find(methods as Methods, "naive", "yesno_close/creak")).toMatchObject({
      ...{
        n: 686,
        seeds: 2,
        accuracy: expect.closeTo(400 / 686, 12),
        constant: 348 / 686,
        trained: 61,
        kept: 60.5,
      },
      ...{ tokens: budget },
    });
  });

  test.each<[string, MadeUp["conditions"], Partial<MethodRow>]>([
    ["that only measure take no tokens", { verify: 1 }, { kept: 50.5, tokens: 12_000 }],
    ["that become labels do", { labels: "answered" }, { kept: 50.5, tokens: 18_000 }],
    ["that become probabilities do", { labels: "soft" }, { kept: 50.5, tokens: 18_000 }],
    // These are in the creation's own count.
    ["that decided as it went are counted once", { relabel: 1 }, { kept: 50.5, tokens: 12_000 }],
    ["of a part are a part", { labels: "soft", fraction: 0.5 }, { kept: 25.25, tokens: 9_000 }],
  ])("blind answers %s", (_, conditions, expected) => {
    const way = { ...tree, source: "naive" as const, conditions: conditions ?? {}, agreement: 0.8 };
    const [methods] = compare(tree, { ...way, checked: 6000 });
    const row = methods?.rows.find(({ source, task }) => source === "naive" && task !== null);
    expect(row).toMatchObject(expected);
    // 50 and 51 created labels.
    expect(row?.agreement).toMatchObject({ n: 101, value: expect.closeTo(0.8, 12) });
  });

  test("is as diverse as its distinct pairs of words, on as many texts of each way", () => {
    const write = (source: string, texts: readonly string[]) => {
      const options = ["True", "False"];
      const examples = texts.map((question) => ({
        question,
        context: null,
        options,
        label: "True",
      }));
      writeAtomic(join(dir, `creations/diverse/${source}/0/created.jsonl`), toJsonl(examples));
    };
    write("tree", ["a b c", "d e f"]);
    // Of any two of these half of the pairs are distinct; of all four a quarter.
    write("naive", ["a b c", "a b c", "a b c", "a b c"]);
    const one = { task: "diverse", right: [400] };
    const [methods] = compare({ ...tree, ...one }, { ...naive, ...one });
    expect(find(methods as Methods, "tree", "yesno_close/diverse")?.distinct2).toBe(1);
    expect(find(methods as Methods, "naive", "yesno_close/diverse")?.distinct2).toBe(0.5);
  });

  test("has no diversity where a creation's file is gone", () => {
    const [methods] = compare({ ...tree, task: "gone" }, { ...naive, task: "gone" });
    expect(methods?.rows.every(({ distinct2 }) => distinct2 === null)).toBe(true);
  });
});

/** The same on three tasks. */
const onTasks = (way: MadeUp, right: readonly number[]): MadeUp[] =>
  right.map((correct, i) => ({ ...way, task: `task-${i}`, right: [correct] }));

describe("the verdict", () => {
  const base = onTasks(tree, [400, 400, 400]);

  test("is a better way where its pooled lower bound lies above the tree", () => {
    const [methods] = compare(
      ...base,
      ...onTasks(naive, [402, 399, 401]),
      ...onTasks({ source: "attributes", right: [] }, [470, 471, 469]),
    );
    const [first, ...others] = describeMethods(methods as Methods);
    // 70 of 686 items more, on each.
    expect(first).toMatch(
      /^attributes is better than tree: \+10\.2 points of accuracy, pooled over 3 tasks \(95 % \+\d\S+ to \+\d\S+; p \S+, adjusted \S+\)\.$/,
    );
    expect(others).toEqual([]);
    const row = find(methods as Methods, "attributes");
    expect(row?.toTree?.value).toBeCloseTo(70 / 686, 3);
    expect(row?.toTree?.low).toBeGreaterThan(0);
  });

  test("is none where nothing is shown, with the smallest difference that would be found", () => {
    const [methods] = compare(...base, ...onTasks(naive, [402, 399, 401]));
    const least = 100 * (find(methods as Methods, "naive")?.toTree?.detectable ?? 0);
    expect(describeMethods(methods as Methods)).toEqual([
      `No way of creating is shown to be better or worse than tree (pooled over 3 tasks); true differences below ${least.toFixed(1)} points would probably have been missed.`,
    ]);
  });

  test("says from which to which difference would be found where ways differ in that", () => {
    const [methods] = compare(
      ...base,
      ...onTasks(naive, [402, 399, 401]),
      ...onTasks({ ...naive, source: "attributes" }, [420, 380, 400]),
    );
    const points = ["naive", "attributes"].map((way) =>
      (100 * (find(methods as Methods, way)?.toTree?.detectable ?? 0)).toFixed(1),
    );
    expect(describeMethods(methods as Methods)[0]).toContain(
      `; true differences below ${points.join(" to ")} points, depending on the way, would probably have been missed.`,
    );
  });

  test("names what is worse, and what human rows repeated do as well", () => {
    const [methods] = compare(
      ...base,
      ...onTasks(naive, [330, 331, 329]),
      ...onTasks(repeated, [470, 471, 469]),
    );
    const sentences = describeMethods(methods as Methods);
    expect(sentences[0]).toBe("No way of creating is shown to be better than tree.");
    expect(sentences[1]).toMatch(/^naive is worse than tree: -10\.2 points/);
    expect(sentences[2]).toMatch(
      /^20 human rows repeated are better than tree's examples: \+10\.2 points/,
    );
    expect(sentences[3]).toMatch(
      /^Not better than the best constant answer.*: yesno_close\/task-0 \(naive\), yesno_close\/task-1 \(naive\),/,
    );
  });

  test("says which ways took other tokens", () => {
    const [methods] = compare(
      ...base,
      ...onTasks({ ...naive, tokens: 12_900 }, [400, 400, 400]),
      ...onTasks({ ...tree, source: "attributes", tokens: 9_000 }, [400, 400, 400]),
    );
    expect(describeMethods(methods as Methods)[1]).toBe(
      "Not for the same tokens as tree (more than 10 % apart): attributes -25.0 %.",
    );
  });

  test("p is adjusted over every difference of the table, pooled ones too", () => {
    const [methods] = compare(
      ...base,
      ...onTasks(naive, [430, 429, 431]),
      ...onTasks(repeated, [400, 401, 400]),
    );
    const differences = (methods?.rows ?? []).flatMap(({ toTree }) => toTree ?? []);
    expect(differences).toHaveLength(2 * 4);
    const smallest = Math.min(...differences.map(({ p }) => p));
    const first = differences.find(({ p }) => p === smallest);
    expect(first?.adjustedP).toBeCloseTo(8 * smallest, 12);
    // The largest of all is not adjusted but by what lies below it.
    expect(Math.max(...differences.map(({ adjustedP }) => adjustedP ?? 0))).toBe(1);
  });
});

test("further has the table, with the verdict first, and the report a section with charts", () => {
  const results = resultsOf(tree, { ...naive, agreement: 0.5 }, repeated);
  const analysis = analyseResults(results);
  const files = renderFiles(analysis);
  const [head, , columns] = (files["further.md"] ?? "").split("\n");
  expect(head).toBe("# Ways of creating for 12,000 tokens");
  expect(files["further.md"]).toContain(
    "- Created by qwen2.5-coder-1.5b-instruct; classifier all-MiniLM-L6-v2, head --penalty 0.03.",
  );
  expect(columns).toMatch(
    /^\| Task +\| Way +\| Test n \|.*Minus tree.*p \(Holm\).*MDE.*Kept\/1,000/,
  );
  expect(files["further.md"]).toContain("- No way of creating is shown to be better or worse than");
  expect(files["further.tex"]).toContain("20 human rows repeated");
  const page = renderReport(analysis, results);
  expect(page).toContain("Which way of creating gives the best classifier for the same tokens?");
  expect(page).toContain('id="figure-methods-0-0"');
});

test("--experiment methods goes from a task's folder to its table, through the three stages", async () => {
  const home = tempFolder();
  cpSync(join(repository, "packages/core/test/fixtures"), home, { recursive: true });
  const results = join(home, "results");
  const server = await openOpenaiServer();
  onTestFinished(server.close);
  const env = { OPENAI_BASE_URL: server.url, TURBO_INVOCATION_DIR: home };
  const budget = "--tokens 800 --creation-seed 1";
  const small = `--encoder ${smallEncoder} --similarity-encoder ${smallEncoder}`;
  const { code } = await runPipeline(
    `--experiment methods --data ./reviews ${budget} --results ${results} ${small}`,
    env,
  );
  expect(code).toBe(0);
  const analysis = analyseResults(await readResults(results));
  const [methods, ...others] = analysis.methods;
  expect(others).toEqual([]);
  const rows = new Map(methods?.rows.map((row) => [row.way, row]));
  expect([...rows.keys()]).toEqual([
    ...["tree", "attributes", "feedback"],
    ...["tree, relabelled", "attributes, relabelled", "feedback, relabelled"],
    ...["tree, soft labels", "tree, coverage 50 %", "20 human rows repeated"],
  ]);
  const kept = rows.get("tree")?.kept ?? 0;
  // Each reply has five examples, and the one that reaches the target counts.
  expect(rows.get("tree")).toMatchObject({ trained: kept, agreement: { n: kept } });
  expect(rows.get("tree")?.tokens).toBeGreaterThanOrEqual(800);
  expect(rows.get("tree, coverage 50 %")).toMatchObject({ trained: Math.round(kept / 2), kept });
  const withAnswers = rows.get("tree, relabelled")?.tokens;
  expect(withAnswers).toBeGreaterThan(rows.get("tree")?.tokens ?? Number.NaN);
  expect(rows.get("tree, soft labels")?.tokens).toBe(withAnswers);
  for (const { source, distinct2 } of rows.values())
    expect(distinct2 === null).toBe(source === "human");
  // What covers the texts has other pairs of words than all of them.
  expect(rows.get("tree, coverage 50 %")?.distinct2).not.toBe(rows.get("tree")?.distinct2);
});
