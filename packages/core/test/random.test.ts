import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../src/statistics/random.ts";

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
