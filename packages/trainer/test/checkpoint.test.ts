import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { part, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { writeSafetensors } from "../src/checkpoint/write-safetensors.ts";

const config = { "config.json": '{"model_type":"bert"}' };
const indexName = "model.safetensors.index.json";

async function writeShard(folder: string, name: string, tensors: Record<string, number[]>) {
  const entries = Object.entries(tensors).map(
    ([tensor, values]) =>
      [tensor, { shape: [values.length], data: Float32Array.from(values) }] as const,
  );
  await writeSafetensors(join(folder, name), new Map(entries));
}

/** A folder of two shards. */
async function sharded(map: Record<string, string>): Promise<string> {
  const folder = tempFolder({ ...config, [indexName]: JSON.stringify({ weight_map: map }) });
  await writeShard(folder, "model-1.safetensors", { a: [1, 2], b: [3] });
  await writeShard(folder, "model-2.safetensors", { c: [4] });
  return folder;
}

describe("openCheckpoint", () => {
  it("reads a single file", async () => {
    const folder = tempFolder(config);
    await writeShard(folder, "model.safetensors", { w: [0.5, 2] });
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.config).toEqual({ model_type: "bert" });
    expect(checkpoint.tensors.get("w")).toMatchObject({ shape: [2], dtype: "F32" });
    expect([...(await checkpoint.read("w"))]).toEqual([0.5, 2]);
    await expect(checkpoint.read("v")).rejects.toThrow(RangeError);
    await checkpoint.close();
  });

  it("reads each tensor from its shard", async () => {
    const one = "model-1.safetensors";
    const folder = await sharded({ a: one, b: one, c: "model-2.safetensors" });
    const checkpoint = await openCheckpoint(folder);
    expect([...checkpoint.tensors.keys()]).toEqual(["a", "b", "c"]);
    for (const [name, values] of Object.entries({ a: [1, 2], b: [3], c: [4] }))
      expect([...(await checkpoint.read(name))]).toEqual(values);
    await expect(checkpoint.read("d")).rejects.toThrow(RangeError);
    await checkpoint.close();
  });

  it.skipIf(process.platform === "win32")(
    "refuses a tokenizer's file that is a device",
    async () => {
      const folder = tempFolder({ "config.json": "{}" });
      symlinkSync("/dev/zero", join(folder, "vocab.txt"));
      await expect(openCheckpoint(folder)).rejects.toThrow(
        "vocab.txt: expected a file, got a device",
      );
    },
  );

  it.each<[string, Record<string, string>, string]>([
    [
      "a shard that is missing",
      { a: "model-1.safetensors", c: "model-3.safetensors" },
      "it has no model-3.safetensors; fetch what is missing",
    ],
    [
      "a shard elsewhere",
      { a: "../model-1.safetensors" },
      'tensor a: expected a .safetensors file beside it, got "../model-1.safetensors"',
    ],
    ["a pickle among the shards", { a: "model-1.bin" }, "expected a .safetensors file beside it"],
  ])("refuses %s", async (_, map, message) => {
    await expect(openCheckpoint(await sharded(map))).rejects.toThrow(message);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      "no config",
      { "model.safetensors": "" },
      "expected a model's folder of the hub's layout, with config.json",
    ],
    [
      "a config that is no JSON",
      { "config.json": "{" },
      "config.json: expected a JSON object, got ",
    ],
    ["a config that is a list", { "config.json": "[]" }, "config.json: expected a JSON object"],
    [
      "no weights",
      config,
      "expected model.safetensors or model.safetensors.index.json, got no weights",
    ],
    ["a pickle alone", { ...config, "pytorch_model.bin": "" }, "got pytorch_model.bin: a pickle"],
    [
      "TensorFlow's weights",
      { ...config, "tf_model.h5": "" },
      "got tf_model.h5: save the model as safetensors",
    ],
    ["a graph alone", { ...config, "onnx/model.onnx": "" }, "got onnx: a graph"],
    [
      "an adapter alone",
      { ...config, "adapter_model.safetensors": "" },
      "got adapter_model.safetensors",
    ],
    [
      "an index that is no JSON",
      { ...config, [indexName]: "<html>" },
      `${indexName}: expected {"weight_map": {tensor: file}}, got `,
    ],
    ["an index without a map", { ...config, [indexName]: "{}" }, 'expected {"weight_map"'],
    [
      "an empty file of weights",
      { ...config, "model.safetensors": "" },
      "expected at least 8 bytes, got 0",
    ],
  ])("refuses a folder with %s", async (_, files, message) => {
    await expect(openCheckpoint(tempFolder(files))).rejects.toThrow(message);
  });

  it("refuses a folder that is not there", async () => {
    await expect(openCheckpoint(join(tempFolder(), "none"))).rejects.toThrow("with config.json");
  });

  const shared = part("shared");
  it.skipIf(!shared)("reads a file that transformers wrote", async () => {
    const golden = join(shared ?? "", "golden/tiny-bert-classification");
    const checkpoint = await openCheckpoint(golden);
    const bytes = readFileSync(join(golden, "model.safetensors"));
    for (const [name, { shape }] of checkpoint.tensors) {
      const data = await checkpoint.read(name);
      expect(data.length).toBe(shape.reduce((product, n) => product * n, 1));
    }

    const header = JSON.parse(bytes.subarray(8, 8 + bytes.readUInt32LE(0)).toString());
    const [from] = header["classifier.weight"].data_offsets;
    const first = bytes.readFloatLE(8 + bytes.readUInt32LE(0) + from);
    expect((await checkpoint.read("classifier.weight"))[0]).toBe(first);
    await checkpoint.close();
  });

  it("reads a file again that a writer renamed over it", async () => {
    const folder = tempFolder(config);
    await writeShard(folder, "model.safetensors", { w: [1] });
    const before = await openCheckpoint(folder);
    await writeShard(folder, "model.safetensors", { w: [2] });
    const after = await openCheckpoint(folder);
    expect([...(await before.read("w"))]).toEqual([1]);
    expect([...(await after.read("w"))]).toEqual([2]);
    await before.close();
    await after.close();
  });
});
