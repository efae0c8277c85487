import { cpSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Backend, ExpectedError, openBackend } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { type Checkpoint, openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import type { OptionPrediction } from "../src/classifier/classifier.ts";
import { loadClassifier } from "../src/classifier/load-classifier.ts";
import { ablateInput } from "../src/data/example-texts.ts";
import type { UnlabelledExample } from "../src/data/examples.ts";
import type { tinyNames } from "./golden.ts";
import { type Kind, saveTuned } from "./saved-classifiers.ts";
import { toyCheckpoint, toyChoices, toyClaims } from "./toy-student.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend({ force: "wasm" });
});

type Name = (typeof tinyNames)[number];

const examples = { classes: toyClaims(6), choice: toyChoices(6) };

async function predict(
  dir: string,
  kind: Kind,
  asked: readonly UnlabelledExample[] = examples[kind],
): Promise<OptionPrediction[]> {
  const classifier = await loadClassifier(dir, { backend });
  try {
    return await classifier.predictOptions(asked);
  } finally {
    await classifier.dispose();
  }
}

async function withCheckpoint<T>(
  folder: string,
  work: (one: Checkpoint) => Promise<T>,
): Promise<T> {
  const checkpoint = await openCheckpoint(folder);
  try {
    return await work(checkpoint);
  } finally {
    await checkpoint.close();
  }
}

const readJson = (dir: string, name: string) => JSON.parse(readFileSync(join(dir, name), "utf8"));

const cases: [Name, Kind, "own" | "mean", string][] = [
  ["tiny-bert-classification", "classes", "own", "BertForSequenceClassification"],
  ["tiny-bert-choice", "choice", "own", "BertForMultipleChoice"],
  ["tiny-roberta-classification", "classes", "own", "RobertaForSequenceClassification"],
  ["tiny-roberta-choice", "choice", "own", "RobertaForMultipleChoice"],
  ["tiny-mpnet-classification", "classes", "own", "MPNetForSequenceClassification"],
  ["tiny-distilbert-classification", "classes", "own", "DistilBertForSequenceClassification"],
  ["tiny-modernbert-classification", "classes", "own", "ModernBertForSequenceClassification"],
  ["tiny-modernbert-mean", "classes", "own", "ModernBertForSequenceClassification"],
  ["tiny-modernbert-choice", "choice", "own", "ModernBertForMultipleChoice"],
  ["tiny-mpnet", "choice", "own", "MPNetForMultipleChoice"],
  ["tiny-bert", "classes", "mean", "BertModel"],
];

