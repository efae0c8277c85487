import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderFiles } from "../src/render/files.ts";
import { renderTerminal } from "../src/render/terminal.ts";
import type { EvaluationManifest } from "../src/results/evaluation-manifest.ts";
import type { LeftOut } from "../src/results/results.ts";
import { analyseResults } from "../src/tables/analysis.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { boolqSample, creation, evaluation, onStrategyqa, seeded } from "./manifests.ts";

/** Files and terminal text of evaluations; their items are made from their counts. */
function render(manifests: readonly EvaluationManifest[], leftOut: LeftOut[] = []) {
  const runs = manifests.map((one) => toRun(one));
  const view = analyseResults(toResults(runs, { leftOut }));
  const files = renderFiles(view);
  const file = (name: string) => files[name] ?? `no file ${name}`;
  return { view, files, file, terminal: renderTerminal(view) };
}

const human = { source: "human", completions: null } as const;
const even = { labels: { True: 50, False: 50 } };

/** CREAK: a tree of three seeds, 383 + 391 + 377 = 3 x 383.667 of 686, and the human row. */
const creak = [
  evaluation({ ...seeded(1), test: { correct: 383 } }),
  evaluation({ ...seeded(2), test: { correct: 391 } }),
  evaluation({ ...seeded(3), test: { correct: 377 } }),
  evaluation({ ...human, train: even, test: { correct: 401 } }),
  evaluation({ test: onStrategyqa }),
];

const csqa = evaluation({
  task: "mcqa_5/csqa",
  train: { n: 37, target: 100, labels: null },
  conditions: { replies: "strict" },
  test: {
    task: "mcqa_5/csqa",
    n: 1241,
    correct: 403,
    options: "varying",
    optionCount: 5,
    labels: null,
  },
});

/** The rows of a Markdown table without its head, each text trimmed. */
function toRows(markdown: string): string[] {
  const lines = markdown.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((text) => text.trim())
      .join(" | "),
  );
}

describe("Markdown", () => {
  test("shows counts as hand-computed figures", () => {
    const { file } = render([...creak, csqa]);
    // 403/1241 = 0.324738; centre (0.324738 + 0.001548) / 1.003095 = 0.325279, half 0.026023.
    expect(toRows(file("table3.md"))).toEqual([
      "mcqa_5/csqa | mcqa_5/csqa | tree | 37 of 100 | 1241 | 32.47 | 29.9–35.1 | 29.9–35.2 | 1 | 20.00 |  |  |  | 37.53 |  |  |  |  | 48.50 | lower | creator qwen2.5-coder-1.5b-instruct, own wording, replies of 2048 tokens at most, classifier all-MiniLM-L6-v2, encoder frozen, N 37 (paper 8500) | human 60.00 | all-MiniLM-L6-v2, head | --replies strict | live qwen2.5-coder-1.5b-instruct",
      "yesno_close/creak | yesno_close/creak | human, same N | 100 | 686 | 58.45 | 54.7–62.1 | 54.7–62.2 | 1 | 50.00† / 50.73 | 49.03 | 57.84 | 0.294 | 11.55 |  |  |  |  | 81.19 | lower | classifier all-MiniLM-L6-v2, encoder frozen, N 100 (paper 10176) | human 60.00 | all-MiniLM-L6-v2, head |  | benchmark",
      expect.stringMatching(
        /^yesno_close\/creak \| yesno_close\/creak \| tree \| 100 \| 686 \| 55.93 \| [\d.]+–[\d.]+ \| {2}\| 3 \| 50.73 \/ 50.73 \| 44.38 \| 55.28 \| 0.237 \| 14.07 \| -2.5 \(-[\d.]+ to \+[\d.]+\) \| 0\.\d{3} \| [\d.]+ \| undecided \| 72.74 \| lower \| /,
      ),
    ]);
    const [csqaOnly, ...others] = toRows(file("table4.md"));
    expect(csqaOnly).toBe(`mcqa_5/csqa | mcqa_5/riddle_sense | ${" | ".repeat(18)}not evaluated`);
    expect(others).toEqual([
      expect.stringMatching(
        /^yesno_close\/creak \| yesno_close\/strategyqa \| tree \| 100 \| 115 \| 52.17 \| 43.1–61.1 \| [\d.]+–[\d.]+ \| 1 \| 50.43 \/ 50.43 \| (?:[\d.]+ \| ){4}54.78 \| underpowered \| /,
      ),
    ]);
  });

  test.each([
    ["<script>|x", "&lt;script&gt;\\|x"],
    ["a & b", "a &amp; b"],
    ["two\nlines\r\n", "two lines"],
    ["![x](http://y)", "!\\[x\\](http://y)"],
    ["back\\slash `code` *bold*", "back\\\\slash \\`code\\` \\*bold\\*"],
    ["colour \u001b[31mred", "colour \\[31mred"],
  ])("keeps a model named %j in its cell", (model, shown) => {
    const { file } = render([evaluation({ completions: { model } })]);
    const [row = "", ...others] = toRows(file("table3.md"));
    expect(row.split(/, head \| /)[1]).toBe(`live ${shown}`);
    expect(others).toEqual([]);
  });

  test("says so when there is nothing yet", () => {
    expect(render([]).file("table3.md")).toBe(
      "# Table 3. In-domain accuracy\n\nNo evaluations yet.\n",
    );
  });
});

