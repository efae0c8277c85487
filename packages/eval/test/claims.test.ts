import { describe, expect, test } from "vitest";
import { analyseResults } from "../src/tables/analysis.ts";
import { listClaims } from "../src/tables/claims.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { boolqSample, evaluation, onStrategyqa } from "./manifests.ts";

/** CREAK from 100 examples of a source, tested in-domain and on StrategyQA. */
function runs(source: "tree" | "naive" | "attributes" | "human", correct: number, onOther: number) {
  const completions = source === "human" ? { completions: null } : {};
  const common = { source, ...completions };
  return [
    toRun(evaluation({ ...common, test: { correct } })),
    toRun(evaluation({ ...common, test: { ...onStrategyqa, correct: onOther } })),
  ];
}

const list = (all: Parameters<typeof toResults>[0]) => listClaims(analyseResults(toResults(all)));

describe("claims", () => {
  // The first ones are right, so that differences are of some items alone.
  const claims = list([
    ...runs("tree", 400, 80),
    ...runs("naive", 300, 60),
    ...runs("human", 405, 40),
  ]);
  const find = (part: string, against?: string) =>
    claims.filter(({ claim, on }) => claim.includes(part) && (!against || on.against === against));

  test("the paper's questions have a verdict over all tasks", () => {
    expect(find("about as well")).toMatchObject([
      { of: "Lee et al. 2023", verdict: "holds", on: { source: "tree", tasks: 1 }, sample: false },
    ]);
    expect(
      find("Out of domain, classifiers").map(({ verdict, on }) => [on.source, verdict]),
    ).toEqual([
      ["tree", "holds"],
      ["naive", "holds"],
    ]);
    const best = find("Trees do better", "naive");
    expect(best.map(({ claim, verdict }) => [claim.split(", ")[1], verdict])).toEqual([
      ["in-domain.", "holds"],
      ["out of domain.", "holds"],
    ]);
    expect(best[0]?.figures.value).toBeCloseTo(100 / 686, 10);
  });

  test.each([
    [400, "holds"],
    [385, "contradicted"],
    [300, "contradicted"],
  ])("%i right against 405 as the tables' answer: %s", (correct, verdict) => {
    const compared = list([...runs("tree", correct, 80), ...runs("human", 405, 40)]);
    const [claim] = compared.filter((one) => one.claim.includes("about as well"));
    expect(claim?.verdict).toBe(verdict);
  });

  test("each of its figures and differences, too", () => {
    // 81.19 of human and 72.74 of tree data: 8.45 points less.
    const [less] = find("tree data are less accurate than human data");
    expect(less).toMatchObject({ paper: -0.0845, test: expect.stringMatching(/^McNemar, exact/) });
    expect(less?.figures.value).toBeCloseTo(-5 / 686, 10);
    expect(find("tree data give 72.74 %")).toMatchObject([
      { paper: 0.7274, figures: { value: 400 / 686 }, verdict: "lower" },
    ]);
  });

  test("none of a way of creating that is not the paper's", () => {
    const others = [...runs("attributes", 300, 60), ...runs("human", 405, 40)];
    expect(list(others).filter(({ on }) => on.source !== "human")).toEqual([]);
    const beside = list([...others, ...runs("tree", 400, 80)]);
    expect(beside.length).toBeGreaterThan(0);
    expect(JSON.stringify(beside)).not.toContain("attributes");
  });

  test("the sample gives no verdict, and an own task no claim", () => {
    const human = { ...boolqSample, source: "human", completions: null } as const;
    const sample = list([
      toRun(evaluation({ ...boolqSample, source: "tree" })),
      toRun(evaluation(human)),
    ]);
    expect(sample.length).toBeGreaterThan(0);
    expect(sample.every(({ verdict, sample }) => verdict === null && sample)).toBe(true);
    expect(list([toRun(evaluation({ data: { kind: "own" }, task: "mine" }))])).toEqual([]);
  });
});
