import { describe, expect, test } from "vitest";
import { analyseResults } from "../src/tables/analysis.ts";
import { judgeAnswer } from "../src/verdicts/verdicts.ts";
import { analysisOf, type Changes, human, sized } from "./analysis-of.ts";
import { toResults, toRun } from "./evaluation-runs.ts";
import { boolqSample, evaluation, onStrategyqa, seeded } from "./manifests.ts";

const full = { n: 10176, target: 10176 };

test.each([
  [{ low: 0.01, high: 0.05 }, 1, "better"],
  [{ low: -0.02, high: 0.05 }, 0.5, "yes"],
  [{ low: -0.02, high: -0.01 }, 1, "nearly"],
  [{ low: -0.1, high: -0.01 }, 1, "no"],
  [{ low: -0.1, high: 0.1 }, 1, "open"],
  [{ low: 0.01, high: 0.05 }, 0.4, "idle"],
  [{ low: -0.02, high: 0.05 }, 0, "idle"],
  [{ low: -0.02, high: -0.01 }, 0, "idle"],
  [{ low: -0.1, high: -0.01 }, 0, "no"],
  [{ low: -0.1, high: 0.1 }, 0, "open"],
] as const)(
  "an interval of %j, learned on %s of the tasks, answers %s",
  (interval, learnedShare, judgement) => {
    expect(judgeAnswer(interval, learnedShare)).toBe(judgement);
  },
);

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

  test("cannot be told where neither is better than the constant answer on most tasks", () => {
    const idle = { test: { correct: 350 } };
    const strategyqa = { ...onStrategyqa, kind: "in-domain" as const, correct: 80 };
    const other = { task: "yesno_close/strategyqa", test: strategyqa };
    const [alone] = analysisOf(evaluation(idle), sized(100, 352)).answers;
    expect(alone?.sameN).toMatchObject({ judgement: "idle", learned: 0 });
    expect(alone?.sameN?.sentence).toContain(
      "; one task, where neither is better than the constant answer).",
    );
    const [two] = analysisOf(
      evaluation(idle),
      sized(100, 352),
      evaluation(other),
      sized(100, 80, other),
    ).answers;
    expect(two?.sameN).toMatchObject({ tasks: 2, learned: 1 });
    expect(two?.sameN?.sentence).toContain("; 2 tasks, on 1 of which neither is better");
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

describe("the pooled question", () => {
  const cross = (change: Changes, correct: number) =>
    evaluation({ ...change, test: { ...onStrategyqa, correct } });

  test("is one sentence, with what would have been missed where nothing was found", () => {
    const [pooled, ...others] = analysisOf(cross({}, 60), cross(human, 58)).pooled;
    expect(others).toEqual([]);
    expect(pooled?.pairs).toHaveLength(1);
    expect(pooled?.sentence).toMatch(
      /^Out of domain, tree data \(N 100\) are not shown to differ from human data of the same N over the one pair evaluated \(\+1.7 points, .*\); a true difference below [\d.]+ points would probably have been missed, and the paper's own is \+6.1\. Creator qwen/,
    );
  });

  test("is underpowered where even the paper's difference would have been missed", () => {
    // 60 and 58 right of 115, mostly not the same ones.
    const one = toRun(cross({}, 60));
    const other = toRun(cross(human, 58), { right: (row) => row >= 57 });
    const { pooled } = analyseResults(toResults([one, other]));
    expect(pooled[0]?.sentence).toContain("; underpowered: a true difference below ");
  });

  test("takes the pairs of one source, creator and student together, tree first", () => {
    const pubmed = { task: "yesno_open/pubmedqa" };
    const onBoolq = {
      task: "yesno_open/boolq",
      kind: "cross-domain",
      n: 100,
      correct: 60,
      labels: { True: 50, False: 50 },
    } as const;
    const { pooled } = analysisOf(
      cross({ source: "naive" }, 61),
      cross({}, 60),
      cross(human, 58),
      evaluation({ ...pubmed, test: onBoolq }),
      evaluation({ ...pubmed, ...human, test: { ...onBoolq, correct: 50 } }),
      cross({ completions: { model: "another" } }, 70),
    );
    expect(pooled.map(({ source, pairs }) => [source, pairs.length])).toEqual([
      ["tree", 2],
      ["tree", 1],
      ["naive", 1],
    ]);
    expect(pooled[0]?.sentence).toContain("over 2 task pairs");
  });

  test("counts each pair once, and keeps sizes apart", () => {
    const full = (change: Changes, correct: number) =>
      cross({ ...change, train: { n: 10176, target: 10176 } }, correct);
    const short = cross({ ...seeded(4), train: { n: 37, target: 100 } }, 20);
    const { pooled } = analysisOf(
      short,
      ...[1, 2].map((seed) => cross(seeded(seed), 60)),
      cross(human, 58),
      full({}, 70),
      full(human, 80),
    );
    expect(pooled.map(({ size, against, pairs }) => [size, against, pairs.length])).toEqual([
      [100, "human, same N", 1],
      [null, "human", 1],
      [100, "human", 1],
    ]);
    expect(pooled.map(({ mean }) => Math.round(115 * mean))).toEqual([2, -10, -20]);
    expect(pooled[1]?.sentence).toContain("tree data are");
    expect(pooled[2]?.sentence).toContain("tree data (N 100) are");
  });

  test("says better and worse where the interval says so", () => {
    const many = { ...onStrategyqa, n: 1000, labels: { True: 500, False: 500 } };
    const on = (change: Changes, correct: number) =>
      evaluation({ ...change, test: { ...many, correct } });
    expect(analysisOf(on({}, 700), on(human, 500)).pooled[0]?.sentence).toContain(
      "are better than",
    );
    expect(analysisOf(on({}, 400), on(human, 500)).pooled[0]?.sentence).toContain("are worse than");
  });

  test("of a sample says so first", () => {
    const test = {
      ...boolqSample.test,
      task: "yesno_open/pubmedqa",
      kind: "cross-domain",
    } as const;
    const { pooled } = analysisOf(
      evaluation({ ...boolqSample, test }),
      evaluation({ ...boolqSample, ...human, test: { ...test, correct: 30 } }),
    );
    expect(pooled[0]?.sentence).toMatch(/^SAMPLE, nothing about the benchmarks/);
  });
});
