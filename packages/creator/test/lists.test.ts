import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openNumberList } from "../src/llm/number-list.ts";
import { openOffsetList } from "../src/llm/offset-list.ts";

describe("a list of numbers", () => {
  it("gives back what it took, over several chunks", () => {
    const most = 2 ** 32 - 1;
    const list = openNumberList();
    const numbers = Array.from({ length: 10_000 }, (_, i) => most - i);
    for (const number of numbers) list.push(number);
    expect(list.length).toBe(10_000);
    expect(numbers.map((_, i) => list.get(i))).toEqual(numbers);
  });

  it.each([-1, 2, 4096, 2 ** 32])("refuses a place that is not there: %s", (place) => {
    const list = openNumberList();
    list.push(1);
    list.push(2);
    expect(() => list.get(place)).toThrow(RangeError);
  });
});

describe("a list of offsets", () => {
  it("gives back offsets in files of terabytes", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 ** 42 }), { maxLength: 50 }), (numbers) => {
        const offsets = numbers.sort((one, other) => one - other);
        const list = openOffsetList();
        for (const offset of offsets) list.push(offset);
        expect(offsets.map((_, i) => list.get(i))).toEqual(offsets);
      }),
    );
  });

  it("tells the bytes round 4 GB apart", () => {
    const offsets = [0, 2 ** 32 - 1, 2 ** 32, 2 ** 32, 2 ** 32 + 1, 3 * 2 ** 32];
    const list = openOffsetList();
    for (const offset of offsets) list.push(offset);
    expect(offsets.map((_, i) => list.get(i))).toEqual(offsets);
  });
});
