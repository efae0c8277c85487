import { describe, expect, test } from "vitest";
import type { CreationRun } from "../src/results/results.ts";
import { computeCosts, createCostTable } from "../src/tables/table5.ts";
import { creation } from "./manifests.ts";

function made(changes: Parameters<typeof creation>[0] = {}, partial = false): CreationRun {
  const manifest = creation(changes);
  const path = `creations/${manifest.source}/${manifest.seeds.creation}-${manifest.kept}`;
  return { path, manifest, partial };
}

test("a creation's tokens, a kept example's, and what they cost at both prices", () => {
  const { rows } = computeCosts([made()]);
  // 12,000 tokens for 100 kept; 0.024 USD at 0.002 for 1,000; for the paper's 10,176 examples 2.44.
  expect(rows).toMatchObject([
    { kept: 100, replies: 30, tokens: 12000, tokensPerKept: 120, todayUsd: 0.012, paperUsd: 3.5 },
  ]);
  expect(rows[0]?.paperPriceUsd).toBeCloseTo(0.024);
  expect(rows[0]?.paperPriceUsdAtPaperSize).toBeCloseTo(2.44224);
});

test("seeds are averaged, a kept example's tokens over all of them", () => {
  const second = made({
    seeds: { example: 2, creation: 2 },
    kept: 50,
    usage: { promptTokens: 1000, completionTokens: 8000, uncounted: 2 },
    costUsd: 0.02,
  });
  const [row, ...others] = computeCosts([made(), second]).rows;
  expect(others).toEqual([]);
  expect(row).toMatchObject({ kept: 75, tokens: 10500, tokensPerKept: 140, uncounted: 2 });
  expect(row?.todayUsd).toBeCloseTo(0.016);
  expect(row?.creations).toHaveLength(2);
});

test("asked for by tokens, seeds are averaged though each kept another number", () => {
  const asked = { conditions: { tokens: 12_000 } };
  const [row, ...others] = computeCosts([
    made({ ...asked, target: 51, kept: 51 }),
    made({ ...asked, target: 60, kept: 60, seeds: { example: 1, creation: 2 } }),
  ]).rows;
  expect(others).toEqual([]);
  expect(row).toMatchObject({ target: 56, kept: 55.5 });
  const kept = createCostTable({ title: "", rows: row ? [row] : [], notes: [] }).columns.find(
    ({ id }) => id === "kept",
  );
  expect(row && kept?.text(row)).toBe("56");
});

describe("kept apart:", () => {
  test.each([
    ["another task", { task: "mcqa_5/csqa" }],
    ["another setting", { source: "naive" }],
    ["another creator", { completions: { kind: "live", model: "b", date: "2026-01-10" } }],
    ["a replay", { completions: { kind: "replay", model: "a", date: "2026-01-10" } }],
    ["other flags", { conditions: { replies: "strict" } }],
  ] as const)("%s", (_, change) => {
    expect(computeCosts([made(), made(change)]).rows).toHaveLength(2);
  });

  test("another number of examples, and not fewer kept of as many", () => {
    const { rows } = computeCosts([
      made({ conditions: { examples: 1000 }, target: 1000, kept: 1000 }),
      made(),
      made({ kept: 40 }, true),
    ]);
    expect(rows.map(({ target, kept }) => [target, kept])).toEqual([
      [100, 70],
      [1000, 1000],
    ]);
  });
});

test("nothing kept, no price, no figure of the paper's: none is made up", () => {
  const none = made({ source: "naive", kept: 0, costUsd: null }, true);
  expect(computeCosts([none]).rows).toMatchObject([
    {
      tokensPerKept: null,
      paperPriceUsdAtPaperSize: null,
      todayUsd: null,
      paperUsd: null,
      partial: true,
    },
  ]);
});

test("rows stand in the order of the paper's columns, then of the settings, in any order of files", () => {
  const runs = [
    made({ source: "tree" }),
    made({ source: "naive" }),
    made({ task: "mcqa_5/csqa" }),
    made({ task: "./mine" }),
  ];
  const expected = [
    "mcqa_5/csqa tree",
    "yesno_close/creak naive",
    "yesno_close/creak tree",
    "./mine tree",
  ];
  for (const order of [runs, runs.toReversed()])
    expect(computeCosts(order).rows.map(({ task, source }) => `${task} ${source}`)).toEqual(
      expected,
    );
});

test("a row is the same in any order of its creations", () => {
  const runs = [1, 2, 3].map((creation) =>
    made({ seeds: { example: 1, creation }, kept: 97 + creation, costUsd: creation / 10 }),
  );
  expect(computeCosts(runs.toReversed())).toEqual(computeCosts(runs));
});

test("what the creator answered itself is no creation", () => {
  expect(computeCosts([made({ source: "direct" })]).rows).toEqual([]);
});

test("the creations of a row stand by path, however they are read", () => {
  const seeds = [1, 2, 3].map((seed) => made({ seeds: { example: seed, creation: seed } }));
  const paths = ["creations/tree/1-100", "creations/tree/2-100", "creations/tree/3-100"];
  for (const order of [seeds, seeds.toReversed()])
    expect(computeCosts(order).rows[0]?.creations).toEqual(paths);
});
