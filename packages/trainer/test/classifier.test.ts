import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Backend,
  type Embed,
  type Example,
  ExpectedError,
  openBackend,
  sha256,
  toText,
} from "@seedling/core/internal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HeadFacts, hashClassifier, readFacts } from "../src/classifier/facts.ts";
import { createHeadClassifier, readHead, saveHead } from "../src/classifier/head-classifier.ts";
import { loadClassifier } from "../src/classifier/load-classifier.ts";
import { addAnswers } from "../src/data/examples.ts";
import { embedExamples } from "../src/features/features.ts";
import { openFrozenEncoder } from "../src/features/frozen-encoder.ts";
import { fitLinear } from "../src/head/fit-linear.ts";
import { createMlp, type Head } from "../src/head/head.ts";
import { toFitData } from "./items.ts";

let backend: Backend;
let folder: string;
beforeAll(async () => {
  backend = await openBackend({ force: "wasm" });
  folder = await mkdtemp(join(tmpdir(), "seedling-classifier-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** An encoder of two dimensions: [1, 0] for texts that hold "good", else [0, 1]; a number that a text holds takes the place of 1. */
function openToy(): Embed {
  return {
    id: "toy",
    cutsOption: () => false,
    hash: "toy",
    dimensions: 2,
    maxLength: 8,
    async embed(texts, progress) {
      progress?.(texts.length, texts.length);
      return texts.map(toText).map((text) => {
        const vector = new Float32Array(2);
        vector[text.includes("good") ? 0 : 1] = Number(/NaN|-?Infinity/.exec(text)?.[0] ?? 1);
        return { vector, tokens: 1, kept: 1 };
      });
    },
    async dispose() {},
  };
}

const classesHead: Head = {
  dense: null,
  output: {
    inputs: 2,
    outputs: 2,
    weight: Float32Array.of(Math.log(3), 0, 0, Math.log(4)),
    bias: Float32Array.of(0, 0),
  },
};
const choiceHead: Head = {
  dense: null,
  output: { inputs: 2, outputs: 1, weight: Float32Array.of(Math.log(3), 0), bias: null },
};
const about = {
  encoder: "toy",
  maxLength: 8,
  runtime: "onnx",
  dtype: null,
  input: "full",
  features: "text",
  createdBy: "test",
} as const;

/** A head with what its facts say of it. */
type SavedHead = Omit<HeadFacts, "tune" | "head"> & { head: Head };

const yesNo: SavedHead = { ...about, classes: ["True", "False"], head: classesHead };
const choice: SavedHead = { ...about, classes: null, head: choiceHead };
const mlp: SavedHead = {
  ...about,
  dtype: "q8",
  input: "options",
  features: "pair",
  classes: null,
  head: createMlp(8, 1, 1),
};

function toFacts({ head, ...about }: SavedHead): HeadFacts {
  const { dense, output } = head;
  const shape = {
    type: dense ? ("mlp" as const) : ("linear" as const),
    dimensions: (dense ?? output).inputs,
    hidden: dense?.outputs ?? null,
    outputs: output.outputs,
  };
  return { tune: "head", ...about, head: shape };
}

async function save(saved: SavedHead): Promise<void> {
  await saveHead(folder, toFacts(saved), saved.head);
}

async function readSaved(): Promise<{ facts: HeadFacts; head: Head }> {
  const facts = readFacts(folder) as HeadFacts;
  return { facts, head: await readHead(folder, facts) };
}

const linear = { type: "linear", dimensions: 2, hidden: null, outputs: 2 };

const example = (question: string, options: string[]): Example => ({
  question,
  context: null,
  options,
  label: 0,
});

/** Probabilities as 32 bits give them. */
function near(probabilities: Record<string, number>) {
  const entries = Object.entries(probabilities);
  return Object.fromEntries(entries.map(([name, value]) => [name, expect.closeTo(value, 6)]));
}

async function load(saved: SavedHead) {
  await save(saved);
  const { facts, head } = await readSaved();
  return createHeadClassifier(facts, head, openToy(), backend);
}

describe("a saved classifier", () => {
  it.each([
    ["classes", yesNo],
    ["choice", choice],
    ["choice by an MLP on pairs", mlp],
  ])("of %s is read as it was", async (_, saved) => {
    await save(saved);
    const kind = saved.classes ? "classes" : "choice";
    const facts = { format: "seedling-classifier-2", kind, ...toFacts(saved) };
    expect(await readSaved()).toEqual({ facts, head: saved.head });
  });

  it("that sees all of an example says nothing of it, as the first classifiers do", async () => {
    await save(yesNo);
    expect(await readFile(join(folder, "classifier.json"), "utf8")).not.toContain("input");
    expect((await readSaved()).facts.input).toBe("full");
  });

  it("has a hash by its files", async () => {
    await save(yesNo);
    const files = ["classifier.json", "model.safetensors"].map((name) => join(folder, name));
    const hashes = await Promise.all(files.map(async (path) => sha256(await readFile(path))));
    expect(await hashClassifier(folder)).toBe(sha256(hashes.join()));
    await rm(files[1] as string);
    await expect(hashClassifier(folder)).rejects.toThrow(
      /^cannot read .*model\.safetensors: ENOENT/,
    );
  });

  it.each([
    ["classifier.json", "missing", /^cannot read .*classifier\.json: ENOENT/],
    ["model.safetensors", "missing", /^cannot read .*model\.safetensors: ENOENT/],
    ["classifier.json", "cut", /classifier\.json: expected a classifier's facts: /],
    ["model.safetensors", "cut", /model\.safetensors: not a whole safetensors file: /],
  ])("with %s %s is refused", async (name, damage, message) => {
    await save(yesNo);
    if (damage === "missing") await rm(join(folder, name));
    else await truncate(join(folder, name), 30);
    const refusal = readSaved();
    await expect(refusal).rejects.toThrow(ExpectedError);
    await expect(refusal).rejects.toThrow(message);
  });

  it.each([
    [
      { format: "seedling-classifier-9" },
      /classifier\.json: expected the format seedling-classifier-2, got "seedling-classifier-9"/,
    ],
    [{ kind: "choice" }, /classes go with kind classes/],
    [{ classes: null }, /classes go with kind classes/],
    [{ classes: ["a", "b", "c"] }, /expected one output for each class/],
    [{ head: { ...linear, hidden: 4 } }, /hidden goes with type mlp/],
    [
      { head: { ...linear, dimensions: 3 } },
      /model\.safetensors: expected head\.output\.weight with shape \[3,2\].*got shape \[2,2\]/,
    ],
    [
      { head: { ...linear, type: "mlp", hidden: 4 } },
      /expected head\.dense\.weight with shape \[2,4\], got none/,
    ],
    [{ maxLength: -1 }, /maxLength/],
    [{ input: "half" }, /input/],
  ])("with %j in its facts is refused", async (change, message) => {
    await save(yesNo);
    const path = join(folder, "classifier.json");
    const config: object = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...config, ...change }));
    await expect(readSaved()).rejects.toThrow(message);
  });

  it("with weights that are not finite is refused", async () => {
    const weight = Float32Array.of(1, Number.NaN, 0, 0);
    const head = { ...classesHead, output: { ...classesHead.output, weight } };
    await save({ ...yesNo, head });
    await expect(readSaved()).rejects.toThrow(
      "tensor head.output.weight: expected finite numbers, got NaN at 1 of 4; train the classifier again",
    );
  });

  it("is refused where its encoder has other dimensions", async () => {
    for (const saved of [yesNo, mlp]) {
      await save({ ...saved, encoder: "use-lite", dtype: null });
      await expect(loadClassifier(folder, { backend })).rejects.toThrow(
        `${folder}: expected an encoder of 2 dimensions, but use-lite has 512`,
      );
    }
  });

  it("with tune full is taken for a fully tuned one", async () => {
    await save(yesNo);
    const path = join(folder, "classifier.json");
    const facts: object = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...facts, tune: "full" }));
    await expect(loadClassifier(folder, { backend })).rejects.toThrow(
      /expected a classifier's facts: .*head/s,
    );
  });
});