describe("a tuned classifier", () => {
  it.each(cases)("of %s for %s, head %s, has the hub's class", async (name, kind, head, wanted) => {
    const dir = await saveTuned(toyCheckpoint(name), kind, head);
    expect(readJson(dir, "config.json")).toMatchObject({ architectures: [wanted] });
    expect(readJson(dir, "classifier.json")).toMatchObject({
      format: "seedling-classifier-2",
      tune: "full",
      kind,
      head,
      classes: kind === "classes" ? ["True", "False"] : null,
    });
  });

  it("names its labels in the hub's configuration", async () => {
    const dir = await saveTuned(toyCheckpoint("tiny-bert"), "classes");
    expect(readJson(dir, "config.json")).toMatchObject({
      id2label: { 0: "True", 1: "False" },
      label2id: { True: 0, False: 1 },
      problem_type: "single_label_classification",
    });
  });

  it.each(cases.filter(([name]) => name.split("-").length > 2))(
    "of %s for %s has the hub's tensors, number by number",
    async (name, kind) => {
      const source = toyCheckpoint(name);
      const dir = await saveTuned(source, kind);
      const saved = await openCheckpoint(dir);
      await withCheckpoint(source, async (hub) => {
        const names = [...hub.tensors.keys()].sort();
        expect([...saved.tensors.keys()].sort()).toEqual(names);
        for (const tensor of names) {
          expect(saved.tensors.get(tensor)?.shape).toEqual(hub.tensors.get(tensor)?.shape);
          expect(await saved.read(tensor), tensor).toEqual(await hub.read(tensor));
        }
      });
      await saved.close();
    },
  );

  it.each(cases)(
    "of %s for %s, head %s, predicts the same when its folder is the encoder",
    async (name, kind, head) => {
      const dir = await saveTuned(toyCheckpoint(name), kind, head);
      const predictions = await predict(dir, kind);
      expect(predictions).toHaveLength(6);
      for (const { label, probabilities } of predictions) {
        expect(probabilities).toHaveLength(kind === "classes" ? 2 : 3);
        expect(probabilities.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
        expect(probabilities[label ?? -1]).toBe(Math.max(...probabilities));
      }
      expect(await predict(await saveTuned(dir, kind, head), kind)).toEqual(predictions);
    },
  );

  it("leaves out by itself what its input leaves out", async () => {
    const source = toyCheckpoint("tiny-bert-choice");
    const [all, cut] = [
      await saveTuned(source, "choice"),
      await saveTuned(source, "choice", "own", { input: "options" }),
    ];
    expect(readJson(all, "classifier.json")).not.toHaveProperty("input");
    const left = examples.choice.map((example) => ablateInput(example, "options"));
    const predictions = await predict(cut, "choice");
    expect(predictions).toEqual(await predict(all, "choice", left));
    expect(predictions).not.toEqual(await predict(all, "choice"));
  });

  it("reads options in any order as the classes that they are", async () => {
    const dir = await saveTuned(toyCheckpoint("tiny-bert-classification"), "classes");
    const [first] = await predict(dir, "classes");
    const classifier = await loadClassifier(dir, { backend });
    const turned = examples.classes.map((one) => ({ ...one, options: ["False", "True"] }));
    const [other] = await classifier.predictOptions(turned);
    expect(other?.probabilities).toEqual([...(first?.probabilities ?? [])].reverse());
    await classifier.dispose();
  });

  it("frees all that it took", async () => {
    const dir = await saveTuned(toyCheckpoint("tiny-mpnet"), "choice");
    const before = backend.tf.memory().numTensors;
    await predict(dir, "choice");
    expect(backend.tf.memory().numTensors).toBe(before);
  });
});

describe("a damaged tuned classifier is refused", () => {
  const change = (dir: string, name: string, values: object) =>
    writeFileSync(join(dir, name), JSON.stringify({ ...readJson(dir, name), ...values }));

  it.each<[string, (dir: string) => void, RegExp]>([
    [
      "truncated weights",
      (dir) => truncateSync(join(dir, "model.safetensors"), 5000),
      /model\.safetensors/,
    ],
    [
      "a configuration of more layers",
      (dir) => change(dir, "config.json", { num_hidden_layers: 3 }),
      /expected the tensor bert\.encoder\.layer\.2\..*got none/,
    ],
    [
      "a configuration of another size",
      (dir) => change(dir, "config.json", { intermediate_size: 32 }),
      /intermediate\.dense\.weight with shape \[32,32\].*got shape \[64,32\]/,
    ],
    [
      "a tokenizer of more words than the table has",
      (dir) => change(dir, "config.json", { vocab_size: 50 }),
      /word_embeddings.weight with shape \[50,32\].*got shape \[100,32\]/,
    ],
    [
      "a weight that is no number",
      (dir) => {
        const path = join(dir, "model.safetensors");
        const bytes = readFileSync(path);
        bytes.writeFloatLE(Number.NaN, bytes.length - 4);
        writeFileSync(path, bytes);
      },
      /tensor classifier\.weight: expected finite numbers, got NaN at 63 of 64; train the classifier again/,
    ],
    ["no classes", (dir) => change(dir, "classifier.json", { classes: null }), /classes/],
    [
      "classes that the head does not have",
      (dir) => change(dir, "classifier.json", { classes: ["a", "b", "c"] }),
      /classifier\.weight with shape \[3,32\].*got shape \[2,32\]/,
    ],
    [
      "no configuration",
      (dir) => writeFileSync(join(dir, "config.json"), "{"),
      /config\.json: expected a JSON object, got /,
    ],
  ])("%s", async (_, damage, message) => {
    const dir = await saveTuned(toyCheckpoint("tiny-bert-classification"), "classes");
    damage(dir);
    const error = await predict(dir, "classes").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(String(error)).toMatch(message);
    expect(String(error)).toContain(basename(dir));
  });

  it("no tokenizer", async () => {
    const dir = await saveTuned(toyCheckpoint("tiny-bert-classification"), "classes");
    const bare = tempFolder();
    for (const name of ["config.json", "classifier.json", "model.safetensors"])
      cpSync(join(dir, name), join(bare, name));
    await expect(predict(bare, "classes")).rejects.toThrow(
      /half copied: it has classifier\.json and no tokenizer\.json, no tokenizer_config\.json; copy/,
    );
  });
});
