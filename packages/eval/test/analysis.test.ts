import { describe, expect, test } from "vitest";
import { analyseResults } from "../src/tables/analysis.ts";
import { analysisOf, sized } from "./analysis-of.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { boolqSample, evaluation, seeded } from "./manifests.ts";

describe("footers", () => {
  test("count what was read, left out, failed and is stale", () => {
    const stale = { ...toRun(evaluation()), testFileChanged: true };
    const results = toResults([stale, toRun(evaluation(seeded(2)))], {
      leftOut: [{ path: "evaluations/x/manifest.json", why: "version" }],
      failures: [{ path: "creations/y", stage: "creation", error: "no server", at: "" }],
    });
    const view = analyseResults(results);
    expect(view.footers).toEqual([
      "Made of 2 evaluations.",
      "1 file left out, named below.",
      "1 run failed, named below.",
      "1 evaluation stale: the test file has changed since.",
    ]);
    expect(view).toMatchObject({ about: [], sample: false, replay: false });
  });

  test("say what each experiment says of itself", () => {
    const experiments = ["one", "two"].map((name) => ({
      version: 1 as const,
      name,
      about: `What differs in ${name}.`,
    }));
    expect(analyseResults(toResults([toRun(evaluation())], { experiments })).about).toEqual([
      "Experiment one: What differs in one.",
      "Experiment two: What differs in two.",
    ]);
  });

  test("say what is sample and what is a replay", () => {
    const replay = evaluation({ completions: { kind: "replay" } });
    expect(analysisOf(evaluation(boolqSample), replay)).toMatchObject({
      sample: true,
      replay: true,
    });
  });
});

test("a view is JSON: nothing is lost on the way but the name of infinity", () => {
  const view = analysisOf(evaluation(), evaluation({ source: "naive" }), sized(100, 420));
  const text = JSON.stringify(view, (_, value) => (value === Infinity ? "Infinity" : value));
  const back = JSON.parse(text, (_, value) => (value === "Infinity" ? Infinity : value));
  expect(back).toEqual(view);
});
