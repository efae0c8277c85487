import { createRandom } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import {
  computeCosine,
  createCosineIndex,
  createTextEncoder,
  type EmbedOne,
} from "../src/filters/cosine.ts";

const dimensions = 67;

/** A random unit vector. */
function toVector(...name: (string | number)[]): Float32Array {
  const random = createRandom("vector", ...name);
  return toUnit(Float32Array.from({ length: dimensions }, () => random.normal()));
}

function toUnit(vector: Float32Array): Float32Array {
  return vector.map((value) => value / Math.hypot(...vector));
}

/** A vector of just this cosine with another. */
function toTurned(vector: Float32Array, cosine: number, seed: number): Float32Array {
  const other = toVector("turned", seed);
  const along = other.reduce((sum, value, i) => sum + value * (vector[i] as number), 0);
  const across = toUnit(other.map((value, i) => value - along * (vector[i] as number)));
  const sine = Math.sqrt(1 - cosine ** 2);
  return vector.map((value, i) => cosine * value + sine * (across[i] as number));
}

/** `a 7`: a random vector; `a 7 0.9`: one of that cosine with it. */
const embedOne: EmbedOne = async (text) => {
  const [name, number, cosine] = text.split(" ") as [string, string, string?];
  const vector = toVector(name, number);
  return cosine ? toTurned(vector, Number(cosine), Number(number)) : vector;
};

/** An encoder whose vectors are random. @param onEmbed called before texts are encoded */
function openFake(
  onEmbed: (texts: readonly string[]) => void,
  { onOpen = () => {}, onClose = () => {}, encode = toVector } = {},
) {
  const open = async () => {
    onOpen();
    return {
      id: "test",
      cutsOption: () => false,
      hash: "test",
      dimensions,
      maxLength: 8,
      async embed(texts: readonly string[]) {
        onEmbed(texts);
        return texts.map((text) => ({ vector: encode(text), tokens: 1, kept: 1 }));
      },
      dispose: async () => onClose(),
    };
  };
  const quiet = { cacheDir: null, modelsDir: "nowhere", log() {}, fetch, env: {} };
  return createTextEncoder({ encoder: "test", maxLength: 8, ...quiet, open });
}

describe("near duplicates by cosine", () => {
  it.each([0.65, 0.75, 0.9, 0.95])(
    "are all found from %f on, and nothing below",
    async (cosine) => {
      const near = createCosineIndex(cosine, embedOne);
      for (let i = 0; i < 300; i++) await near.add(`a ${i}`);
      for (let i = 0; i < 300; i++) {
        const close = await near.find(`a ${i} ${cosine + 1e-6}`);
        expect(close?.index).toBe(i);
        expect(close?.similarity).toBeGreaterThanOrEqual(cosine);
      }
      for (let i = 0; i < 100; i++) expect(await near.find(`a ${i} ${cosine - 1e-3}`)).toBeNull();
    },
  );

  it("are the closest", async () => {
    const near = createCosineIndex(0.8, embedOne);
    for (const cosine of ["0.85", "0.95", "0.9"]) await near.add(`a 1 ${cosine}`);
    const close = await near.find("a 1");
    expect(close).toMatchObject({ index: 1 });
    expect(close?.similarity).toBeCloseTo(0.95, 6);
  });

  it("encode each question once, and one at a time", async () => {
    const asked: (readonly string[])[] = [];
    const encoder = openFake((texts) => void asked.push(texts));
    const near = createCosineIndex(0.9, encoder.embedOne);
    for (const question of ["a", "b", "c"]) {
      await near.find(question);
      await near.add(question);
    }
    expect(asked).toEqual([["a"], ["b"], ["c"]]);
  });
});

describe("a search by cosine", () => {
  const texts = Array.from({ length: 200 }, (_, i) => `list ${i % 150}`);

  it("finds what comparing with all finds, digit for digit, of equal ones the first", async () => {
    const search = async (cosine: number, text: string) => {
      const { add, find } = createCosineIndex(cosine, embedOne);
      for (const one of texts) await add(one);
      return find(text);
    };
    const vectors = await Promise.all(texts.map(embedOne));
    const any = createCosineIndex(-1, embedOne);
    expect(await any.find("a 1")).toBeNull();
    for (const one of texts) await any.add(one);
    for (let i = 0; i < 150; i++) {
      const text = `list ${i} 0.3`;
      const vector = await embedOne(text);
      const cosines = vectors.map((other) => computeCosine(vector, other));
      const similarity = Math.max(...cosines);
      expect(await any.find(text)).toEqual({ index: cosines.indexOf(similarity), similarity });
      if (i % 30 > 0) continue;
      expect((await search(similarity, text))?.similarity).toBe(similarity);
      expect(await search(similarity + 1e-9, text)).toBeNull();
    }
  });
});

describe("an encoder of single texts", () => {
  it("tries again what failed", async () => {
    let calls = 0;
    const { embedOne } = openFake(() => {
      calls += 1;
      if (calls === 1) throw new Error("no memory");
    });
    await expect(embedOne("a")).rejects.toThrow("no memory");
    expect(await embedOne("a")).toEqual(toVector("a"));
    await embedOne("a");
    expect(calls).toBe(2);
  });

  it("refuses a vector that is no numbers, by the text", async () => {
    const { embedOne } = openFake(() => {}, { encode: () => Float32Array.of(0, Number.NaN) });
    await expect(embedOne("a zebra")).rejects.toThrow(
      'similarity encoder test: expected numbers for "a zebra", got NaN or infinite ones',
    );
  });

  it("remembers its latest 64 texts", async () => {
    const asked: string[] = [];
    const { embedOne } = openFake((texts) => void asked.push(...texts));
    for (let i = 0; i < 65; i++) await embedOne(`${i}`);
    await embedOne("1");
    await embedOne("64");
    expect(asked).toHaveLength(65);
    await embedOne("0");
    expect(asked).toHaveLength(66);
  });

  it("compares the first text with each other one", async () => {
    const { similarities } = openFake(() => {});
    const expected = ["b", "a"].map((text) => computeCosine(toVector("a"), toVector(text)));
    expect(await similarities("a", ["b", "a"])).toEqual(expected);
    expect(await similarities("a", [])).toEqual([]);
  });

  it("is opened at its first text, again after a failure, and closed", async () => {
    let opened = 0;
    let disposed = 0;
    const encoder = openFake(() => {}, {
      onOpen() {
        opened += 1;
        if (opened === 1) throw new Error("no such model");
      },
      onClose() {
        disposed += 1;
      },
    });
    expect(opened).toBe(0);
    await expect(encoder.embedOne("a")).rejects.toThrow("no such model");
    await encoder.close();
    expect(disposed).toBe(0);
    expect(await encoder.embedOne("a")).toEqual(toVector("a"));
    await encoder.close();
    expect({ opened, disposed }).toEqual({ opened: 2, disposed: 1 });
  });

  it("is closed while it is opened in vain: the failure is told to who asked, and to no one else", async () => {
    const { embedOne, close } = openFake(() => {}, {
      onOpen() {
        throw new Error("no such model");
      },
      onClose() {},
    });
    const asked = embedOne("a");
    const closed = close();
    await expect(asked).rejects.toThrow("no such model");
    await expect(closed).resolves.toBeUndefined();
  });
});
