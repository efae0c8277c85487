import { rmSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { loadClassifier } from "../src/classifier/load-classifier.ts";
import { trainClassifier } from "../src/classifier/train-classifier.ts";
import {
  copyEncoder,
  encodeGolden,
  moveTransformer,
  readJsonFile,
  writeJson,
} from "./golden-encoders.ts";
import { toyClaims } from "./toy-student.ts";

/** Trains a head on a copy of bge-small. */
async function train(options: { runtime: "onnx" | "tfjs"; prompt?: string }) {
  const encoder = copyEncoder("bge-small");
  const folder = tempFolder();
  const classifier = await trainClassifier(toyClaims(24), { encoder, maxLength: 40, ...options });
  await classifier.save(folder);
  await classifier.dispose();
  return { encoder, folder };
}

async function predict(folder: string) {
  const said: string[] = [];
  const classifier = await loadClassifier(folder, { log: (line) => said.push(line) });
  const predictions = await classifier.predict(["the good sky", "a bad whale"]);
  await classifier.dispose();
  return { predictions, said };
}

describe.each(["onnx", "tfjs"] as const)("a classifier by %s", (runtime) => {
  it("keeps how its encoder reads, whatever that declares later", async () => {
    const { encoder, folder } = await train({ runtime, prompt: "query: " });
    const reading = { pooling: "cls", prompt: "query: ", maxLength: 40, dense: [] };
    expect(readJsonFile(join(folder, "classifier.json")).reading).toEqual(reading);
    const before = await predict(folder);
    expect(before.said).toEqual(['encoder bge-small: cls pooling, 40 tokens, prompt "query: "']);
    rmSync(join(encoder, "modules.json"));
    expect((await predict(folder)).predictions).toEqual(before.predictions);
  });

  it("without a reading is read as it was when there were none, and says so", async () => {
    const { encoder, folder } = await train({ runtime });
    const { predictions } = await predict(folder);
    const { reading: _, ...facts } = readJsonFile(join(folder, "classifier.json"));
    writeJson(folder, "classifier.json", facts);
    const earlier = await predict(folder);
    expect(earlier.said).toEqual([
      `${folder}: it was made before readings were kept: its encoder is read by mean pooling, with no prompt and no Dense layer`,
      expect.stringContaining("encoder bge-small: mean pooling, 40 tokens"),
    ]);
    expect(earlier.predictions).not.toEqual(predictions);
    rmSync(join(encoder, "modules.json"));
    expect((await predict(folder)).predictions).toEqual(earlier.predictions);
  });
});

it("a classifier keeps the Dense layers of its encoder, and the tokens that it reads", async () => {
  const classifier = await trainClassifier(toyClaims(24), { encoder: copyEncoder("with-dense") });
  const folder = tempFolder();
  await classifier.save(folder);
  await classifier.dispose();
  const reading = { pooling: "mean", prompt: "", maxLength: 32, dense: ["2_Dense"] };
  expect(readJsonFile(join(folder, "classifier.json")).reading).toEqual(reading);
  expect((await predict(folder)).predictions).toHaveLength(2);
});

it("full tuning finds a model's files in 0_Transformer, and reads no more of its declaration", async () => {
  const encoder = moveTransformer(copyEncoder("bge-small"));
  const options = { encoder, tune: "full", epochs: 1, learningRates: [1e-3] } as const;
  const classifier = await trainClassifier(toyClaims(24), options);
  expect(await classifier.predict("the good sky")).toHaveProperty("label");
  await classifier.dispose();
});

it("of an unknown pooling, or with a layer outside the model's folder, is refused", async () => {
  const { folder } = await train({ runtime: "onnx" });
  const facts = readJsonFile(join(folder, "classifier.json"));
  const reading = { pooling: "mean", prompt: "", maxLength: 40, dense: [] };
  writeJson(folder, "classifier.json", { ...facts, reading: { ...reading, pooling: "median" } });
  await expect(loadClassifier(folder)).rejects.toThrow("expected a pooling");
  writeJson(folder, "classifier.json", { ...facts, reading: { ...reading, dense: ["../up"] } });
  await expect(loadClassifier(folder)).rejects.toThrow(`expected a folder's name, got "../up"`);
});

describe("an encoder's id", () => {
  const hash = "[0-9a-f]{12}";
  it.each([
    ["bert-base-uncased", {}, `^bert-base-uncased-1/fp32/48/${hash}$`],
    ["e5-small", {}, `^e5-small-1/fp32/48/${hash}$`],
    ["e5-small", { runtime: "tfjs" }, `^e5-small-tfjs-1/48/${hash}/wasm-[^/]+$`],
    ["e5-small", { maxLength: 30 }, `^e5-small-1/fp32/30/${hash}$`],
    ["e5-small", { prompt: "" }, `^e5-small-1/fp32/48/${hash}$`],
    ["e5-small", { prompt: "query: " }, `^e5-small-1/fp32/48/${hash}/${hash}$`],
    ["bge-small", {}, `^bge-small-1/fp32/48/${hash}/${hash}$`],
    ["bge-small", { reading: null }, `^bge-small-1/fp32/48/${hash}$`],
    ["bge-small", { runtime: "tfjs" }, `^bge-small-tfjs-1/48/${hash}/wasm-[^/]+/${hash}$`],
    ["with-dense", {}, `^with-dense-1/fp32/32/${hash}/${hash}$`],
    ["with-dense", { reading: null }, `^with-dense-1/fp32/48/${hash}$`],
  ] as const)("of %s (%o) is as before where it reads as before", async (name, options, id) => {
    expect((await encodeGolden(copyEncoder(name), [], options)).id).toMatch(new RegExp(id));
  });
});
