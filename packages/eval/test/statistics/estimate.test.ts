import { wilsonInterval } from "@seedling/core/internal";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  estimateAccuracy,
  estimateDifference,
  predictFurtherRun,
} from "../../src/statistics/estimate.ts";
import { outcomesOf, pairOf } from "./outcomes-of.ts";

/** Runs with so many items right, from the first on, of n. */
function nested(n: number, ...right: readonly number[]) {
  return outcomesOf(...right.map((count) => "1".repeat(count) + "0".repeat(n - count)));
}

/** Two arms of one to four runs on the same items. */
const arms = fc.integer({ min: 1, max: 30 }).chain((n) => {
  const run = fc.uint8Array({ minLength: n, maxLength: n, max: 1 });
  const runs = fc.array(run, { minLength: 1, maxLength: 4 });
  return fc.tuple(runs, runs);
});

describe("accuracy", () => {
  test("of one run is Wilson's (Newcombe 1998, Table I, method 3)", () => {
    const estimate = estimateAccuracy(nested(263, 81));
    expect(estimate).toMatchObject({ method: "wilson", df: Infinity });
    expect(estimate.value).toBeCloseTo(81 / 263, 12);
    expect(estimate.low).toBeCloseTo(0.2553, 4);
    expect(estimate.high).toBeCloseTo(0.3662, 4);
    expect(estimate.standardError).toBeCloseTo(Math.sqrt((81 * 182) / 263 ** 3), 12);
  });

  test("of two runs, by hand", () => {
    // Mean squares (two-way.test.ts): items 1/2 with 2 degrees, runs and residual 1/6, so seeds add nothing.
    // Half the width 4.302653 x sqrt(1/2 / 6) = 1.242069, as of (1.959964 / 1.242069)² / 4 = 0.622513 items.
    const { value, low, high, standardError, df, method } = estimateAccuracy(
      outcomesOf("110", "100"),
    );
    expect(method).toBe("mixed");
    expect(value).toBe(0.5);
    expect(standardError).toBeCloseTo(Math.sqrt(1 / 12), 12);
    expect(df).toBeCloseTo(2, 5);
    const wilson = wilsonInterval(0.5, 0.622513);
    expect(low).toBeCloseTo(wilson.low, 5);
    expect(high).toBeCloseTo(wilson.high, 5);
  });

  test("that seeds differ in has a wider interval, with fewer degrees of freedom", () => {
    const near = estimateAccuracy(nested(400, 239, 240, 241));
    const apart = estimateAccuracy(nested(400, 200, 240, 280));
    expect(apart.value).toBeCloseTo(near.value, 12);
    expect(apart.high - apart.low).toBeGreaterThan(2 * (near.high - near.low));
    expect(near.df).toBeGreaterThan(200);
    expect(apart.df).toBeLessThan(3);
  });

  test.each([
    ["all collapsed to one answer", 115, 63],
    ["all right", 115, 115],
    ["all wrong", 20, 0],
    ["one item, right", 1, 1],
  ])("of runs that are all alike, %s, is one run's", (_, n, right) => {
    const estimate = estimateAccuracy(nested(n, right, right, right));
    expect(estimate).toEqual(estimateAccuracy(nested(n, right)));
    expect(estimate.high - estimate.low).toBeGreaterThan(0.03);
  });

  test("of runs of which only some are alike is several runs'", () => {
    expect(estimateAccuracy(nested(115, 63, 63, 62)).method).toBe("mixed");
  });

  test.each([
    ["answers less alike than by chance", outcomesOf("100", "010", "001"), 2],
    ["one item answered both ways", outcomesOf("1", "0"), 1],
  ])("of %s is no surer than of as many single answers", (_, runs, least) => {
    const { value, df, standardError } = estimateAccuracy(runs);
    const answers = runs.length * (runs[0]?.length ?? 0);
    expect(df).toBeGreaterThanOrEqual(least - 1e-6);
    expect(standardError ** 2).toBeGreaterThanOrEqual((value * (1 - value)) / answers);
  });

  test("has an interval inside [0, 1] that holds it, whatever the runs", () => {
    fc.assert(
      fc.property(arms, ([runs]) => {
        const { value, low, high } = estimateAccuracy(runs);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
        expect(high).toBeLessThanOrEqual(1);
        expect(high - low).toBeGreaterThan(0.01);
      }),
    );
  });
});

