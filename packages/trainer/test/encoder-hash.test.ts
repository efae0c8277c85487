import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { hashEncoder } from "../src/checkpoint/encoder-hash.ts";

type Asked = Parameters<typeof hashEncoder>[0];

const files = {
  "config.json": "{}",
  "tokenizer.json": "{}",
  "tokenizer_config.json": "{}",
  "model.safetensors": "weights",
  "onnx/model.onnx": "fp32",
  "onnx/model_quantized.onnx": "q8",
  "README.md": "a model",
};

const full = { tune: "full", runtime: "onnx", dtype: null } as const;
const ours = { tune: "head", runtime: "tfjs", dtype: null } as const;
const onnx = { tune: "head", runtime: "onnx", dtype: null } as const;
const q8 = { ...onnx, dtype: "q8" } as const;

describe("an encoder's hash", () => {
  it.each<[string, Omit<Asked, "encoder">, string, boolean]>([
    ["full tuning", full, "model.safetensors", true],
    ["full tuning", full, "config.json", true],
    ["full tuning", full, "tokenizer.json", true],
    ["full tuning", full, "tokenizer_config.json", true],
    ["full tuning", full, "onnx/model.onnx", false],
    ["full tuning", full, "README.md", false],
    ["our own encoder", ours, "model.safetensors", true],
    ["onnx", onnx, "onnx/model.onnx", true],
    ["onnx", onnx, "tokenizer.json", true],
    ["onnx", onnx, "tokenizer_config.json", true],
    ["onnx", onnx, "onnx/model_quantized.onnx", false],
    ["onnx", onnx, "model.safetensors", false],
    ["onnx q8", q8, "onnx/model_quantized.onnx", true],
    ["onnx q8", q8, "onnx/model.onnx", false],
  ])("of %s (%o) with another %s is another: %s", async (_, flags, name, changes) => {
    const encoder = tempFolder(files);
    const before = await hashEncoder({ ...flags, encoder });
    expect(before).toMatch(/^[0-9a-f]{12}$/);
    writeFileSync(join(encoder, name), "something else");
    expect((await hashEncoder({ ...flags, encoder })) !== before).toBe(changes);
  });

  it("is another where the first number type that is found is another", async () => {
    const encoder = tempFolder(files);
    const fp32 = await hashEncoder({ ...onnx, encoder });
    expect(await hashEncoder({ ...q8, encoder })).not.toBe(fp32);
    rmSync(join(encoder, "onnx/model.onnx"));
    expect(await hashEncoder({ ...onnx, encoder })).toBe(await hashEncoder({ ...q8, encoder }));
  });

  it("is the content's, not the place's or the day's", async () => {
    const [one, other] = [tempFolder(files), tempFolder(files)];
    const hash = await hashEncoder({ ...full, encoder: one });
    expect(await hashEncoder({ ...full, encoder: other })).toBe(hash);
    utimesSync(join(one, "model.safetensors"), 1, 1);
    expect(await hashEncoder({ ...full, encoder: one })).toBe(hash);
  });

  it.each<[string, Omit<Asked, "encoder">, () => string]>([
    ["the embedded encoder", onnx, () => "use-lite"],
    ["a hub id", full, () => "some/model"],
    ["a folder that is gone", full, () => "/nowhere/model"],
    ["a folder without weights", full, () => tempFolder({ "config.json": "{}" })],
    ["a folder without onnx weights", onnx, () => tempFolder({ "model.safetensors": "weights" })],
  ])("of %s is not known", async (_, flags, toEncoder) => {
    expect(await hashEncoder({ ...flags, encoder: toEncoder() })).toBeNull();
  });
});

it("of a file in place of a folder is refused as that, by our own encoders too", async () => {
  const encoder = join(tempFolder(files), "model.safetensors");
  for (const tune of ["head", "full"] as const)
    await expect(hashEncoder({ encoder, tune, runtime: "tfjs", dtype: null })).rejects.toThrow(
      `encoder ${encoder}: expected a folder in the hub's layout, got a file`,
    );
});
