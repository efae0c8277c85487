import { describe, expect, test } from "vitest";
import { renderCsv, renderFiles } from "../src/render/files.ts";
import { html, renderHtmlTable } from "../src/render/html.ts";
import { numberLong, toTexts } from "../src/render/text-table.ts";
import type { EvaluationManifest } from "../src/results/evaluation-manifest.ts";
import { analyseResults } from "../src/tables/analysis.ts";
import { field, interval, left, long, percent, right, type Table } from "../src/tables/column.ts";
import { analysisOf } from "./analysis-of.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { boolqSample, creation, evaluation } from "./manifests.ts";

interface Fruit {
  name: string;
  weight: number | null;
  range?: { low: number; high: number };
  note: string;
}

const fruits: Table<Fruit> = {
  title: "Fruit <b>",
  columns: [
    left("name", "Name", ({ name }) => name),
    right("weight", "Weight g", ({ weight }) => weight),
    percent("sweet_percent", "Sweet %", ({ weight }) => weight && weight / 1000),
    ...interval<Fruit>("range", "points", "Range", ({ range }) => range),
    field("is_light", ({ weight }) => weight !== null && weight < 100),
    right("seeds", "Seeds", () => null),
    long("note", "Note", ({ note }) => note),
  ],
  rows: [
    { name: "plum & co", weight: 60, range: { low: -0.012, high: 0.5 }, note: "kept cool" },
    { name: "<pear>", weight: null, note: "kept cool" },
  ],
  empty: "No fruit.",
  notes: [],
};

/** The texts of each row's cells, tags removed but for `small`. */
function readCells(text: string): string[][] {
  return [...text.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = ""]) => cell),
  );
}

describe("HTML", () => {
  test("shows every column with a head and a text, escaped, and sorts by the value", () => {
    const { text } = renderHtmlTable(fruits);
    expect(readCells(text)).toEqual([
      ["Name", "Weight g", "Sweet %", "Range", "Note"],
      ["plum &amp; co", "60", "6.00", "-1.2 to +50.0", "kept cool"],
      ["&lt;pear&gt;", "", "", "", "kept cool"],
    ]);
    expect(text).toContain("<caption>Fruit &lt;b&gt;</caption>");
    expect(text).toContain('<th scope="row" data-value="plum &amp; co">');
    expect(text).toContain('<td class="right" data-value="-1.2">');
    expect(text).toContain('<td class="right"></td>');
  });

  test("stacks columns of one cell, leaves out what is empty, and decorates a text", () => {
    const { text } = renderHtmlTable(fruits, {
      cells: [["name", "note"], ["weight", "range_low_points"], "seeds"],
      decorate: { name: ({ weight }, name) => html`<b>${name}</b>${weight !== null && "!"}` },
    });
    expect(readCells(text)).toEqual([
      ["Name", "Weight g"],
      ["<b>plum &amp; co</b>!<small>kept cool</small>", "60<small>-1.2 to +50.0</small>"],
      ["<b>&lt;pear&gt;</b><small>kept cool</small>", ""],
    ]);
  });

  test("names a column that the table does not have", () => {
    expect(() => renderHtmlTable(fruits, { cells: ["colour"] })).toThrow(/colour/);
  });
});

test("CSV has every column by its id, and both ends of an interval", () => {
  expect(renderCsv(fruits)).toBe(
    "name,weight,sweet_percent,range_low_points,range_high_points,is_light,seeds,note\n" +
      "plum & co,60,6,-1.2,50,true,,kept cool\n" +
      "<pear>,,,,,false,,kept cool\n",
  );
});

describe("texts", () => {
  test("have no column that is empty in every row, but all where there is no row", () => {
    expect(toTexts(fruits).columns.map(({ head }) => head)).not.toContain("Seeds");
    expect(toTexts({ ...fruits, rows: [] }).columns.map(({ head }) => head)).toContain("Seeds");
  });

  test("have headings with one text, which count for no column", () => {
    const table = { ...fruits, kind: ({ weight }: Fruit) => (weight ? undefined : "heading") };
    const { rows } = toTexts(table as Table<Fruit>);
    expect(rows.map(({ kind }) => kind)).toEqual([undefined, "heading"]);
  });

  test("of long columns stand once, under a number that several tables share", () => {
    const table = toTexts({ ...fruits, columns: fruits.columns.slice(-1) });
    const other = { ...table, rows: [{ texts: ["left out"] }, { texts: [""] }] };
    const { tables, legend } = numberLong([table, other]);
    expect(legend).toEqual(["(1) note kept cool", "(2) note left out"]);
    expect(tables.map(({ rows }) => rows.map(({ texts }) => texts))).toEqual([
      [["(1)"], ["(1)"]],
      [["(2)"], [""]],
    ]);
  });
});

test("the further tables of nothing are a sentence each, without notes", () => {
  const further = renderFiles(analysisOf())["further.md"] ?? "";
  expect(further.split(/^##? .*\n/m).map((text) => text.trim())).toEqual([
    "",
    "No answer yet: a created and a human row of one classifier on one in-domain test set.",
    "Nothing to choose among yet: two created settings, or two encoders, of one task.",
    "No controls yet: --setting direct, --labels shuffled, --select random, --input options or question.",
    "No pair yet: a created and a human row of one classifier on one cross-domain test set.",
    "No curve yet: human rows of two sizes or more, by --examples or --fraction with --fraction-by random.",
    "No created row yet.",
  ]);
});

test("every table names the sample, and no other row", () => {
  const sample = evaluation(boolqSample);
  const human = evaluation({ ...boolqSample, source: "human", completions: null });
  const rows = [sample, human, evaluation({ ...boolqSample, source: "naive" })];
  const half = { conditions: { fraction: 0.5 }, train: { n: 20, target: 20 } };
  const files = (manifests: EvaluationManifest[]) =>
    renderFiles(
      analyseResults(
        toResults(
          manifests.map((one) => toRun(one)),
          {
            creations: [
              {
                path: "creations/c",
                manifest: creation({
                  data: manifests[0]?.data ?? sample.data,
                  task: "yesno_open/boolq",
                }),
                partial: false,
              },
            ],
          },
        ),
      ),
    );
  const ofSample = files([...rows, evaluation({ ...boolqSample, ...half })]);
  const real = files([evaluation(), evaluation({ source: "naive" }), evaluation(half)]);
  expect(ofSample["figure5.md"]).toMatch(/\| tree SAMPLE +\|.*\| +0\.5 \|/);
  expect(ofSample["further.md"]).toContain("| tree SAMPLE |");
  expect(ofSample["table5.md"]).toContain("(4.20)");
  expect(real["figure5.md"]).toMatch(/\| tree +\|.*\| +0\.5 \|/);
  expect(real["table5.md"]).toMatch(/ 4\.20 /);
  for (const name of ["figure5.md", "further.md"]) expect(real[name]).not.toContain("SAMPLE");
});