/** A CSV's first row by column name; for texts without commas or quotes. */
function toRecord(csv: string): Record<string, string> {
  const [head = "", row = ""] = csv.split("\n");
  const fields = row.split(",");
  return Object.fromEntries(head.split(",").map((name, index) => [name, fields[index] ?? ""]));
}

test("tables of own tasks alone have no number, question or verdict of the paper's", () => {
  const data = { kind: "own", verified: false, mark: "3fa9" } as const;
  const own = { task: "./mine", data } as const;
  const mine = (changes: Parameters<typeof evaluation>[0] = {}) =>
    evaluation({ ...own, ...changes, test: { ...own, ...changes.test } });
  const runs = [
    mine(),
    mine({ source: "random" }),
    mine({ ...human, train: even, conditions: { fraction: 0.5 } }),
    mine({ ...human, train: even }),
  ].map((one) => toRun(one));
  const made = { path: "creations/mine", manifest: creation(own), partial: false };
  const view = analyseResults(toResults(runs, { creations: [made] }));
  const { "tables.json": _, ...files } = renderFiles(view);
  const texts = Object.entries(files).filter(([name]) => !name.endsWith(".csv"));
  for (const [name, text] of [...texts, ["terminal", renderTerminal(view)]]) {
    expect(text, name).not.toMatch(/paper(?! *=)|verdict|Table \d|Figure \d|stand in/i);
    expect(text, name).not.toMatch(/^# $/m);
  }
  expect(files["table3.md"]).toMatch(/^# Accuracy on the test split\n/);
  expect(files["table3.md"]).toContain("Minus human");
  // Heads of CSV columns stay, whatever is in them.
  expect(files["table3.csv"]).toContain(",paper_percent,");
});

test("rows that repeat seeds, and stale ones, are marked everywhere", () => {
  const files = renderFiles(
    analyseResults(
      toResults([{ ...toRun(evaluation()), testFileChanged: true }, toRun(evaluation())]),
    ),
  );
  for (const name of ["table3.md", "table3.tex"]) {
    expect(files[name]).toContain("tree, stale ");
    expect(files[name]).toContain("tree, repeat ");
  }
});

test("a tree minus another setting stands with its interval, in Markdown and CSV", () => {
  const { file } = render([evaluation(), evaluation({ source: "random", test: { correct: 380 } })]);
  // 20 of 686 items that the tree alone has right: 2.9 points, 95 % by Bonett and Price +1.5 to +4.3.
  expect(file("table3.md")).toMatch(/random \+2\.9 \(\+1\.\d to \+4\.\d\) holds/);
  expect(file("table3.csv")).toMatch(/random 2\.9\d+ \(1\.\d+ to 4\.\d+\) holds/);
});

describe("CSV", () => {
  test("has a column for each figure", () => {
    const { file } = render([
      evaluation({ test: { n: 10, correct: 8, labels: { True: 4, False: 6 } } }),
    ]);
    const record = toRecord(file("table3.csv"));
    expect(record).toMatchObject({
      trained_on: "yesno_close/creak",
      source: "tree",
      train_n: "100",
      test_n: "10",
      accuracy_percent: "80",
      baseline_chance_percent: "",
      baseline_train_majority_percent: "40",
      baseline_best_constant_percent: "60",
      paper_percent: "72.74",
      paper_comparable: "true",
      sample: "false",
      model: "qwen2.5-coder-1.5b-instruct",
    });
    expect(Number(record.interval_low_percent)).toBeCloseTo(49.02, 2);
    expect(Number(record.interval_high_percent)).toBeCloseTo(94.33, 2);
  });

  test("marks sample rows", () => {
    const { file } = render([evaluation({ ...boolqSample, ...human })]);
    expect(toRecord(file("table3.csv"))).toMatchObject({
      sample: "true",
      origin: "SAMPLE data",
      train_data: "sample",
      test_data: "sample",
      paper_percent: "85.62",
      paper_comparable: "false",
    });
  });

  test.each(["=1+1", "+1", "-1", "@SUM(A1)"])("a model named %s is no formula", (model) => {
    const { file } = render([evaluation({ completions: { model } })]);
    expect(toRecord(file("table3.csv")).model).toBe(`'${model}`);
  });

  test("has a row for a task without partner", () => {
    const closed = evaluation({ task: "yesno_close/boolq", test: { task: "yesno_close/boolq" } });
    expect(toRecord(render([closed]).file("table4.csv"))).toMatchObject({
      trained_on: "yesno_close/boolq",
      accuracy_percent: "",
      note: "no cross-domain partner",
    });
  });
});

describe("the terminal", () => {
  const sample = [
    evaluation({ ...boolqSample, ...human }),
    evaluation({ ...boolqSample, source: "naive" }),
  ];

  test("names students where a test set has several, and a model's file without its folder", () => {
    const other = { encoder: "use-lite", tune: "head" } as const;
    const model = { kind: "live", model: "/models/m.gguf", date: "2026-01-10T08:00:00Z" } as const;
    const text = render([
      evaluation({ completions: model }),
      evaluation({ completions: model, student: other }),
      csqa,
    ]).terminal;
    expect(text).toMatch(
      /yesno_close\/creak, 686 [^\n]+\nall-MiniLM-L6-v2, head\n {2}tree [^\n]+\nuse-lite, head\n {2}tree /,
    );
    expect(text).toMatch(/mcqa_5\/csqa, 1241 [^\n]+\n {2}tree /);
    expect(text).toContain("from m.gguf");
    expect(text).not.toContain("/models");
  });

  test("shows both tables, long descriptions once under a number", () => {
    expect(render([...creak, csqa, ...sample]).terminal).toMatchInlineSnapshot(`
      "Table 3. In-domain accuracy (contains SAMPLE rows: bundled sample data, not the benchmark)

        source                 N  acc %          95 %  seeds  p (Holm)    paper  verdict
      mcqa_5/csqa, 1241 test items, chance 20.00
        tree           37 of 100  32.47     29.9–35.1      1              48.50  lower      (1)
      yesno_open/boolq, 60 SAMPLE test items, best constant 55.00
        human                 40  61.67     49.0–72.9      1            (85.62)             (2)
        naive                 40  61.67     49.0–72.9      1                  –             (3)
          minus human         40   +0.0  -4.5 to +4.5            1.000        –
      yesno_close/creak, 686 test items, best constant 50.73
        human, same N        100  58.45     54.7–62.1      1              81.19  lower      (4)
        tree                 100  55.93     51.5–60.3      3              72.74  lower      (5)
          minus human        100   -2.5  -7.5 to +2.4            0.170     -8.5  undecided

      Table 4. Cross-domain accuracy

        source    N  acc %       95 %  seeds  paper  verdict
      mcqa_5/csqa → mcqa_5/riddle_sense, not evaluated
      yesno_open/boolq → yesno_open/pubmedqa, not evaluated
      yesno_close/creak → yesno_close/strategyqa, 115 test items, best constant 50.43
        tree    100  52.17  43.1–61.1      1  54.78  underpowered  (5)

      (1) from qwen2.5-coder-1.5b-instruct; classifier all-MiniLM-L6-v2, head; dev human; flags
          --replies strict
      (2) from SAMPLE data; classifier USE-lite (embedded), head; dev human
      (3) from SAMPLE data; SAMPLE recording of qwen2.5-coder-1.5b-instruct, 2026-01-05;
          classifier USE-lite (embedded), head; dev human
      (4) from benchmark; classifier all-MiniLM-L6-v2, head; dev human
      (5) from qwen2.5-coder-1.5b-instruct; classifier all-MiniLM-L6-v2, head; dev human

      Not decided: in-domain, classifiers trained on tree data (N 100) may be better or worse than
          those trained on as many human examples (-2.5 points of accuracy, 95 % interval -7.5 to
          +2.4 points, p 0.170; one task). Creator qwen2.5-coder-1.5b-instruct, classifier
          all-MiniLM-L6-v2, head.

      SAMPLE: data bundled with this repository, not the benchmark; a row made of it shows that
          the loop works, nothing more.
      Accuracy in percent; 95 % interval of one run, or of seeds that all answer alike (=):
          Wilson's over test items; the seed variance is unknown.
      Accuracy in percent, the mean over seeds; 95 % interval of several seeds: t, items and seeds
          both sampled.
      N such as 11 of 450: creation stopped short of what was asked for.
      Minus human: points over the human row of that N, of the same classifier on the same test
          items, paired, with a 95 % interval. p and *: adjusted (Holm) for all these differences
          of the table, * where below 0.05; McNemar's exact test of single runs and of seeds that
          all answer alike, of several seeds the larger p of a paired permutation and a t test.
      Claim, or the verdict on a difference: whether it has the sign of the paper's. holds and
          contradicted go by its own 95 % interval, while p is adjusted for all of the table:
          either can stand beside a p above 0.05. undecided: the interval includes 0;
          underpowered: it does, and the paper's difference is smaller than the MDE.
      Verdict on a row: whether the paper's number lies in our 95 % prediction interval for one
          further run. agrees: it does; higher, lower: ours is; underpowered: it does, but the
          interval is wider than 5 points either way.
      Paper: Lee et al. 2023, RoBERTa-large fully fine-tuned at full train size, created data by
          gpt-3.5-turbo; very probably one run a cell.
      (In parentheses): the paper's number for the real benchmark; no comparison with a sample.
      Not better than the best constant answer, or than a guess where options vary (paired
          permutation of the items, one-sided, 95 %): human on yesno_open/boolq (USE-lite
          (embedded), head); naive on yesno_open/boolq (USE-lite (embedded), head);
          yesno_close/creak, tree on yesno_close/strategyqa (all-MiniLM-L6-v2, head).

      Made of 8 evaluations.
      "
    `);
  });

  test("fits beside turbo's prefix in 120 columns", () => {
    const { terminal } = render([...creak, csqa, ...sample]);
    expect(Math.max(...terminal.split("\n").map((line) => line.length))).toBeLessThanOrEqual(92);
  });

  test("wraps the texts of controls and collapsed runs where a line has no room for them", () => {
    const many = { train: { n: 10176, target: 10176 } };
    const control = { conditions: { labels: "shuffled", input: "options" } };
    const shorts = [1, 2, 3].map((seed) =>
      evaluation({
        ...seeded(seed),
        train: { n: 9876, target: 10176 },
        dev: { collapsed: seed < 2 },
      }),
    );
    const { terminal } = render([
      ...shorts,
      evaluation({ ...human, ...many }),
      evaluation(control),
      ...sample,
    ]);
    const lines = terminal.split("\n");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(92);
    expect(terminal).toMatch(
      /^ {2}tree, labels +100 .* \(5\)\n {4}shuffled,\n {4}options\n {4}alone$/m,
    );
    expect(terminal).toMatch(/^ {2}tree +9876 +58\.31 .* 3= 1c .*\n +of +\[58\.31\]\n +10176$/m);
  });

  test("says so when there is nothing yet", () => {
    expect(render([]).terminal).toBe("No evaluations yet.\n");
  });

  test("takes no orders from a name", () => {
    const { terminal } = render([evaluation({ completions: { model: "\u001b[2Jm\u202egp" } })]);
    expect(terminal).toContain("from [2Jmgp;");
  });
});

test("manifests left out are named under every table", () => {
  const leftOut = [{ path: "evaluations/x/manifest.json", why: "version: expected <1>" }];
  const { files, terminal } = render(creak, leftOut);
  expect(terminal).toContain("Left out: evaluations/x/manifest.json: version: expected <1>\n");
  for (const name of ["table3.md", "table4.md"] as const)
    expect(files[name]).toContain(
      "- Left out: evaluations/x/manifest.json: version: expected &lt;1&gt;\n",
    );
});

test("the same evaluations give the same text in any order", () => {
  const all: EvaluationManifest[] = [...creak, csqa, evaluation(boolqSample)];
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
      const [one, other] = [render(shuffled), render(all)];
      expect(one.files).toEqual(other.files);
      expect(one.terminal).toBe(other.terminal);
    }),
    { numRuns: 20 },
  );
});
