import { describe, expect, test } from "vitest";
import { judgeAnswer } from "../src/verdicts/judge-answer.ts";
import { analysisOf, human, sized } from "./analysis-of.ts";
import { boolqSample, evaluation, onStrategyqa, seeded } from "./manifests.ts";

const full = { n: 10176, target: 10176 };

test.each([
  [{ low: 0.01, high: 0.05 }, "better"],
  [{ low: -0.02, high: 0.05 }, "yes"],
  [{ low: -0.02, high: -0.01 }, "nearly"],
  [{ low: -0.1, high: -0.01 }, "no"],
  [{ low: -0.1, high: 0.1 }, "open"],
] as const)("an interval of %j answers %s", (interval, judgement) => {
  expect(judgeAnswer(interval)).toBe(judgement);
});

describe("the answer in-domain", () => {
  test("is held against as many human examples and against the whole train split, a sentence each", () => {
    const [answer, ...others] = analysisOf(
      evaluation(),
      sized(100, 410),
      sized(10176, 550),
    ).answers;
    expect(others).toEqual([]);
    expect(answer).toMatchObject({ source: "tree", size: 100, sample: false });
    // 10 and 150 of 686 items.
    expect(answer?.sameN?.sentence).toMatch(
      /^(Yes, within 3 points|Nearly): in-domain, classifiers trained on tree data \(N 100\) are 1\.5 points of accuracy below those trained on as many human examples \(95 % interval -\S+ to [+-]\S+ points, p \S+; one task\)\.$/,
    );
    expect(answer?.largest?.sentence).toMatch(
      /^No: in-domain, classifiers trained on tree data \(N 100\) are 21\.9 points of accuracy below those trained on the human train split \(N 10,176\) \(95 % /,
    );
    expect(answer?.largest?.mean).toBeCloseTo(-150 / 686);
    expect(answer?.cells).toHaveLength(1);
  });

  test("of human data that are not the whole train split says so", () => {
    const [answer] = analysisOf(evaluation(), sized(500, 410)).answers;
    expect(answer?.sameN).toBeNull();
    expect(answer?.largest?.sentence).toContain("the largest human sets run here (N 500)");
  });

  test("counts each task once, keeps sizes apart, and compares full size with full size alone", () => {
    const { answers } = analysisOf(
      evaluation(),
      evaluation({ ...seeded(2), train: { n: 37, target: 100 } }),
      evaluation({ train: full }),
      sized(100, 410),
      sized(10176, 450),
    );
    const found = answers.map(({ size, sameN, largest }) => [
      size,
      sameN && [sameN.tasks, Math.round(686 * sameN.mean)],
      largest && [largest.tasks, Math.round(686 * largest.mean)],
    ]);
    expect(found).toEqual([
      [100, [1, -10], [1, -50]],
      [null, null, [1, -50]],
    ]);
  });

  test("names every created row under its conditions, out of domain and of other settings, too", () => {
    const { answers } = analysisOf(
      evaluation(),
      evaluation({ source: "naive" }),
      sized(100, 410),
      evaluation({ test: onStrategyqa }),
      evaluation({ ...human, test: onStrategyqa }),
    );
    expect(answers).toHaveLength(1);
    expect(answers[0]?.cells).toHaveLength(3);
    expect(new Set(answers[0]?.cells).size).toBe(3);
  });

  test("of a sample says so first; without a human row there is none", () => {
    const { answers } = analysisOf(
      evaluation(boolqSample),
      evaluation({ ...boolqSample, ...human }),
    );
    const [{ sameN, largest } = { sameN: null, largest: null }] = answers;
    expect((largest ?? sameN)?.sentence).toMatch(/^SAMPLE, nothing about a benchmark\. /);
    expect(analysisOf(evaluation()).answers).toEqual([]);
  });
});
