import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Example, ExpectedError } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { loadClassifier, trainClassifier } from "@seedling/trainer";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { plan } from "../../core/test/planning.ts";
import { defaults } from "../src/classifier/train-options.ts";
import { overflow, toyCheckpoint, toyChoices, toyClaims } from "./toy-student.ts";

const topics = ["animals", "markets"];
const sentences = [
  "Dogs are animals",
  "Cats chase mice",
  "Cows eat grass",
  "Horses run in the fields",
  "Wolves hunt at night",
  "Stocks fell on Monday",
  "The bank raised its rates",
  "Shares rose by two percent",
  "The market closed lower",
  "Bonds fell on Friday",
];
const examples = sentences.map((question, row) => ({
  question,
  context: null,
  options: row % 3 === 0 ? [...topics].reverse() : topics,
  label: Number(row < 5) === Number(row % 3 === 0) ? 1 : 0,
}));

describe("a head on a frozen encoder", () => {
  it("labels plain texts by the names of its classes, also when it is loaded again", async () => {
    const classifier = await trainClassifier(examples, { dev: examples.slice(2, 8) });
    const names = classifier.classes ?? [];
    expect([...names].sort()).toEqual(topics);
    const one = await classifier.predict("Pigs are animals");
    expect(one.label).toBe("animals");
    expect(Object.keys(one.probabilities).sort()).toEqual(topics);
    expect((one.probabilities.animals ?? 0) + (one.probabilities.markets ?? 0)).toBeCloseTo(1, 6);
    const texts = ["Pigs are animals", { question: "The bank sold its shares", options: topics }];
    const many = await classifier.predict(texts);
    expect(many.map(({ label }) => label)).toEqual(topics);
    // In a batch the last digits of a product depend on the other rows.
    expect(many[0]?.probabilities.animals).toBeCloseTo(one.probabilities.animals ?? 0, 6);
    expect(await classifier.predict([])).toEqual([]);
    expect(classifier.training).toMatchObject({ accuracy: 1, collapsed: false });

    const folder = join(tempFolder(), "topics");
    await classifier.save(folder);
    await classifier.dispose();
    const loaded = await loadClassifier(folder);
    expect(await loaded.predict(texts)).toEqual(many);
    const copy = join(tempFolder(), "copy");
    await loaded.save(copy);
    const readFiles = (of: string) =>
      readdirSync(of).map((name) => [name, readFileSync(join(of, name), "latin1")]);
    expect(readFiles(folder).map(([name]) => name)).toEqual([
      "classifier.json",
      "held-out.json",
      "model.safetensors",
    ]);
    expect(readFiles(copy)).toEqual(readFiles(folder));
    await loaded.save(join(folder, "."));
    expect(readFiles(folder)).toEqual(readFiles(copy));
    const error = await loaded.save(join(copy, "classifier.json")).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(String(error)).toContain(`cannot write ${join(copy, "classifier.json")}/`);
    const facts = JSON.parse(readFileSync(join(folder, "classifier.json"), "utf8"));
    expect(Object.keys(facts).join()).toBe(
      "format,tune,kind,encoder,encoderHash,runtime,dtype,maxLength,features,head,classes,createdBy,temperature",
    );
    expect(facts.head).toEqual({ type: "linear", dimensions: 512, hidden: null, outputs: 2 });
    await loaded.dispose();
  });

  it("holds out a tenth where no dev examples are given", async () => {
    const lines: string[] = [];
    const classifier = await trainClassifier([...examples, ...examples], {
      log: (line) => lines.push(line),
      head: "mlp",
      epochs: 2,
      learningRates: [0.01],
      vectorCache: join(tempFolder(), "vectors"),
    });
    await classifier.dispose();
    const trials = classifier.training.log.trim().split("\n");
    expect(trials).toHaveLength(2);
    expect(JSON.parse(trials[0] ?? "")).toMatchObject({ learningRate: 0.01, epoch: 1 });
  });
});

