import { tempFolder } from "@seedling/testing";
import { expect, test } from "vitest";
import {
  detectLanguage,
  findEncoderLanguages,
  renderForeignLanguage,
} from "../src/data/language.ts";

const french = Array.from({ length: 25 }, (_, i) => `Où est ma carte bancaire numéro ${i} ?`);
const english = Array.from({ length: 25 }, (_, i) => `Where is my bank card number ${i}?`);

test("a vote finds the language of twenty texts or more", async () => {
  expect(await detectLanguage([...french, ...english.slice(0, 5)])).toEqual({
    language: "fr",
    votes: 25,
    voters: 30,
  });
  expect(await detectLanguage(french.slice(0, 19))).toBe(null);
  expect(await detectLanguage([...french, ...english])).toBe(null);
  expect(await detectLanguage(Array(40).fill("12345"))).toBe(null);
});

test.each([
  ["use-lite", ["en"]],
  ["sentence-transformers/all-MiniLM-L6-v2", ["en"]],
  ["FacebookAI/roberta-base", ["en"]],
  ["BAAI/bge-small-en-v1.5", ["en"]],
  ["intfloat/multilingual-e5-small", null],
  ["Xenova/paraphrase-multilingual-MiniLM-L12-v2", null],
  ["bag-of-words", null],
  ["someone/unknown", null],
])("languages of %s", (encoder, languages) => {
  expect(findEncoderLanguages(encoder)).toEqual(languages);
});

test.each([
  ["language: de", ["de"]],
  ["language:\n- fr\n- it", ["fr", "it"]],
  ["language: [en, de]", ["en", "de"]],
  ["language:\n  - multilingual\n  - en", null],
])("languages of a card with %j", (language, languages) => {
  const folder = tempFolder({ "README.md": `---\n${language}\ntags:\n- a\n---\n# M\n` });
  expect(findEncoderLanguages(folder)).toEqual(languages);
});

test("texts that the encoder does not know are named, with what to take", async () => {
  expect(await renderForeignLanguage(french, "use-lite")).toMatch(
    /^the texts look French \(25 of 25\), which the encoder use-lite does not know \(it knows English\)/,
  );
  expect(await renderForeignLanguage(english, "use-lite")).toBe(null);
  expect(await renderForeignLanguage(french, "intfloat/multilingual-e5-small")).toBe(null);
});
