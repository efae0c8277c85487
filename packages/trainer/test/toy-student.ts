import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  createRandom,
  type Example,
  openSafetensors,
  toExamplesJsonl,
} from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { writeSafetensors } from "../src/checkpoint/write-safetensors.ts";
import type { TrainingManifest } from "../src/classifier/training-manifest.ts";
import { type tinyNames, toTinyFolder } from "./golden.ts";

/** A folder of the hub's layout: a tiny model, with a tokenizer of 83 words that fits it. */
export function toyCheckpoint(name: (typeof tinyNames)[number]): string {
  const folder = tempFolder();
  for (const file of ["config.json", "model.safetensors"])
    cpSync(join(toTinyFolder(name), file), join(folder, file));
  cpSync(join(import.meta.dirname, "fixtures/tokenizers/tiny-words"), folder, { recursive: true });
  return folder;
}

/** Changes a word of a toy checkpoint so that the sum over its embedding overflows: a text with it has no vector. */
export async function overflow(folder: string, word: string): Promise<void> {
  const path = join(folder, "model.safetensors");
  const { model } = JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8"));
  const { tensors, read, close } = await openSafetensors(path);
  const changed = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, { shape }] of tensors) {
    const data = await read(name);
    const [at, size] = [model.vocab[word], shape[1] ?? 0];
    if (name.endsWith("word_embeddings.weight")) data.fill(3e38, at * size, (at + 1) * size);
    changed.set(name, { shape, data });
  }
  await close();
  await writeSafetensors(path, changed);
}

/** The folder of a task of claims, with a train split of 48 and a dev split of 12. */
export function toyTask(): string {
  return tempFolder({
    "task.json": JSON.stringify({ options: ["True", "False"], name: "claims" }),
    "example.json": toExamplesJsonl(toyClaims(1)).trim(),
    "train.jsonl": toExamplesJsonl(toyClaims(48, 1)),
    "dev.jsonl": toExamplesJsonl(toyClaims(12, 2)),
  });
}

const fillers = "sky grass whale bird tree water stone river town house cup sun rain day".split(
  " ",
);

/** Claims that are true where they say "good", and false where they say "bad". */
export function toyClaims(count: number, seed = 1): Example[] {
  const random = createRandom("claims", seed);
  return Array.from({ length: count }, (_, at) => {
    const words = Array.from({ length: 2 + random.int(6) }, () => random.pick(fillers));
    words.splice(random.int(words.length), 0, at % 2 === 0 ? "good" : "bad");
    return {
      question: `the ${words.join(" ")}`,
      context: null,
      options: ["True", "False"],
      label: at % 2,
    };
  });
}

/** Choices of three, the right one of which is "good". */
export function toyChoices(count: number, seed = 1): Example[] {
  const random = createRandom("choices", seed);
  return Array.from({ length: count }, (_, at) => ({
    question: `is the ${random.pick(fillers)}`,
    context: null,
    options: Array.from(
      { length: 3 },
      (_, option) =>
        `${option === at % 3 ? "good" : "bad"} ${random.pick(fillers)} ${random.pick(fillers)}`,
    ),
    label: at % 3,
  }));
}

/** A manifest of a full tuning; it names no inputs, as if all were equal. */
export const trainingManifest: TrainingManifest = {
  version: 1,
  stage: "train",
  task: "mcqa_5/csqa",
  source: "human",
  seeds: { example: 1, creation: 1, train: 1 },
  data: { kind: "benchmark", verified: true },
  completions: null,
  train: { n: 10, target: 10, human: 0, labels: null },
  dev: { source: "human", n: 10, accuracy: 0.5, loss: 1, collapsed: false },
  student: { encoder: "some/model", tune: "full" },
  conditions: {},
  best: { learningRate: 2e-5, batchSize: 8, epoch: 3 },
  cut: { train: { texts: 0, tokens: 0 }, dev: { texts: 0, tokens: 0 } },
  backend: "wasm",
  settings: {},
  inputs: {},
  outputs: {},
  createdAt: "2026-01-10T09:00:00Z",
};
