import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { clopperPearson, mean, wilsonInterval } from "../src/statistics/binomial.ts";
import { createRandom } from "../src/statistics/random.ts";

describe("Wilson's interval", () => {
  test.each([
    // By hand: z = 1.959964, z² = 3.841459; at 0 of n the high end is z² / (n + z²).
    { right: 0, n: 10, low: 0, high: 0.2775 },
    { right: 10, n: 10, low: 0.7225, high: 1 },
    { right: 8, n: 10, low: 0.4902, high: 0.9433 },
    { right: 5, n: 10, low: 0.2366, high: 0.7634 },
    { right: 500_000, n: 1_000_000, low: 0.499, high: 0.501 },
    // Newcombe 1998, Table I, method 3.
    { right: 81, n: 263, low: 0.2553, high: 0.3662 },
    { right: 15, n: 148, low: 0.0624, high: 0.1605 },
    { right: 0, n: 20, low: 0, high: 0.1611 },
    { right: 1, n: 29, low: 0.0061, high: 0.1718 },
  ])("of $right of $n is $low to $high", ({ right, n, low, high }) => {
    const interval = wilsonInterval(right / n, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  const counts = fc
    .tuple(fc.integer({ min: 1, max: 20_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([n, share]) => ({ n, share }));

  test("lies in [0, 1], contains the share, and narrows with n", () => {
    fc.assert(
      fc.property(counts, ({ n, share }) => {
        const { low, high } = wilsonInterval(share, n);
        const more = wilsonInterval(share, 2 * n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(share);
        expect(high).toBeGreaterThanOrEqual(share);
        expect(high).toBeLessThanOrEqual(1);
        expect(more.high - more.low).toBeLessThan(high - low);
      }),
    );
  });

  test("ends where the share is z standard errors away, its definition", () => {
    fc.assert(
      fc.property(counts, ({ n, share }) => {
        for (const end of Object.values(wilsonInterval(share, n)))
          expect((share - end) ** 2).toBeCloseTo((3.841458821 * end * (1 - end)) / n, 9);
      }),
    );
  });

  test.each([
    [1.01, 10],
    [-0.01, 10],
    [Number.NaN, 10],
    [0.5, 0],
  ])("of a share of %d of %d items is refused", (share, n) => {
    expect(() => wilsonInterval(share, n)).toThrow(RangeError);
  });
});

test("a mean needs something to average", () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(() => mean([])).toThrow(RangeError);
});

describe("Clopper and Pearson's interval", () => {
  test.each([
    // Newcombe 1998, Statistics in Medicine 17:857-872, Table I, method 5.
    { right: 81, n: 263, low: 0.2527, high: 0.3676 },
    { right: 15, n: 148, low: 0.0578, high: 0.1617 },
    { right: 0, n: 20, low: 0, high: 0.1684 },
    { right: 1, n: 29, low: 0.0009, high: 0.1776 },
    // scipy 1.17: stats.binomtest(right, n).proportion_ci(method="exact").
    { right: 8, n: 10, low: 0.44390454, high: 0.97478929 },
    { right: 620, n: 1241, low: 0.47140481, high: 0.5277913 },
    // By hand: with none right the high end is 1 - 0.025^(1/n), and the mirror with all.
    { right: 0, n: 10, low: 0, high: 1 - 0.025 ** 0.1 },
    { right: 10, n: 10, low: 0.025 ** 0.1, high: 1 },
  ])("of $right of $n", ({ right, n, low, high }) => {
    const interval = clopperPearson(right, n);
    const digits = String(low).length > 6 ? 7 : 4;
    expect(interval.low).toBeCloseTo(low, digits);
    expect(interval.high).toBeCloseTo(high, digits);
  });

  test.each([
    [11, 10],
    [-1, 10],
    [0.5, 10],
    [0, 0],
    [Number.NaN, 10],
  ])("of %d of %d is refused", (right, n) => {
    expect(() => clopperPearson(right, n)).toThrow(RangeError);
  });
});

const part = fc.oneof(fc.integer(), fc.string());
const parts = fc.array(part, { minLength: 1, maxLength: 4 });

function draw(from: (string | number)[], count = 8): number[] {
  const random = createRandom(...from);
  return Array.from({ length: count }, () => random.next());
}

describe("openRandom", () => {
  it("gives the same stream for the same parts", () => {
    fc.assert(
      fc.property(parts, (named) => {
        expect(draw(named)).toEqual(draw(named));
      }),
    );
  });

  it("gives different streams for different parts", () => {
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(draw(one)).not.toEqual(draw(other));
      }),
    );
  });

  it.each([
    [
      [1, "a"],
      ["1", "a"],
    ],
    [["a,b"], ["a", "b"]],
    [
      ["ab", "c"],
      ["a", "bc"],
    ],
    [["a"], ["a", ""]],
  ])("tells %j from %j", (one, other) => {
    expect(draw(one)).not.toEqual(draw(other));
  });

  it("gives the numbers that the bundled recordings and old results were made with", () => {
    expect(draw(["formatting example", "yesno_open/boolq", 1], 3)).toEqual([
      0.018599656181656207, 0.6908482751837425, 0.2528581084485147,
    ]);
  });

  it("stays within its bounds", () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 2 ** 31 }), (named, n) => {
        const random = createRandom(...named);
        const whole = random.int(n);
        expect(Number.isInteger(whole) && whole >= 0 && whole < n).toBe(true);
        const next = random.next();
        expect(next >= 0 && next < 1).toBe(true);
        expect(Number.isFinite(random.normal())).toBe(true);
      }),
    );
  });

  it("shuffles into a permutation and leaves the items as they were", () => {
    fc.assert(
      fc.property(parts, fc.array(fc.integer()), (named, items) => {
        const before = [...items];
        const shuffled = createRandom(...named).shuffled(items);
        expect(items).toEqual(before);
        expect([...shuffled].sort((a, b) => a - b)).toEqual([...items].sort((a, b) => a - b));
      }),
    );
  });

  it("picks one of the items, and refuses to pick from none", () => {
    fc.assert(
      fc.property(parts, fc.array(fc.integer(), { minLength: 1 }), (named, items) => {
        expect(items).toContain(createRandom(...named).pick(items));
      }),
    );
    expect(() => createRandom(1).pick([])).toThrow(RangeError);
  });

  it("draws evenly, and normals of mean 0 and variance 1", () => {
    const random = createRandom("statistics");
    const n = 20_000;
    const places = Array.from({ length: n }, () => random.int(10));
    for (let digit = 0; digit < 10; digit++) {
      const share = places.filter((place) => place === digit).length / n;
      expect(Math.abs(share - 0.1)).toBeLessThan(0.01);
    }
    const normals = Array.from({ length: n }, () => random.normal());
    const mean = normals.reduce((sum, x) => sum + x, 0) / n;
    const variance = normals.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
});
