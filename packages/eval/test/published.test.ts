import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tasks } from "@seedling/core";
import { describe, expect, test } from "vitest";
import { part } from "../../core/test/parts.ts";
import published from "../src/tables/published.json" with { type: "json" };
import { publishedFigure } from "../src/tables/published.ts";

describe("the paper's figures", () => {
  test.each([
    [3, "human", "mcqa_2/piqa", "mcqa_2/piqa", 80.95],
    [3, "tree", "yesno_open/boolq", "yesno_open/boolq", 69.66],
    [3, "tree", "yesno_close/boolq", "yesno_close/boolq", 61.28],
    [3, "similar", "mcqa_5/csqa", "mcqa_5/csqa", 47.62],
    [3, "random", "yesno_close/creak", "yesno_close/creak", 67.93],
    [4, "tree", "yesno_close/creak", "yesno_close/strategyqa", 54.78],
    [4, "tree", "yesno_open/boolq", "yesno_open/pubmedqa", 64.6],
    [4, "diverse", "mcqa_2/winogrande", "mcqa_2/piqa", 49.5],
    // The labels that look swapped in print.
    [4, "human", "yesno_open/pubmedqa", "yesno_open/bioasq", 67.14],
    [4, "human", "yesno_open/bioasq", "yesno_open/pubmedqa", 56.2],
  ] as const)("table %d, %s, %s on %s: %d", (table, source, from, to, figure) => {
    expect(publishedFigure(table, source, from, to)).toBe(figure);
  });

  test.each([
    ["naive", 3, "naive", "mcqa_2/piqa", "mcqa_2/piqa"],
    ["a pair of its other table", 3, "tree", "mcqa_2/piqa", "mcqa_2/winogrande"],
    ["closed BoolQ cross-domain", 4, "tree", "yesno_close/boolq", "yesno_close/creak"],
    ["a folder", 4, "tree", "yesno_open/boolq", "./mine"],
  ] as const)("has none for %s", (_, table, source, from, to) => {
    expect(publishedFigure(table, source, from, to)).toBeNull();
  });

  test("cover every task and every partner", () => {
    for (const { name, partners } of tasks) {
      expect(publishedFigure(3, "tree", name, name)).not.toBeNull();
      for (const partner of partners)
        expect(publishedFigure(4, "tree", name, partner)).not.toBeNull();
    }
  });

  const shared = part("shared");
  test.skipIf(!shared)("are those that were read off the paper", () => {
    const path = join(shared ?? "", "published", "tables.json");
    const read = JSON.parse(readFileSync(path, "utf8"));
    expect(published.table3.columns).toEqual(read.table3_in_distribution.columns);
    expect(published.table3.rows).toEqual(read.table3_in_distribution.rows);
    expect(published.table4.rows).toEqual(read.table4_out_of_distribution.rows);
    const short = published.table4.columns.map((pair) => pair.map((name) => name.split("/")[1]));
    expect(short).toEqual(read.table4_out_of_distribution.columns_probable);
  });
});
