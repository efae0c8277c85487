import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { buildScript, part, startScript } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import type { Embed } from "../src/embed/encoder.ts";
import { meanRecipe } from "../src/embed/pooling.ts";
import { openTransformersEncoder } from "../src/embed/transformers.ts";
import { toText } from "../src/embed/truncate.ts";
import { ExpectedError } from "../src/messages/errors.ts";
import { openThreads } from "./encoder-threads.ts";
import { createGraph } from "./onnx-graph.ts";
import { newFolder, open, tinyWords } from "./open-encoder.ts";

const minilm = part("minilm");
const shared = part("shared");

describe("a folder", () => {
  it("that is gone is refused as that", async () => {
    const folder = join(await newFolder(), "gone");
    await expect(open(folder)).rejects.toThrow(`encoder ${folder}: no such folder`);
  });

  it("that is a file is refused as that", async () => {
    const file = join(await newFolder(), "model.onnx");
    await writeFile(file, "");
    const said = `encoder ${file}: expected a folder in the hub's layout, got a file`;
    await expect(open(file)).rejects.toThrow(said);
  });

  it.each(["model.safetensors", "model.safetensors.index.json"])(
    "with %s and no graph is told what takes it",
    async (weights) => {
      const folder = await newFolder();
      for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json", weights])
        await writeFile(join(folder, name), "{}");
      await expect(open(folder)).rejects.toThrow(
        `it has no onnx/model.onnx or onnx/model_quantized.onnx; as --encoder, its ${weights} is taken by --runtime tfjs, which runs it frozen, and by --tune full, which trains it`,
      );
    },
  );

  it.each([
    ["no folder at all", [], "it has no config.json, no tokenizer.json, no tokenizer_config.json"],
    ["no tokenizer", ["config.json"], "it has no tokenizer.json, no tokenizer_config.json"],
    [
      "no weights",
      ["config.json", "tokenizer.json", "tokenizer_config.json"],
      "it has no onnx/model.onnx or onnx/model_quantized.onnx",
    ],
    [
      "damaged files",
      ["config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx"],
      "expected a tokenizer for transformers.js",
    ],
  ])("with %s is refused", async (_, names, message) => {
    const folder = await newFolder();
    await mkdir(join(folder, "onnx"));
    for (const name of names) await writeFile(join(folder, name), "{}");
    const refusal = open(folder);
    await expect(refusal).rejects.toThrow(ExpectedError);
    await expect(refusal).rejects.toThrow(`${folder}: `);
    await expect(refusal).rejects.toThrow(message);
  });

  const withDense = join(import.meta.dirname, "../../trainer/test/fixtures/encoders/with-dense");
  const link = (path: string) => symlinkSync("/dev/zero", path);
  it.skipIf(process.platform === "win32").each<[string, (path: string) => void, string]>([
    ["config.json", link, "expected a file, got a device"],
    ["generation_config.json", link, "expected a file, got a device"],
    ["tokenizer.json", (path) => execFileSync("mkfifo", [path]), "expected a file, got a pipe"],
    [
      "tokenizer.json",
      (path) => {
        writeFileSync(path, "");
        truncateSync(path, 2 ** 40);
      },
      "expected at most 64 MB, got 1,048,576 MB",
    ],
    ["tokenizer_config.json", mkdirSync, "expected a file, got a folder"],
    ["modules.json", link, "expected a file, got a device"],
    ["sentence_bert_config.json", link, "expected a file, got a device"],
    ["1_Pooling/config.json", mkdirSync, "expected a file, got a folder"],
    ["2_Dense/model.safetensors", link, "expected a file, got a device"],
    ["onnx/model.onnx", link, "expected a file, got a device"],
    ["onnx/model.onnx_data", link, "expected a file, got a device"],
  ])("with a %s that is none is refused", async (name, put, said) => {
    const folder = await newFolder();
    await cp(withDense, folder, { recursive: true });
    rmSync(join(folder, name), { force: true });
    put(join(folder, name));
    await expect(open(folder)).rejects.toThrow(`${join(folder, name)}: ${said}`);
  });

  it("may hold links to files, as the hub's cache does, and whatever is not read", async () => {
    const folder = await newFolder();
    await cp(withDense, join(folder, "blobs"), { recursive: true });
    const snapshot = join(folder, "snapshot");
    for (const name of ["onnx", "1_Pooling", "2_Dense", "."])
      mkdirSync(join(snapshot, name), { recursive: true });
    for (const entry of readdirSync(withDense, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) {
        const name = relative(withDense, join(entry.parentPath, entry.name));
        symlinkSync(join(folder, "blobs", name), join(snapshot, name));
      }
    symlinkSync(join(folder, "gone"), join(snapshot, "vocab.txt"));
    link(join(snapshot, "notes.txt"));
    const embed = await open(snapshot);
    expect(embed.hash).toBe((await open(withDense)).hash);
    await embed.dispose();
  });
});

it("refuses a graph that gives no hidden states, and names what it gives", async () => {
  const folder = await newFolder();
  await cp(tinyWords, folder, { recursive: true });
  await writeFile(join(folder, "config.json"), JSON.stringify({ model_type: "bert" }));
  await mkdir(join(folder, "onnx"));
  await writeFile(join(folder, "onnx/model.onnx"), createGraph("logits"));
  await expect(open(folder)).rejects.toThrow("it gives logits and no last_hidden_state");
});

it("refuses a graph that gives no finite numbers", async () => {
  const folder = await newFolder();
  await cp(tinyWords, folder, { recursive: true });
  await writeFile(join(folder, "config.json"), JSON.stringify({ model_type: "bert" }));
  await mkdir(join(folder, "onnx"));
  // Of the id 1, that it is opened with: infinity.
  await writeFile(join(folder, "onnx/model.onnx"), createGraph("sentence_embedding", "Atanh"));
  await expect(open(folder)).rejects.toThrow(
    `encoder ${folder}: expected a model that encodes text, such as BERT, RoBERTa or MPNet; this is bert (its vectors are NaN or infinite: so are some of its weights)`,
  );
});

it("refuses a folder without the weights asked for, whatever others it has", async () => {
  const folder = await newFolder();
  await mkdir(join(folder, "onnx"));
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx"])
    await writeFile(join(folder, name), "{}");
  await expect(open(folder, { dtype: "q8" })).rejects.toThrow(
    `encoder ${folder}: expected a folder in the hub's layout, for transformers.js; it has no onnx/model_quantized.onnx`,
  );
});

it("opens the caller's own encoder instead", async () => {
  let closed = false;
  const own: Embed = {
    id: "own/1",
    cutsOption: () => false,
    hash: "test",
    dimensions: 1,
    maxLength: 4,
    embed: async (texts) =>
      texts.map(toText).map(({ length }) => ({
        vector: Float32Array.of(length),
        tokens: length,
        kept: length,
      })),
    async dispose() {
      closed = true;
    },
  };
  const embed = await open("ours", { open: async () => own, cacheDir: await newFolder() });
  expect((await embed.embed(["abc", "a", "abc"])).map(({ kept }) => kept)).toEqual([3, 1, 3]);
  await embed.dispose();
  expect(closed).toBe(true);
});

describe.skipIf(minilm === null)("MiniLM", () => {
  it.skipIf(shared === null)("agrees with PyTorch as far as int8 weights can", async () => {
    const path = join(shared ?? "", "golden/all-MiniLM-L6-v2.json");
    const golden: { texts: string[]; unit_embeddings: number[][]; attention_mask: number[][] } =
      JSON.parse(await readFile(path, "utf8"));
    const embed = await open(minilm ?? "");
    expect(embed).toMatchObject({ dimensions: 384, maxLength: 32 });
    for (const [i, { vector, tokens, kept }] of (await embed.embed(golden.texts)).entries()) {
      const cosine = golden.unit_embeddings[i]?.reduce(
        (sum, v, j) => sum + v * (vector[j] ?? 0),
        0,
      );
      expect(cosine).toBeGreaterThan(0.97);
      expect(vector.reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(1, 5);
      const length = golden.attention_mask[i]?.reduce((sum, v) => sum + v, 0);
      expect({ tokens, kept }).toEqual({ tokens: length, kept: length });
    }
    await embed.dispose();
  });

  it("cuts content and keeps the closing token", async () => {
    const embed = await open(minilm ?? "", { maxLength: 8 });
    const [whole, cut] = await embed.embed([
      "one two three four five six",
      "one two three four five six seven",
    ]);
    expect(whole).toMatchObject({ tokens: 8, kept: 8 });
    expect(cut).toMatchObject({ tokens: 9, kept: 8 });
    expect(cut?.vector).toEqual(whole?.vector);
    await embed.dispose();
  });

  it("never takes more tokens than it declares", async () => {
    const embed = await open(minilm ?? "", { maxLength: 5000 });
    expect(embed.maxLength).toBe(256);
    expect((await embed.embed(["word ".repeat(1000)]))[0]).toMatchObject({
      tokens: 1002,
      kept: 256,
    });
    await embed.dispose();
  });

  const texts = Array.from({ length: 120 }, (_, i) => `${"very ".repeat(i % 7)}good number ${i}`);

  it("gives a text the same bytes alone, among others, and on any number of threads", async () => {
    const embed = await open(minilm ?? "", { threads: 1 });
    const together = await embed.embed(texts);
    for (const i of [0, 1, 6, 50, 119])
      expect(await embed.embed([texts[i] ?? ""])).toEqual([together[i]]);
    await embed.dispose();
    const crowd = await open(minilm ?? "", { threads: 3, workersAfter: 0 });
    expect(await crowd.embed(texts)).toEqual(together);
    await crowd.dispose();
  });

  it("gives the same bytes in a thread of its own", async () => {
    const model = { folder: minilm ?? "", dtype: "q8", threads: 1, recipe: meanRecipe } as const;
    const threads = openThreads({ runtime: "onnx", ...model });
    const own = await openTransformersEncoder(model.folder, model.dtype, 2, meanRecipe);
    const batch = { ids: Int32Array.from({ length: 40 }, (_, i) => 1000 + 7 * i), rows: 4 };
    expect(await threads.encode(batch)).toEqual(await own.encode(batch));
    await threads.dispose();
    await own.dispose();
  });

  it("ends at Ctrl+C while its threads work", async () => {
    const script = `
      const { openEmbed } = await import("../src/embed/open-embed.ts");
      const options = { encoder: process.argv[2], maxLength: 256, cacheDir: null, modelsDir: "", log: () => {}, fetch, env: {} };
      const embed = await openEmbed({ ...options, threads: 2, workersAfter: 0 });
      const texts = Array.from({ length: 20000 }, (_, i) => "very ".repeat(200) + i);
      let told = false;
      process.once("SIGINT", () => { console.log("stopping"); process.exit(130); });
      await embed.embed(texts, () => { if (!told) console.log("working"); told = true; });
    `;
    const path = await buildScript(script, import.meta.dirname);
    const { ended } = startScript(path, [minilm ?? ""], {
      onOutput: (out, child) => {
        if (out === "working\n") child.kill("SIGINT");
      },
    });
    expect(await ended).toMatchObject({ code: 130, out: "working\nstopping\n" });
  });
});