describe("a fully tuned encoder", () => {
  const options = {
    tune: "full",
    epochs: 1,
    batchSize: [16],
    learningRates: [1e-3],
    seed: 2,
  } as const;

  it("answers True or False, keeps nothing on disk, and is the same for the same seed", async () => {
    const encoder = toyCheckpoint("tiny-bert-classification");
    // Its own, since other processes tune, too.
    const [temporary, saved] = [tempFolder(), tempFolder()];
    vi.stubEnv("TMPDIR", temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    const train = () => trainClassifier(toyClaims(48), { ...options, encoder });
    const first = await train();
    const texts = ["the good sky", "the bad whale"];
    const predictions = await first.predict(texts);
    for (const { label, probabilities } of predictions) {
      expect(["True", "False"]).toContain(label);
      expect(Object.keys(probabilities)).toEqual(["True", "False"]);
    }
    const folder = join(saved, "claims");
    await first.save(folder);
    await first.dispose();
    expect(readdirSync(temporary)).toEqual([]);
    const loaded = await loadClassifier(folder);
    expect(await loaded.predict(texts)).toEqual(predictions);
    await loaded.save(folder);
    await loaded.dispose();
    const second = await train();
    expect(await second.predict(texts)).toEqual(predictions);
    await second.dispose();
  });

  it("chooses among each example's options, summing those of one name", async () => {
    const encoder = toyCheckpoint("tiny-bert-choice");
    const folder = join(mkdtempSync(join(tmpdir(), "seedling-state-")), "state");
    const classifier = await trainClassifier(toyChoices(24), { ...options, encoder, folder });
    const question = "is the sky";
    const plain = await classifier.predict({ question, options: ["good sun", "bad day", "rain"] });
    expect(Object.keys(plain.probabilities)).toEqual(["good sun", "bad day", "rain"]);
    const twice = await classifier.predict({ question, options: ["rain", "rain", "bad day"] });
    expect(Object.keys(twice.probabilities)).toEqual(["rain", "bad day"]);
    expect(twice.probabilities.rain).toBeGreaterThan(twice.probabilities["bad day"] ?? 1);
    expect(twice.label).toBe("rain");
    await expect(classifier.predict("is the sky")).rejects.toThrow(
      /expected an object with the options to choose among.*got "is the sky"/,
    );
    await classifier.dispose();
    expect(existsSync(folder)).toBe(true);
  });
});

describe("a training is refused", () => {
  it.each([
    ["without examples", [], {}, "expected examples to train on and to choose by, got 0 and 0"],
    [
      "of the embedded encoder by tfjs",
      examples,
      { runtime: "tfjs" },
      "encoder use-lite: expected runtime onnx",
    ],
    ["of the embedded encoder as a whole", examples, { tune: "full" }, "encoder use-lite"],
    [
      "whose options are not the classes",
      examples,
      { classes: ["yes", "no"] },
      'expected the options ["yes", "no"] in any order',
    ],
    [
      "of a folder that is none",
      examples,
      { encoder: "./none", tune: "full" },
      "none: expected a model's folder",
    ],
  ] as const)("%s", async (_, given, wrong, message) => {
    const error = await trainClassifier([...given], wrong).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(String(error)).toContain(message);
  });
});

it("a training is refused where the encoder gives a text no numbers", async () => {
  const encoder = toyCheckpoint("tiny-bert");
  await overflow(encoder, "whale");
  const train = toyClaims(12).map((one) => ({
    ...one,
    question: one.question.replaceAll("whale", "bird"),
  }));
  const claim = { ...toyClaims(1)[0], question: "the good whale", label: 0 } as Example;
  for (const [given, dev, name] of [
    [[...train, claim], train, "train example 13"],
    [train, [claim], "dev example 1"],
  ] as const)
    await expect(trainClassifier(given, { encoder, dev, runtime: "tfjs" })).rejects.toThrow(
      `${name}, "the good whale": expected numbers from the encoder ${encoder}, got NaN`,
    );
});

describe("the defaults", () => {
  it("are those of the flags", async () => {
    const [run] = await plan("--data boolq --sample --setting human");
    const { names, penalty, classWeights, calibration, ...others } = defaults;
    expect(run?.flags).toMatchObject(others);
    expect([names, penalty, classWeights, calibration]).toEqual(Array(4).fill("auto"));
    expect(defaults).toMatchObject({
      tune: "head",
      encoder: "use-lite",
      maxLength: 256,
      input: "full",
      head: null,
      features: null,
      runtime: "onnx",
      dtype: null,
      recipe: "default",
      learningRates: null,
      batchSize: null,
      epochs: null,
      warmUp: null,
      weightDecay: 0.01,
      clip: 1,
      freeze: 0,
      accumulate: 1,
      earlyStop: null,
      recompute: "auto",
    });
  });
});
