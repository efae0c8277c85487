import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it, test } from "vitest";
import { createBagOfWords, learnVocabulary, openBagOfWords } from "../src/embed/bag-of-words.ts";
import { openEmbed } from "../src/embed/open-embed.ts";
import { listWords } from "../src/embed/word-vectors.ts";

test.each([
  ["The card's PIN, again!", ["the", "card", "s", "pin", "again"]],
  ["Où est ma carte\u00a0? №7", ["où", "est", "ma", "carte", "no7"]],
  ["हिन्दी भाषा", ["हिन्दी", "भाषा"]],
  // Without spaces between words a letter is one.
  ["我的card丢了", ["我", "的", "card", "丢", "了"]],
  ["... !?", []],
])("words of %j", (text, words) => {
  expect(listWords(text)).toEqual(words);
});

describe("a vocabulary", () => {
  const texts = ["lost card", "card fee fee", "card"];

  it("has scikit-learn's smoothed idf, and the words in the most texts", () => {
    // Of three texts: log(4 / (1 + df)) + 1.
    const idf = [1, Math.log(2) + 1, Math.log(2) + 1];
    expect(learnVocabulary(texts)).toEqual({ words: ["card", "fee", "lost"], idf });
    expect(learnVocabulary(texts, 2).words).toEqual(["card", "fee"]);
    expect(learnVocabulary(["?!"])).toEqual({ words: [" "], idf: [1] });
  });

  it("gives vectors of length 1; of unknown words alone zeros", async () => {
    const embed = createBagOfWords(learnVocabulary(texts));
    const [known, unknown] = await embed.embed(["Fee, fee and card", "hello"]);
    const fee = 2 * (Math.log(2) + 1);
    const length = Math.hypot(1, fee);
    const wanted = [1 / length, fee / length, 0].map((value) => expect.closeTo(value, 6));
    expect([...(known?.vector ?? [])]).toEqual(wanted);
    expect([...(unknown?.vector ?? [])]).toEqual([0, 0, 0]);
  });

  it("is written beside a classifier and opened again; damaged it is named", async () => {
    const embed = createBagOfWords(learnVocabulary(texts));
    const folder = tempFolder();
    await embed.saveBeside?.(folder);
    const opened = openBagOfWords(folder);
    expect(opened.hash).toBe(embed.hash);
    expect(await opened.embed(["lost"])).toEqual(await embed.embed(["lost"]));
    writeFileSync(join(folder, "vocabulary.json"), '{"words":["a"],"idf":[]}');
    expect(() => openBagOfWords(folder)).toThrow(/vocabulary\.json.*expected an idf for each word/);
  });

  it("is no encoder where nothing is trained", async () => {
    const nothing = { modelsDir: "", log: () => {}, fetch, env: {}, cacheDir: null };
    const opening = openEmbed({ encoder: "bag-of-words", maxLength: 9, ...nothing });
    await expect(opening).rejects.toThrow("expected one that knows texts beforehand");
  });
});