describe("predict", () => {
  it("gives probabilities in the order of each example's options", async () => {
    const classifier = await load(yesNo);
    const predictions = await classifier.predictOptions([
      example("a good one", ["True", "False"]),
      example("a good one", ["False", "True"]),
      example("another", ["True", "False"]),
    ]);
    expect(predictions.map(({ label }) => label)).toEqual([0, 1, 1]);
    const expected = [0.75, 0.25, 0.25, 0.75, 0.2, 0.8];
    for (const [i, value] of predictions.flatMap((p) => p.probabilities).entries())
      expect(value).toBeCloseTo(expected[i] ?? 0, 6);
    await classifier.dispose();
  });

  it("takes examples with different numbers of options", async () => {
    const classifier = await load(choice);
    const told: number[] = [];
    const predictions = await classifier.predictOptions(
      [example("q", ["bad", "good"]), example("q", ["good", "bad", "good", "x"])],
      (done, total) => told.push(done, total),
    );
    // A text that comes again is encoded once.
    expect(told).toEqual([3, 3]);
    expect(predictions.map(({ label }) => label)).toEqual([1, 0]);
    const expected = [1 / 4, 3 / 4, 3 / 8, 1 / 8, 3 / 8, 1 / 8];
    for (const [i, value] of predictions.flatMap((p) => p.probabilities).entries())
      expect(value).toBeCloseTo(expected[i] ?? 0, 6);
    await classifier.dispose();
  });

  it("names probabilities by classes of any name", async () => {
    const classifier = await load({ ...yesNo, classes: ["__proto__", "toString"] });
    const { label, probabilities } = await classifier.predict("a good one");
    expect(label).toBe("__proto__");
    expect(Object.keys(probabilities)).toEqual(["__proto__", "toString"]);
    expect(JSON.parse(JSON.stringify(probabilities))).toEqual(probabilities);
    await classifier.dispose();
  });

  it.each([
    ["full", 0],
    ["question", 1],
    ["options", 1],
  ] as const)("leaves out by itself what input %s leaves out", async (input, label) => {
    const classifier = await load({ ...yesNo, input });
    const one = { ...example("is it", ["True", "False"]), context: "good" };
    expect((await classifier.predictOptions([one])).map((prediction) => prediction.label)).toEqual([
      label,
    ]);
    expect(one.context).toBe("good");
    await classifier.dispose();
  });

  it.each(["NaN", "Infinity", "-Infinity"])("has no answer for scores of %s", async (number) => {
    const classifier = await load(yesNo);
    const asked = ["good", `a ${number}`, "bad"];
    expect(await classifier.predict(asked)).toEqual(
      [
        { label: "True", probabilities: { True: 0.75, False: 0.25 } },
        { label: null, probabilities: {} },
        { label: "False", probabilities: { True: 0.2, False: 0.8 } },
      ].map((one) => ({ ...one, probabilities: near(one.probabilities) })),
    );
    const options = ["False", "True"];
    const [none] = await classifier.predictOptions([example(`a ${number}`, options)]);
    expect(none).toEqual({ label: null, probabilities: [] });
    // A rectified NaN may be 0.
    const wide = { ...yesNo, head: createMlp(2, 2, 1) };
    const [hidden, whole] = await (await load(wide)).predictOptions(
      [`a ${number}`, "good"].map((question) => example(question, ["True", "False"])),
    );
    expect([hidden?.label, typeof whole?.label]).toEqual([null, "number"]);
    // One option of a choice is enough.
    const chooses = await load(choice);
    const [chosen] = await chooses.predictOptions([example("which", ["good", number, "bad"])]);
    expect(chosen).toEqual({ label: null, probabilities: [] });
  });

  it("takes a context that is left out, or empty, for none", async () => {
    const texts: string[] = [];
    const embed: Embed["embed"] = (asked) => {
      texts.push(...(asked as string[]));
      return openToy().embed(asked);
    };
    await save(yesNo);
    const { facts, head } = await readSaved();
    const classifier = createHeadClassifier(facts, head, { ...openToy(), embed }, backend);
    const base = { question: "q", options: ["True", "False"] };
    for (const context of [{}, { context: null }, { context: "" }]) {
      await classifier.predict({ ...base, ...context });
      await classifier.predictOptions([{ ...base, ...context } as Example]);
    }
    expect(texts).toEqual(Array(6).fill("q"));
  });

  it("refuses options that are not its classes", async () => {
    const classifier = await load(yesNo);
    await expect(classifier.predictOptions([example("q", ["yes", "no"])])).rejects.toThrow(
      'expected the options ["True", "False"] in any order, got ["yes", "no"]',
    );
    await classifier.dispose();
  });

  it("predicts nothing for nothing, and leaves no tensors once disposed of", async () => {
    const before = backend.tf.memory().numTensors;
    const classifier = await load(yesNo);
    expect(await classifier.predictOptions([])).toEqual([]);
    await classifier.predictOptions([example("good", ["True", "False"])]);
    await classifier.dispose();
    expect(backend.tf.memory().numTensors).toBe(before);
  });

  it("does from examples what training did from vectors, with the embedded encoder", async () => {
    const train = [
      "Dogs are animals",
      "Cats are animals",
      "Cows are animals",
      "Horses are animals",
      "Stocks fell on Monday",
      "The bank raised its rates",
      "Shares rose by two percent",
      "The market closed lower",
    ].map((question, i) => ({ ...example(question, ["True", "False"]), label: i < 4 ? 0 : 1 }));
    const dev = ["Pigs are animals", "Bonds fell on Friday"].map((question, i) => ({
      ...example(question, ["False", "True"]),
      label: 1 - i,
    }));
    const classes = ["True", "False"];
    const encoder = { encoder: "use-lite", maxLength: 256, runtime: "onnx", dtype: null } as const;
    const options = { vectorCache: join(folder, "vectors"), backend };
    const embed = await openFrozenEncoder(encoder, options);
    const toSet = async (examples: Example[]) => {
      const { items } = await embedExamples(examples, embed, { classes, ...about });
      return addAnswers(examples, items, classes);
    };
    const data = toFitData("classes", await toSet(train), await toSet(dev));
    const { head, point } = await fitLinear(data);
    expect(point.devAccuracy).toBe(1);
    await embed.dispose();
    await save({ ...about, ...encoder, classes, head });
    const classifier = await loadClassifier(folder, options);
    const predictions = await classifier.predictOptions(dev);
    expect(predictions.map(({ label }) => label)).toEqual([1, 0]);
    const loss = predictions.map(({ probabilities }, i) => -Math.log(probabilities[1 - i] ?? 0));
    expect(((loss[0] ?? 0) + (loss[1] ?? 0)) / 2).toBeCloseTo(point.devLoss ?? 0, 5);
    await classifier.dispose();
  });
});
