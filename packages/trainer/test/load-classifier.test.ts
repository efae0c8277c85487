import { cpSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import {
  type Classifier,
  type LoadOptions,
  loadClassifier,
  trainClassifier,
} from "@seedling/trainer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixtures } from "./golden-encoders.ts";
import { toyCheckpoint, toyClaims } from "./toy-student.ts";

const asked = ["the good sky", "the bad whale"];

const encoder = join(fixtures, "bge-small");
let trained: Classifier;
beforeAll(async () => {
  trained = await trainClassifier(toyClaims(24), { encoder, runtime: "tfjs" });
});
afterAll(() => trained.dispose());

/** A copy of the classifier, its encoder beside it, and what it answers. */
async function copyTrained() {
  const home = tempFolder();
  const [model, folder] = [join(home, "model"), join(home, "classifier")];
  cpSync(encoder, model, { recursive: true });
  await trained.save(folder);
  const answers = await trained.predict(asked);
  const change = (name: string, changes: object) => {
    const value = JSON.parse(readFileSync(join(home, name), "utf8"));
    writeFileSync(join(home, name), JSON.stringify({ ...value, ...changes }));
  };
  change("classifier/classifier.json", { encoder: model });
  return { home, model, folder, answers, change };
}

type Trained = Awaited<ReturnType<typeof copyTrained>>;

/** Another model of the same shape, in the same folder. */
function swap({ model }: Trained): void {
  const path = join(model, "model.safetensors");
  const bytes = readFileSync(path);
  bytes.fill(0x3c, bytes.length - 400);
  writeFileSync(path, bytes);
}

const move = ({ home, model }: Trained) => renameSync(model, join(home, "moved"));

async function load(folder: string, options: LoadOptions = {}) {
  const classifier = await loadClassifier(folder, options);
  const answers = await classifier.predict(asked);
  await classifier.dispose();
  return answers;
}

describe("a classifier's encoder", () => {
  it.each<[string, (copy: Trained) => LoadOptions | undefined]>([
    ["as it was", () => undefined],
    [
      "copied with other times",
      ({ model }) => void utimesSync(join(model, "model.safetensors"), 1, 1),
    ],
    ["with a file that it does not read", ({ model }) => void writeFileSync(`${model}/x.md`, "")],
    [
      "moved",
      (copy) => {
        move(copy);
        return { encoder: join(copy.home, "moved") };
      },
    ],
    [
      "copied elsewhere, and here another",
      (copy) => {
        cpSync(copy.model, join(copy.home, "moved"), { recursive: true });
        swap(copy);
        return { encoder: join(copy.home, "moved") };
      },
    ],
  ])("%s is taken", async (_, change) => {
    const copy = await copyTrained();
    expect(await load(copy.folder, change(copy))).toEqual(copy.answers);
  });

  it.each<[string, (copy: Trained) => LoadOptions | undefined]>([
    ["other weights in its place", (copy) => void swap(copy)],
    [
      "another configuration",
      ({ change }) => void change("model/config.json", { layer_norm_eps: 0.1 }),
    ],
    ["another tokenizer", ({ change }) => void change("model/tokenizer_config.json", { x: 1 })],
    [
      "another given",
      (copy) => {
        cpSync(copy.model, join(copy.home, "other"), { recursive: true });
        swap({ ...copy, model: join(copy.home, "other") });
        return { encoder: join(copy.home, "other") };
      },
    ],
  ])("is refused with %s, unless any will do", async (_, change) => {
    const copy = await copyTrained();
    const options = change(copy);
    const error = await load(copy.folder, options).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(String(error)).toMatch(
      /classifier: expected the encoder that it was trained on, with the hash [0-9a-f]{12}, but .* has [0-9a-f]{12}: .* --encoder PATH .* --any-encoder/,
    );
    expect(await load(copy.folder, { ...options, anyEncoder: true })).toHaveLength(2);
    // As an earlier version wrote it.
    copy.change("classifier/classifier.json", { encoderHash: undefined });
    expect(await load(copy.folder, options)).toHaveLength(2);
  });

  it.each<[string, (copy: Trained) => LoadOptions | undefined, RegExp]>([
    [
      "moved",
      (copy) => void move(copy),
      /its encoder is no longer at .*model: give --encoder PATH .*model, with the hash [0-9a-f]{12}, is now/,
    ],
    [
      "looked for where it is not",
      ({ home }) => ({ encoder: join(home, "none") }),
      /expected its encoder at .*none: give --encoder PATH .*model, with the hash/,
    ],
    [
      "of another system",
      ({ change }) => void change("classifier/classifier.json", { encoder: "C:\\models\\m" }),
      /its encoder is no longer at C:\\models\\m: give --encoder PATH/,
    ],
  ])("is named where it is %s", async (_, change, message) => {
    const copy = await copyTrained();
    const error = await load(copy.folder, change(copy)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(String(error)).toMatch(message);
  });

  it("is in the folder of one that was fully tuned, and none can be given", async () => {
    const encoder = toyCheckpoint("tiny-bert");
    const options = { epochs: 1, batchSize: [16], learningRates: [1e-3] };
    const classifier = await trainClassifier(toyClaims(24), { ...options, encoder, tune: "full" });
    const folder = join(tempFolder(), "tuned");
    await classifier.save(folder);
    await classifier.dispose();
    await expect(load(folder, { encoder })).rejects.toThrow("expected no --encoder: it was fully");
    rmSync(encoder, { recursive: true });
    expect(await load(folder)).toHaveLength(2);
  });
});
