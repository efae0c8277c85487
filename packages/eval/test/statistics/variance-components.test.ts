import { describe, expect, test } from "vitest";
import { type SeededRun, varianceComponents } from "../../src/statistics/variance-components.ts";

/** Runs from accuracies nested as example, creation, train. */
function runsOf(examples: readonly (readonly (readonly number[])[])[]): SeededRun[] {
  return examples.flatMap((creations, example) =>
    creations.flatMap((trainings, creation) =>
      trainings.map((accuracy, train) => ({ example, creation, train, accuracy })),
    ),
  );
}

// Calcium in turnip greens, four plants, three leaves each, two determinations each (Snedecor & Cochran,
// Statistical Methods, 1967, p. 286; components as SAS's PROC NESTED prints them).
const turnips = [
  [
    [3.28, 3.09],
    [3.52, 3.48],
    [2.88, 2.8],
  ],
  [
    [2.46, 2.44],
    [1.87, 1.92],
    [2.19, 2.19],
  ],
  [
    [2.77, 2.66],
    [3.74, 3.44],
    [2.55, 2.55],
  ],
  [
    [3.78, 3.87],
    [4.07, 4.12],
    [3.31, 3.31],
  ],
];

describe("variance components", () => {
  test("of Snedecor and Cochran's turnips", () => {
    const expected = [
      { variance: 0.365223, share: 0.685302, levels: 4, df: 3 },
      { variance: 0.16106, share: 0.302212, levels: 12, df: 8 },
      { variance: 0.006654, share: 0.012486, levels: 24, df: 12 },
    ];
    for (const [place, component] of varianceComponents(runsOf(turnips)).entries()) {
      const { variance, share, levels, df } = expected[place] ?? {};
      expect((component.sd ?? 0) ** 2).toBeCloseTo(variance ?? 0, 6);
      expect(component.sd).toBeCloseTo(Math.sqrt(variance ?? 0), 5);
      expect(component.share).toBeCloseTo(share ?? 0, 6);
      expect(component).toMatchObject({ levels, df, includes: [] });
    }
  });

  test("of unequal numbers, one classification by hand", () => {
    // Means 2, 6, 4 of 2, 3, 1 runs, in all 26 / 6. Between: 2 x 49/9 + 3 x 25/9 + 1/9 = 58/3, 2 degrees.
    // Within: 1 + 1 + 1 + 0 + 1 = 4, 3 degrees. n0 = (6 - (4 + 9 + 1) / 6) / 2 = 11/6.
    const [example, creation, train] = varianceComponents(runsOf([[[1, 3], [5, 6, 7], [4]]]));
    expect(example).toMatchObject({ sd: null, share: null, levels: 1, df: 0 });
    expect(creation?.sd).toBeCloseTo(Math.sqrt((29 / 3 - 4 / 3) / (11 / 6)), 12);
    expect(train?.sd).toBeCloseTo(Math.sqrt(4 / 3), 12);
  });

  test("of unequal numbers solve the equations of moments, made another way", () => {
    const runs = runsOf([[[1, 2, 4], [6]], [[11, 14]], [[3], [2, 6], [7, 8, 11, 9]]]);
    const estimates = varianceComponents(runs).map(({ sd }) => (sd ?? Number.NaN) ** 2);
    expect(Math.min(...estimates)).toBeGreaterThan(0);
    for (const depth of [1, 2, 3]) {
      // What a source adds to a sum of squares: the squares of each of its effects alone, summed.
      const expected = estimates.map((variance, place) =>
        [...groupsAt(runs, place + 1).values()].reduce((sum, group) => {
          const alone = runs.map((run) => ({ ...run, accuracy: Number(group.includes(run)) }));
          return sum + variance * squaresAt(alone, depth);
        }, 0),
      );
      const total = expected.reduce((sum, value) => sum + value, 0);
      expect(squaresAt(runs, depth)).toBeCloseTo(total, 9);
    }
  });

  test("in which a source has one level everywhere are in the source around it", () => {
    const single = runsOf(turnips).filter(({ train }) => train === 0);
    const [example, creation, train] = varianceComponents(single);
    expect(train).toMatchObject({ sd: null, share: null, df: 0, levels: 12, includes: [] });
    expect(creation).toMatchObject({ includes: ["training seed"], df: 8 });
    expect(example).toMatchObject({ includes: [] });
    const alone = varianceComponents(single.filter(({ creation }) => creation === 0));
    expect(alone[0]).toMatchObject({ share: 1, includes: ["creation sampling", "training seed"] });
    // The variance of 3.28, 2.46, 2.77 and 3.78, by hand.
    expect((alone[0]?.sd ?? 0) ** 2).toBeCloseTo(0.336758, 6);
  });

  test("that come out negative are 0", () => {
    // Equal means of creations: between them less than within.
    const [, creation, train] = varianceComponents(
      runsOf([
        [
          [1, 3],
          [3, 1],
        ],
      ]),
    );
    expect(creation).toMatchObject({ sd: 0, share: 0 });
    expect(train?.sd).toBeCloseTo(Math.SQRT2, 12);
    expect(train?.share).toBe(1);
  });

  test("of one run are none", () => {
    for (const { sd, levels, df } of varianceComponents(runsOf([[[0.5]]])))
      expect([sd, levels, df]).toEqual([null, 1, 0]);
  });
});

function groupsAt(runs: readonly SeededRun[], depth: number): Map<string, SeededRun[]> {
  const groups = new Map<string, SeededRun[]>();
  for (const run of runs) {
    const key = [run.example, run.creation, run.train].slice(0, depth).join();
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return groups;
}

/** The sum of squares between groups of a depth, within those of the depth before. */
function squaresAt(runs: readonly SeededRun[], depth: number): number {
  const uncorrected = (at: number) =>
    [...groupsAt(runs, at).values()].reduce((sum, group) => {
      const total = group.reduce((right, { accuracy }) => right + accuracy, 0);
      return sum + total ** 2 / group.length;
    }, 0);
  return uncorrected(depth) - uncorrected(depth - 1);
}
