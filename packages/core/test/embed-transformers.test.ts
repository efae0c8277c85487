import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { buildScript, openServer, part, startScript } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import type { Embed } from "../src/embed/encoder.ts";
import { openEmbed } from "../src/embed/open-embed.ts";
import { meanRecipe } from "../src/embed/pooling.ts";
import { openTransformersEncoder } from "../src/embed/transformers.ts";
import { toText } from "../src/embed/truncate.ts";
import { ExpectedError } from "../src/messages/errors.ts";
import { openThreads } from "./encoder-threads.ts";
import { createExternalGraph, createGraph } from "./onnx-graph.ts";

const minilm = part("minilm");
const shared = part("shared");
const tinyWords = join(import.meta.dirname, "../../trainer/test/fixtures/tokenizers/tiny-words");
const newFolder = () => mkdtemp(join(tmpdir(), "seedling-encoder-"));

type Options = Parameters<typeof openEmbed>[0];

function open(encoder: string, more: Partial<Options> = {}) {
  const logged: string[] = [];
  const options = { encoder, maxLength: 32, cacheDir: null, modelsDir: "/nowhere" };
  return openEmbed({ ...options, fetch, env: {}, log: (line) => logged.push(line), ...more });
}

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

describe("a hub id", () => {
  /** A hub on this machine with the files of a folder, or none; what was asked of it, and options to ask it. */
  async function serve(folder: string | null, instead: Record<string, string | Buffer> = {}) {
    const asked: string[] = [];
    const url = await openServer(async (request, response) => {
      const { authorization = "nobody" } = request.headers;
      const [model = "", name = ""] = request.url?.slice(1).split("/resolve/main/") ?? [];
      if (!model.includes("/")) {
        response.writeHead(307, { location: `/somebody${request.url}` }).end();
        return;
      }
      asked.push(`${name} by ${authorization}`);
      const file =
        instead[name] ?? (folder && (await readFile(join(folder, name)).catch(() => null)));
      if (file !== null) response.setHeader("content-length", file.length).end(file);
      else response.writeHead(404).end();
    });
    const modelsDir = await newFolder();
    const env = { HF_ENDPOINT: url, HF_TOKEN: "hf_a" };
    return { asked, modelsDir, env, options: { modelsDir, env, retryAfter: 1 } };
  }

  it("that is none is refused before anything is fetched", async () => {
    await expect(open("bad id")).rejects.toThrow(
      'encoder "bad id": expected a folder, or a hub id',
    );
  });

  it.each(["nobody/nothing", "roberta-base"])("%s, unknown to the hub, is refused", async (id) => {
    const { options } = await serve(null);
    await expect(open(id, options)).rejects.toThrow(
      `encoder ${id}: expected tokenizer_config.json on the hub http://127.0.0.1`,
    );
  });

  it("is refused without a network", async () => {
    const { options } = await serve(null);
    const env = { HF_ENDPOINT: "http://127.0.0.1:9" };
    await expect(open("nobody/home", { ...options, env })).rejects.toThrow(
      /could not be fetched from http:\/\/127\.0\.0\.1:9: fetch failed \(.*use-lite needs no network/,
    );
  });

  const words = { "tokenizer_config.json": "{}", "tokenizer.json": "{}", "config.json": "{}" };
  const graph = createExternalGraph([]);
  it.each<[string, string, string | Buffer, string]>([
    ["a page", "tokenizer.json", "<html>", 'expected JSON, got a page that begins "<html>"'],
    [
      "a page",
      "onnx/model.onnx",
      "<html>",
      'expected a model\'s numbers, got a page that begins "<html>"',
    ],
    [
      "a pointer",
      "onnx/model.onnx",
      "version https://git-lfs.github.com/spec/v1",
      "expected a model's numbers, got a pointer of Git LFS",
    ],
    ["nothing", "onnx/model.onnx", "", "not an ONNX model: expected a graph, got none in 0 bytes"],
    ["a part", "onnx/model.onnx", graph.subarray(0, -1), "not an ONNX model: expected "],
    ["zeros", "onnx/model.onnx", Buffer.alloc(9), "not an ONNX model: expected a field at byte 0"],
  ])("of which %s comes as %s leaves nothing of it", async (_, name, content, message) => {
    const { options, modelsDir } = await serve(null, {
      ...words,
      "onnx/model.onnx": graph,
      [name]: content,
    });
    await expect(open("some/body", options)).rejects.toThrow(
      `gave another file as ${name}: ${message}`,
    );
    expect(existsSync(join(modelsDir, "some/body", name))).toBe(false);
  });

  it("has the files of its numbers fetched that its graph names", async () => {
    const onnx = createExternalGraph(["model.onnx_data", "more.bin", "more.bin"]);
    const files = { ...words, "onnx/model.onnx": onnx, "onnx/model.onnx_data": Buffer.alloc(8) };
    const { options, asked } = await serve(null, files);
    await expect(open("some/body", options)).rejects.toThrow("expected onnx/more.bin on the hub");
    expect(asked.slice(-3)).toEqual(
      ["model.onnx", "model.onnx_data", "more.bin"].map((name) => `onnx/${name} by Bearer hf_a`),
    );
  });

  it("whose graph names a file elsewhere is refused", async () => {
    const { options } = await serve(null, {
      ...words,
      "onnx/model.onnx": createExternalGraph(["../config.json"]),
    });
    await expect(open("some/body", options)).rejects.toThrow(
      'a file beside it, got "../config.json"',
    );
  });

  it("without a graph is told who has some, and what takes its other weights", async () => {
    const { options } = await serve(null, words);
    await expect(open("some/body", options)).rejects.toThrow(
      /expected onnx\/model\.onnx on the hub .*under Xenova\/.*by --runtime tfjs$/,
    );
  });

  it.each([
    ["bge-small", "cls pooling, 32 tokens"],
    ["with-dense", "mean pooling, 32 tokens, Dense 2_Dense"],
    ["optimum", "pooling of its graph, 32 tokens"],
  ])("%s is read as its files declare, from the hub as from a folder", async (name, sentence) => {
    const folder = join(import.meta.dirname, "../../trainer/test/fixtures/encoders", name);
    const { options, asked } = await serve(folder);
    const said: string[] = [];
    const log = (line: string) => void said.push(line);
    const ofHub = await open(`somebody/${name}`, { ...options, log });
    expect(said.at(-1)).toContain(`encoder ${name}: ${sentence}`);
    const [ofFolder, count] = [await open(folder), asked.length];
    const again = await open(`somebody/${name}`, options);
    expect(asked.length).toBe(count);
    for (const embed of [ofHub, again]) {
      expect(embed.id).toBe(ofFolder.id);
      expect(await embed.embed(["a good fish"])).toEqual(await ofFolder.embed(["a good fish"]));
    }
    for (const embed of [ofHub, ofFolder, again]) await embed.dispose();
  });

  const ids = ["somebody/minilm", "minilm"];
  it.skipIf(minilm === null).each(ids)("%s is fetched once, and then needs no hub", async (id) => {
    const folder = await newFolder();
    await cp(minilm ?? "", folder, { recursive: true });
    await cp(join(folder, "onnx/model_quantized.onnx"), join(folder, "onnx/model.onnx"));
    const { options, asked } = await serve(folder);
    const first = await open(id, options);
    const count = asked.length;
    await rm(folder, { recursive: true });
    const again = await open(id, options);
    expect(asked.length).toBe(count);
    expect(again.id).toBe(first.id);
    expect(again.id).toMatch(/^minilm-1\/fp32\/32\/[0-9a-f]{12}$/);
    expect(await again.embed(["x"])).toEqual(await first.embed(["x"]));
    await first.dispose();
    await again.dispose();
  });
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
