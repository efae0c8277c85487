import { describe, expect, test } from "vitest";
import { analysisOf, type Changes, sized } from "./analysis-of.ts";
import { evaluation } from "./manifests.ts";

describe("the best", () => {
  const row = (source: "naive" | "tree" | "random", dev: number, correct: number) =>
    evaluation({ source, dev: { accuracy: dev }, test: { correct } });

  test("setting is chosen on dev; the one the test set chooses stands beside it", () => {
    const [best, ...others] = analysisOf(
      row("naive", 0.7, 380),
      row("tree", 0.6, 400),
      sized(100, 420),
    ).best;
    expect(others).toEqual([]);
    expect(best).toMatchObject({
      among: "setting",
      byDev: { label: "naive", tied: 0, accuracy: 380 / 686 },
      byTest: { label: "tree", accuracy: 400 / 686 },
      paper: { label: "tree", percent: 72.74 },
    });
    // (380 - 420) / 420 and / 380; the paper's (72.74 - 81.19) / 81.19 and / 72.74.
    expect(best?.byDev.ofHuman).toBeCloseTo(-40 / 420);
    expect(best?.byDev.ofBest).toBeCloseTo(-40 / 380);
    expect(best?.paper?.ofHuman).toBeCloseTo(-0.10408, 4);
    expect(best?.paper?.ofBest).toBeCloseTo(-0.11617, 4);
  });

  test("of equals is the first, and said", () => {
    const [best] = analysisOf(
      row("naive", 0.6, 380),
      row("random", 0.6, 390),
      row("tree", 0.5, 1),
    ).best;
    expect(best?.byDev).toMatchObject({ label: "naive", tied: 1 });
  });

  test("is chosen among settings and encoders, of each the row that did not stop short", () => {
    const encoder = { student: { encoder: "another" } };
    const short = (change: Changes) =>
      evaluation({ ...change, train: { n: 37, target: 100 }, dev: { accuracy: 0.9 } });
    expect(analysisOf(short({}), evaluation()).best).toEqual([]);
    const { best } = analysisOf(
      short({}),
      row("tree", 0.5, 400),
      row("naive", 0.6, 380),
      short(encoder),
      evaluation({ ...encoder, dev: { accuracy: 0.6 }, test: { correct: 390 } }),
    );
    expect(
      best.map(({ among, byDev: { label, tied, accuracy } }) => [among, label, tied, accuracy]),
    ).toEqual([
      ["setting", "naive", 0, 380 / 686],
      ["encoder", "another", 0, 390 / 686],
    ]);
  });

  test("encoder is chosen for each source", () => {
    const other = evaluation({ student: { encoder: "another" }, dev: { accuracy: 0.9 } });
    expect(analysisOf(evaluation(), other).best).toMatchObject([
      { among: "encoder", byDev: { label: "another" }, paper: null },
    ]);
  });

  test("has no percentages without a human row", () => {
    const [best] = analysisOf(row("naive", 0.7, 380), row("tree", 0.6, 400)).best;
    expect(best?.byDev).toMatchObject({ ofHuman: null, ofBest: null });
  });
});