describe("a difference", () => {
  test("of single runs is Bonett and Price's", () => {
    // Complete response before and after therapy, 59 6 16 80 (Fagerland, Lydersen & Laake 2017, chapter 8;
    // their R package contingencytables prints -0.0621, -0.1195 to -0.0032).
    const { a, b } = pairOf(59, 6, 16, 80);
    const estimate = estimateDifference(a, b);
    expect(estimate).toMatchObject({ method: "paired items", df: Infinity });
    expect(estimate.value).toBeCloseTo(-10 / 161, 12);
    expect(estimate.low).toBeCloseTo(-0.1195, 4);
    expect(estimate.high).toBeCloseTo(-0.0032, 4);
  });

  test("of arms whose runs are all alike is that of single runs", () => {
    const [a, b] = [outcomesOf("1110"), outcomesOf("1000")];
    const twice = estimateDifference([...a, ...a], [...b, ...b, ...b]);
    expect(twice).toEqual(estimateDifference(a, b));
    expect(twice.method).toBe("paired items");
  });

  test("knows both arms' seeds, by hand", () => {
    // a's table: runs (60² + 70² + 80²) / 100 - 147 = 2, items 590 / 3 - 147, all 210 - 147, so mean squares
    // 1 with 2 degrees and (63 - 2 - 149 / 3) / 198 = 0.0572391; b's: 77 - 75 = 2, 410 / 3 - 75, 150 - 75: the same.
    // Items: differences 1/3, 2/3, 2/3, 1/3 on ten each, 1/3 to either side: centre 20 / 102, variance 0.000712396.
    const { value, standardError, low, high, df } = estimateDifference(
      nested(100, 60, 70, 80),
      nested(100, 40, 50, 60),
    );
    expect(value).toBeCloseTo(0.2, 12);
    expect(standardError).toBeCloseTo(Math.sqrt(0.000712396 + (2 * (1 - 0.0572391)) / 300), 6);
    // Half the width: sqrt(1.983731² x 0.000712396 + 2.776445² x 0.00628507) = 0.226391.
    expect(low).toBeCloseTo(20 / 102 - 0.226391, 5);
    expect(high).toBeCloseTo(20 / 102 + 0.226391, 5);
    expect(df).toBeGreaterThan(4);
    expect(df).toBeLessThan(6);
  });

  test.each([
    ["one run's seed", nested(200, 120)],
    ["the seed of runs that are all alike", nested(200, 120, 120, 120)],
  ])("takes %s to vary as the other arm's seeds do", (_, single) => {
    const several = nested(200, 100, 110, 120);
    const known = estimateDifference(several, nested(200, 119, 120, 121));
    const unknown = estimateDifference(several, single);
    expect(unknown.method).toBe("paired items, seeds sampled");
    expect(unknown.standardError).toBeGreaterThan(1.5 * known.standardError);
  });

  test("of an arm to itself is none, with a width and a p of 1", () => {
    for (const runs of [nested(50, 30), nested(50, 30, 30, 30), nested(50, 50, 50)]) {
      const { value, low, high, p } = estimateDifference(runs, runs);
      expect(value).toBe(0);
      expect(low).toBeLessThan(0);
      expect(high).toBeGreaterThan(0);
      expect(p).toBeCloseTo(1, 7);
    }
  });

  test("turns its sign with its arms, holds its value, and has p below 0.05 where 0 lies outside", () => {
    fc.assert(
      fc.property(arms, ([a, b]) => {
        const forth = estimateDifference(a, b);
        const back = estimateDifference(b, a);
        expect(back.value).toBeCloseTo(-forth.value, 12);
        expect(back.low).toBeCloseTo(-forth.high, 9);
        expect(forth.low).toBeLessThanOrEqual(forth.value);
        expect(forth.high).toBeGreaterThanOrEqual(forth.value);
        if (Math.abs(forth.p - 0.05) > 1e-5)
          expect(forth.p < 0.05).toBe(forth.low > 0 || forth.high < 0);
      }),
    );
  });

  test("of other items is refused", () => {
    expect(() => estimateDifference(outcomesOf("11"), outcomesOf("111"))).toThrow(RangeError);
  });
});

describe("one further run", () => {
  test.each([
    // t(2) = 4.302653, standard deviation 0.05: 4.302653 x 0.05 x sqrt(4 / 3).
    { what: "seeds that differ", runs: nested(100, 60, 65, 70), value: 0.65, half: 0.248414 },
    // Residual 50 / 99: 1.959964 x sqrt(50 / 99 / 100 x 3 / 2).
    {
      what: "runs as good by other items",
      runs: outcomesOf("10".repeat(50), "01".repeat(50)),
      value: 0.5,
      half: 0.170594,
    },
  ])("after $what, by hand", ({ runs, value, half }) => {
    const { low, high, seedsKnown } = predictFurtherRun(runs);
    expect(low).toBeCloseTo(value - half, 5);
    expect(high).toBeCloseTo(value + half, 5);
    expect(seedsKnown).toBe(true);
  });

  test.each([
    ["one run", nested(100, 60)],
    ["runs that are all alike", nested(100, 60, 60, 60)],
  ])("after %s: the items of both, seeds unknown", (_, runs) => {
    const predicted = predictFurtherRun(runs);
    expect(predicted).toEqual({ ...wilsonInterval(0.6, 50), seedsKnown: false });
  });

  test("after runs of which only some are alike: as after any several", () => {
    expect(predictFurtherRun(nested(100, 60, 60, 61)).seedsKnown).toBe(true);
  });

  test("is an accuracy", () => {
    const { low, high } = predictFurtherRun(nested(10, 1, 5, 10));
    expect([low, high]).toEqual([0, 1]);
  });
});
