import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Context,
  ExpectedError,
  endings,
  type Run,
  toTrainingFolder,
} from "@seedling/core/internal";
import { part, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { plan } from "../../core/test/planning.ts";
import { loadClassifier } from "../src/classifier/load-classifier.ts";
import type { TrainingManifest } from "../src/classifier/training-manifest.ts";
import { openFrozenEncoder } from "../src/features/frozen-encoder.ts";
import { printDryRun } from "../src/run/dry-run.ts";
import { trainingFiles, trainRun } from "../src/run/train-run.ts";
import { copyEncoder } from "./golden-encoders.ts";
import { toyCheckpoint, toyClaims, toyTask } from "./toy-student.ts";

const full = "--tune full --backend wasm --epochs 1 --batch-size 16 --learning-rates 1e-3";
const ownFrozen = "--tune head --runtime tfjs --backend wasm";

/** A command whose runs are trained one after the other; it may be given again. */
function openCommand(base: string, task = toyTask()) {
  const results = tempFolder();
  const runsOf = (more: string) =>
    plan(`--data ${task} --setting human --results ${results} ${base} ${more}`);
  return {
    runsOf,
    /** @returns what was said of the last run */
    async train(more = ""): Promise<string> {
      const runs = await runsOf(more);
      let said: string[] = [];
      for (const run of runs) {
        said = [];
        await trainRun(run, runs, toContext(said));
      }
      return said.join("\n");
    },
    /** @returns the total of a dry run */
    async dryRun(): Promise<string | undefined> {
      const said: string[] = [];
      await printDryRun(await runsOf(""), toContext(said));
      return said.at(-1);
    },
    async one(more = ""): Promise<Run> {
      return (await runsOf(more)).at(-1) as Run;
    },
  };
}

function toContext(said: string[]): Context {
  const fetch = async () => {
    throw new Error("this test has no network");
  };
  const onInterrupt = () => () => {};
  return { env: {}, fetch, log: (line) => said.push(line), panel: null, onInterrupt };
}

function readManifest(run: Run): TrainingManifest {
  return JSON.parse(readFileSync(join(toTrainingFolder(run), endings.done), "utf8"));
}

/** Leaves a manifest as an earlier version wrote it. */
function forget(run: Run, ...names: string[]): void {
  const manifest = readManifest(run);
  for (const name of names) delete manifest.inputs[name];
  delete manifest.student.batches;
  const earlier = { ...manifest, hash: undefined };
  writeFileSync(join(toTrainingFolder(run), endings.done), JSON.stringify(earlier));
}

/** Writes over the last bytes of an encoder's weights. */
function changeWeights(encoder: string): void {
  const path = join(encoder, "model.safetensors");
  const bytes = readFileSync(path);
  bytes.writeFloatLE(0.25, bytes.length - 4);
  writeFileSync(path, bytes);
}

describe("a training is done", () => {
  it.each([
    ["full tuning", full],
    ["a head on our own frozen encoder", ownFrozen],
  ])("until its encoder's weights change: %s", async (_, flags) => {
    const encoder = toyCheckpoint("tiny-bert-classification");
    const { train, one, dryRun } = openCommand(`${flags} --encoder ${encoder}`);
    expect(await train()).toContain("training on 48 examples");
    expect(await train()).toContain("already trained");
    expect(await dryRun()).toContain("0 to do, 1 done");
    const before = readManifest(await one()).inputs.encoder;
    expect(before).toMatch(/^[0-9a-f]{12}$/);
    changeWeights(encoder);
    expect(await dryRun()).toContain("1 to do, 0 done");
    expect(await train()).toContain("training on 48 examples");
    expect(readManifest(await one()).inputs.encoder).not.toBe(before);
    expect(await train()).toContain("already trained");
  });

  it("also where an earlier version tuned it by other steps, which the line names", async () => {
    const encoder = toyCheckpoint("tiny-bert-classification");
    const { train, one, dryRun } = openCommand(`${full} --recipe script --encoder ${encoder}`);
    await train();
    expect(readManifest(await one()).student.batches).toBe("random");
    expect(await train()).not.toContain("older version");
    forget(await one());
    const folder = toTrainingFolder(await one());
    const older = "made by an older version, in another way";
    expect(await train()).toContain(
      `already trained, ${older}; remove ${folder} to train it again`,
    );
    expect(await dryRun()).toContain("0 to do, 1 done");
  });

  it("where an earlier version did not write what its encoder was", async () => {
    const encoder = toyCheckpoint("tiny-bert-classification");
    const { train, one } = openCommand(`${ownFrozen} --encoder ${encoder}`);
    await train();
    forget(await one(), "encoder");
    changeWeights(encoder);
    expect(await train()).toContain("already trained");
  });
});

describe("a training of a frozen encoder", () => {
  it("is another where its files declare another reading, and where an earlier version did not read that", async () => {
    const encoder = copyEncoder("bge-small");
    const { train, one, dryRun } = openCommand(`--encoder ${encoder}`);
    expect(await train()).toContain("encoder bge-small: cls pooling, 48 tokens");
    expect(await train()).toContain("already trained");
    const { reading } = readManifest(await one()).inputs;
    expect(reading).toMatch(/^[0-9a-f]{12}$/);
    forget(await one(), "reading");
    expect(await dryRun()).toContain("1 to do, 0 done");
    expect(await train()).toContain("training on 48 examples");
    rmSync(join(encoder, "modules.json"));
    expect(await train()).toContain("encoder bge-small: mean pooling, 48 tokens");
    expect(readManifest(await one()).inputs).not.toHaveProperty("reading");
    expect(await train()).toContain("already trained");
  });

  it("is found where it reads as it did in earlier versions", async () => {
    const { train, one } = openCommand(`--encoder ${copyEncoder("e5-small")}`);
    await train();
    expect(Object.keys(readManifest(await one()).inputs).sort()).toEqual([
      "dev",
      "encoder",
      "train",
    ]);
    expect(await train()).toContain("already trained");
    expect(toTrainingFolder(await one("--prompt query:"))).not.toBe(toTrainingFolder(await one()));
  });

  it("is another where fewer tokens are declared than were read", async () => {
    const encoder = copyEncoder("e5-small");
    const { train, one } = openCommand(`--encoder ${encoder} --max-length 40`);
    await train();
    expect(readManifest(await one()).inputs).not.toHaveProperty("reading");
    writeFileSync(join(encoder, "sentence_bert_config.json"), '{"max_seq_length": 16}');
    expect(await train()).toContain("encoder e5-small: mean pooling, 16 tokens");
    expect(await train()).toContain("already trained");
  });
});

it("says, as its dry run does, how many epochs its steps are over in", async () => {
  const line = "--tune full --backend wasm --recipe script --batch-size 28 --epochs 3";
  const encoder = toyCheckpoint("tiny-bert-classification");
  const { runsOf, train, one } = openCommand(`${line} --learning-rates 1e-3 --encoder ${encoder}`);
  // Three steps of 7 micro-batches are over within two epochs of 12.
  const said: string[] = [];
  await printDryRun(await runsOf(""), toContext(said));
  expect(said.join()).toContain("1 trial of 2 epochs, 3 steps");
  expect(await train()).toContain("  1 trial of 2 epochs");
  const log = readFileSync(join(toTrainingFolder(await one()), trainingFiles.log), "utf8");
  expect(log.match(/"devAccuracy"/g)).toHaveLength(2);
});

describe("a seed that repeats another's choice", () => {
  const flags = `${full},3e-3 --grid-seeds 1`;

  it("is trained anew in a command whose first seed is another", async () => {
    const encoder = toyCheckpoint("tiny-bert-classification");
    const { train, one } = openCommand(`${flags} --encoder ${encoder}`);
    expect(await train("--train-seed 1,2")).toContain("1 trial of 1 epoch");
    const run = await one("--train-seed 2");
    expect(toTrainingFolder(run)).toBe(toTrainingFolder(await one("--train-seed 1,2")));
    const { learningRate, batchSize } = readManifest(run).best;
    expect(readManifest(run).inputs.grid).toBe(
      `learningRate ${learningRate}, batchSize ${batchSize}`,
    );
    expect(await train("--train-seed 1,2")).toContain("already trained");

    expect(await train("--train-seed 2")).toContain("2 trials of 1 epoch");
    expect(readManifest(run).inputs.grid).toBe("own");
    expect(await train("--train-seed 2")).toContain("already trained");
    expect(await train("--train-seed 1,2")).toContain("1 trial of 1 epoch");
  });

  it("is refused where that other was not trained", async () => {
    const encoder = toyCheckpoint("tiny-bert-classification");
    const runs = await openCommand(`${flags} --encoder ${encoder}`).runsOf("--train-seed 1,2");
    const error = await trainRun(runs[1] as Run, runs, toContext([])).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(String(error)).toMatch(
      /--grid-seeds 1: expected the choice of claims human seed 1 to repeat, but .* not trained/,
    );
  });

  it("stays where that other is damaged and cannot be trained again", async () => {
    const encoder = toyCheckpoint("tiny-bert-classification");
    const { train, runsOf } = openCommand(`${flags} --encoder ${encoder}`);
    await train("--train-seed 1,2");
    const runs = await runsOf("--train-seed 1,2");
    const [first, second] = runs as [Run, Run];
    writeFileSync(join(toTrainingFolder(first), endings.done), "{");
    const said: string[] = [];
    await trainRun(second, runs, toContext(said));
    expect(said.join()).toContain("already trained");
  });

  it("is taken as it is where an earlier version trained it", async () => {
    const encoder = toyCheckpoint("tiny-bert-classification");
    const { train, one } = openCommand(`${flags} --encoder ${encoder}`);
    await train("--train-seed 1,2");
    forget(await one("--train-seed 2"), "grid");
    expect(await train("--train-seed 2")).toContain("already trained");
  });
});

describe("a training is refused", () => {
  it.each([
    ["full tuning", full],
    ["a head on our own frozen encoder", ownFrozen],
  ])("whose texts have a token that the encoder has no row for: %s", async (_, flags) => {
    const encoder = toyCheckpoint("tiny-bert-classification");
    const path = join(encoder, "tokenizer.json");
    const tokenizer = JSON.parse(readFileSync(path, "utf8"));
    tokenizer.model.vocab.good = 119;
    writeFileSync(path, JSON.stringify(tokenizer));
    const error = await openCommand(`${flags} --encoder ${encoder}`)
      .train()
      .catch((e) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(String(error)).toContain(
      "expected ids of tokens below 100, for which the encoder has weights, got 119: the tokenizer is of another model",
    );
  });

  it.each([
    ["full tuning", `${full} --encoder some/model`],
    ["a head", "--tune head"],
  ])("that has nothing to train on: %s", async (_, flags) => {
    const error = await openCommand(`${flags} --examples 1 --dev created`)
      .train()
      .catch((e) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(String(error)).toContain(
      "expected examples to train on and to choose by, got 0 and 1 (dev created)",
    );
  });
});

const minilm = part("minilm");

describe.skipIf(minilm === null)(
  "a frozen classifier of a folder that has q8 weights alone",
  () => {
    it("says so, and keeps to them when others come", async () => {
      const encoder = tempFolder();
      for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json", "onnx"])
        cpSync(join(minilm ?? "", name), join(encoder, name), { recursive: true });
      const { train, one } = openCommand(`--tune head --encoder ${encoder}`);
      expect(await train()).toMatch(
        /training on 48 examples.* encoder \S+ \(q8, transformers\.js\), linear head$/m,
      );
      const run = await one();
      const classifier = join(toTrainingFolder(run), "classifier");
      expect(readManifest(run).conditions).toMatchObject({ dtype: "q8" });
      expect(readFileSync(join(classifier, "README.md"), "utf8")).toContain("dtype q8");
      const predict = async () => {
        const loaded = await loadClassifier(classifier);
        const predictions = await loaded.predict(toyClaims(4, 3));
        await loaded.dispose();
        return predictions;
      };
      const before = await predict();
      // Not even an ONNX file: whoever opens it fails.
      writeFileSync(join(encoder, "onnx", "model.onnx"), "fp32");
      expect(await predict()).toEqual(before);
      await expect(
        openFrozenEncoder({ encoder, maxLength: 8, runtime: "onnx", dtype: null }, {}),
      ).rejects.toThrow(ExpectedError);
    });
  },
);
