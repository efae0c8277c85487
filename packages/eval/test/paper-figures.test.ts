import { describe, expect, test } from "vitest";
import { listCellRows } from "../src/tables/accuracy-table.ts";
import { listHumanDifferences } from "../src/tables/rows.ts";
import { rowsOf, tableOf } from "./analysis-of.ts";
import { boolqSample, evaluation } from "./manifests.ts";

test("the paper's figure stands beside its own task, and beside a sample as no comparison", () => {
  const { rows } = tableOf(
    3,
    evaluation(),
    evaluation({ source: "naive" }),
    evaluation(boolqSample),
  );
  expect(rows).toMatchObject([
    { paper: { percent: 69.66, verdict: null } },
    { paper: null },
    { paper: { percent: 72.74, verdict: "lower" } },
  ]);
});

test("a sample's difference is no test of the paper's claim", () => {
  const [human, tree] = rowsOf(
    3,
    evaluation({ ...boolqSample, source: "human", completions: null }),
    evaluation(boolqSample),
  );
  expect(human?.role).toBe("human");
  expect(tree && listHumanDifferences(tree)).toMatchObject([{ paper: -0.1596, verdict: null }]);
});

test("a set with human examples mixed in has no figure in the paper, and stands after its own", () => {
  const mixed = evaluation({ train: { human: 10, n: 100 } });
  const file = evaluation({ source: "file", completions: null });
  const { rows } = tableOf(3, file, mixed, evaluation());
  expect(rows).toMatchObject([
    { cell: { source: "tree", train: { human: 0 } }, paper: { percent: 72.74 } },
    { cell: { source: "tree", train: { human: 10 } }, paper: null },
    { cell: { source: "file" }, paper: null },
  ]);
});

describe("what differs from the paper's runs", () => {
  const paper = {
    completions: { kind: "live", model: "gpt-3.5-turbo-0613", date: "2026-01-10" },
    train: { n: 10176, target: 10176 },
    student: { encoder: "FacebookAI/roberta-large", tune: "full" },
    conditions: {
      instruction: "original",
      replies: "strict",
      maxTokens: "original",
      recipe: "paper",
    },
  } as const;

  test("is nothing in its own conditions", () => {
    expect(rowsOf(3, evaluation(paper))[0]?.differs).toEqual([]);
  });

  test.each([
    ["creator qwen", { completions: { ...paper.completions, model: "qwen" } }],
    ["a replay", { completions: { ...paper.completions, kind: "replay" } }],
    ["own wording", { conditions: { ...paper.conditions, instruction: undefined } }],
    ["replies salvaged", { conditions: { ...paper.conditions, replies: undefined } }],
    [
      "replies of 2048 tokens at most",
      { conditions: { ...paper.conditions, maxTokens: undefined } },
    ],
    ["classifier roberta-base", { student: { encoder: "roberta-base", tune: "full" } }],
    ["encoder frozen", { student: { encoder: "roberta-large", tune: "head" } }],
    ["own recipe", { conditions: { ...paper.conditions, recipe: undefined } }],
    ["N 100 (paper 10176)", { train: { n: 100, target: 100 } }],
    ["dev split created", { dev: { source: "created" } }],
  ] as const)("%s, and does not take the verdict away", (word, change) => {
    const run = evaluation({ ...paper, ...change } as Parameters<typeof evaluation>[0]);
    const [row] = rowsOf(3, run);
    expect(row?.differs).toEqual([word]);
    expect(row?.paper?.verdict).toBe("lower");
  });
});

describe("a figure's footnotes", () => {
  const on = (task: string, change: object = {}) =>
    evaluation({ task, test: { task }, ...change } as Parameters<typeof evaluation>[0]);
  const human = { source: "human", completions: null } as const;
  const cross = (from: string, to: string) =>
    evaluation({ task: from, test: { task: to, kind: "cross-domain" } });

  test.each([
    ["a constant predictor's", 3, on("yesno_close/boolq"), /always giving one and the same answer/],
    [
      "compared with a constant",
      3,
      on("yesno_close/strategyqa"),
      /human accuracy here \(49.56\) .* to a constant/,
    ],
    [
      "a constant human one",
      3,
      on("yesno_close/strategyqa", human),
      /human accuracy here \(49.56\) .*did not collapse \(1 of 1\) reach 58.31 \(human, 100\)/,
    ],
    [
      "swapped labels",
      4,
      cross("yesno_open/pubmedqa", "yesno_open/bioasq"),
      /look swapped in print/,
    ],
    ["a number that no count gives", 3, on("mcqa_2/winogrande"), /52\.81 is no number of right/],
    [
      "a cross-domain number that no count gives",
      4,
      {
        ...cross("mcqa_5/riddle_sense", "mcqa_5/csqa"),
        source: "diverse" as const,
      },
      /42\.35 is no number of right/,
    ],
    [
      "two numbers for the same data",
      3,
      on("mcqa_5/riddle_sense", human),
      /Figure 5 ends at about 54\.5 .* Table 3 has 56\.48/,
    ],
  ] as const)("%s", (_, number, manifest, text) => {
    const table = tableOf(number, manifest);
    const [row] = listCellRows(table);
    const texts = row?.footnotes.map((place) => table.footnotes[place]);
    expect(texts).toContainEqual(expect.stringMatching(text));
  });

  test("say that our human runs collapsed, too", () => {
    const collapsed = on("yesno_close/strategyqa", { ...human, dev: { collapsed: true } });
    expect(tableOf(3, collapsed).footnotes).toContainEqual(
      expect.stringMatching(/collapsed as well/),
    );
  });

  test("of a difference stand at rows that the paper has one for, no others", () => {
    const naive = tableOf(3, on("yesno_close/strategyqa", { source: "naive" }));
    expect(naive.footnotes).toEqual([]);
  });

  test("are none for an ordinary one", () => {
    expect(tableOf(3, evaluation()).footnotes).toEqual([]);
    expect(tableOf(4, cross("mcqa_2/piqa", "mcqa_2/winogrande")).footnotes).toHaveLength(1);
  });
});
