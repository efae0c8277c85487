import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openSeen } from "../src/filters/seen.ts";
import { type Hash, openHashIndex, toHash } from "../src/llm/hash-index.ts";

const bits = fc.nat({ max: 2 ** 32 - 1 });
/** Few values in each half, so that slots, parts and halves collide. */
const crowded = fc.constantFrom(0, 1, 64, 128, 2 ** 32 - 64, 2 ** 32 - 1);
const hash = fc.tuple(fc.oneof(bits, crowded), fc.oneof(bits, crowded)) as fc.Arbitrary<Hash>;

describe("a hash index", () => {
  it("finds what a map finds, the first of a hash", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            hash,
            bits.map((n) => n % (2 ** 32 - 1)),
          ),
        ),
        (entries) => {
          const index = openHashIndex();
          const map = new Map<string, number>();
          for (const [one, ordinal] of entries) {
            expect(index.find(one)).toBe(map.get(one.join()) ?? null);
            index.add(one, ordinal);
            if (!map.has(one.join())) map.set(one.join(), ordinal);
            expect(index.length).toBe(map.size);
          }
          for (const [one] of entries) expect(index.find(one)).toBe(map.get(one.join()));
        },
      ),
    );
  });

  it("finds 100,000 texts and none of 100,000 others", () => {
    const index = openHashIndex();
    for (let i = 0; i < 100_000; i++) index.add(toHash(`text ${i}`), i);
    const wrong = Array.from({ length: 100_000 }, (_, i) => i).filter(
      (i) => index.find(toHash(`text ${i}`)) !== i || index.find(toHash(`other ${i}`)) !== null,
    );
    expect(wrong).toEqual([]);
  });
});

describe("the memory of questions", () => {
  it("puts case, white space and encoding aside", () => {
    const seen = openSeen();
    seen.add("Is the caf\u00e9 open?", 7);
    expect(seen.find("  is the\n\tCAFE\u0301 open? ")).toBe(7);
    expect(seen.find("Is the cafe open?")).toBeNull();
  });

  it("names the first line of a question", () => {
    const seen = openSeen();
    seen.add("Is the sea salty?", 3);
    seen.add("Is the sea salty?", 9);
    expect(seen.find("Is the sea salty?")).toBe(3);
  });
});
