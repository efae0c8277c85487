import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Example } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { expect, test } from "vitest";
import { loadClassifier, trainClassifier } from "../src/index.ts";

const options = ["card", "refund"];
const examples = ["Where is my card today", "My refund is late"].flatMap((text, label) =>
  ["please", "now", "thanks", "again", "soon", "hello"].map(
    (word): Example => ({ question: `${text}, ${word}?`, context: null, options, label }),
  ),
);

test("a classifier of a bag of words learns its words, and predicts as it did once it is loaded", async () => {
  const classifier = await trainClassifier(examples, { encoder: "bag-of-words", dev: examples });
  expect(classifier.training.accuracy).toBe(1);
  const asked = ["Is my card here?", "the refund", "nothing known"];
  const predicted = await classifier.predict(asked);
  expect(predicted.map(({ label }) => label).slice(0, 2)).toEqual(options);
  const [folder, copy] = [tempFolder(), tempFolder()];
  await classifier.save(folder);
  const loaded = await loadClassifier(folder);
  expect(await loaded.predict(asked)).toEqual(predicted);
  await loaded.save(copy);
  expect(readdirSync(copy).sort()).toEqual([
    "classifier.json",
    "held-out.json",
    "model.safetensors",
    "vocabulary.json",
  ]);
  // Another vocabulary of the same size is not the one that it was trained with.
  const path = join(folder, "vocabulary.json");
  writeFileSync(path, readFileSync(path, "utf8").replace('"refund"', '"return"'));
  await expect(loadClassifier(folder)).rejects.toThrow("expected the encoder that it was trained");
  await expect(loadClassifier(copy, { encoder: "use-lite" })).rejects.toThrow("no --encoder");
});

test("options that vary have no bag of words", async () => {
  const varying = examples.map((one, row) => ({ ...one, options: [`a${row}`, `b${row}`] }));
  const training = trainClassifier(varying, { encoder: "bag-of-words" });
  await expect(training).rejects.toThrow("expected the same labels for every example");
});
