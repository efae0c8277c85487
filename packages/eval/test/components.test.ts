import { describe, expect, test } from "vitest";
import { analysisOf } from "./analysis-of.ts";
import { evaluation } from "./manifests.ts";

describe("variance components", () => {
  const run = (example: number, creation: number, train: number, correct: number) =>
    evaluation({ seeds: { example, creation, train }, test: { correct } });

  test("are of the runs of a row with crossed seeds", () => {
    const [entry, ...others] = analysisOf(
      run(1, 1, 1, 400),
      run(1, 1, 2, 410),
      run(1, 2, 1, 380),
      run(1, 2, 2, 390),
    ).components;
    expect(others).toEqual([]);
    expect(entry?.runs).toBe(4);
    expect(entry?.sources.map(({ source, levels, why }) => [source, levels, why])).toEqual([
      ["formatting example", 1, "not estimable: one level"],
      ["creation sampling", 2, null],
      ["training seed", 4, null],
    ]);
    // Within creations: (400 - 410)^2 / 2 + (380 - 390)^2 / 2 = 100 over 2 df, 50 right answers squared.
    expect(entry?.sources[2]?.sd).toBeCloseTo(Math.sqrt(50) / 686);
  });

  test("of sources that are not told apart are called by all their names, of the row of the most runs", () => {
    const { components } = analysisOf(
      evaluation({ source: "naive" }),
      run(1, 1, 1, 400),
      run(2, 2, 2, 410),
    );
    expect(components).toHaveLength(1);
    expect(components[0]?.sources).toMatchObject([
      { levels: 2, share: 1, includes: ["creation sampling", "training seed"] },
      { levels: 2, sd: null, why: "not estimable: in the one above it" },
      { levels: 2, sd: null, why: "not estimable: in the one above it" },
    ]);
  });

  test("of one run are not estimable, and said so", () => {
    const [entry] = analysisOf(run(1, 1, 1, 400)).components;
    expect(entry?.sources.every(({ why }) => why === "not estimable: one level")).toBe(true);
  });
});
