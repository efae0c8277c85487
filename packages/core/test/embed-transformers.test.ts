import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "@xenova/transformers";
import { afterEach, describe, expect, it } from "vitest";
import { openEmbed } from "../src/embed/open-embed.ts";
import { ExpectedError } from "../src/errors.ts";
import { part } from "./parts.ts";

const minilm = part("minilm");
const shared = part("shared");
const newFolder = () => mkdtemp(join(tmpdir(), "seedling-encoder-"));

function open(encoder: string, more: { modelsDir?: string; maxLength?: number } = {}) {
  const notices: string[] = [];
  const options = { encoder, maxLength: 32, cacheDir: null, modelsDir: "/nowhere", ...more };
  return openEmbed({ ...options, notice: (line) => notices.push(line) });
}

describe("a folder", () => {
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
      "transformers.js cannot read this folder",
    ],
  ])("with %s is refused", async (_, names, message) => {
    const folder = await newFolder();
    await mkdir(join(folder, "onnx"));
    for (const name of names) await writeFile(join(folder, name), "{}");
    const refusal = open(folder);
    await expect(refusal).rejects.toThrow(ExpectedError);
    await expect(refusal).rejects.toThrow(`encoder ${folder}: `);
    await expect(refusal).rejects.toThrow(message);
  });
});

describe("a hub id", () => {
  const hub = env.remoteHost;
  afterEach(() => {
    env.remoteHost = hub;
  });

  /** A hub on this machine with the files of a folder, or none. Returns how to stop it. */
  async function serve(folder: string | null): Promise<() => void> {
    const server = createServer(async (request, response) => {
      const name = request.url?.split("/resolve/main/")[1];
      const file = folder && name ? await readFile(join(folder, name)).catch(() => null) : null;
      if (file) response.setHeader("content-length", file.length).end(file);
      else response.writeHead(404).end();
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    env.remoteHost = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return () => server.close();
  }

  it("that is none is refused before anything is fetched", async () => {
    await expect(open("bad id")).rejects.toThrow('encoder "bad id": expected use-lite, a folder');
  });

  it("unknown to the hub is refused", async () => {
    const stop = await serve(null);
    await expect(open("nobody/nothing", { modelsDir: await newFolder() })).rejects.toThrow(
      "encoder nobody/nothing: the hub has no such model",
    );
    stop();
  });

  it("is refused without a network", async () => {
    const stop = await serve(null);
    stop();
    await expect(open("nobody/home", { modelsDir: await newFolder() })).rejects.toThrow(
      /could not be fetched from the hub \(fetch failed.*take use-lite, which needs no network/,
    );
  });

  it.skipIf(minilm === null)("is fetched once, and then needs no hub", async () => {
    const folder = await newFolder();
    const modelsDir = await newFolder();
    await cp(minilm ?? "", folder, { recursive: true });
    await cp(join(folder, "onnx/model_quantized.onnx"), join(folder, "onnx/model.onnx"));
    const stop = await serve(folder);
    const first = await open("somebody/minilm", { modelsDir });
    stop();
    await rm(folder, { recursive: true });
    const again = await open("somebody/minilm", { modelsDir });
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

  it("never takes more tokens than it has places", async () => {
    const embed = await open(minilm ?? "", { maxLength: 5000 });
    expect(embed.maxLength).toBe(512);
    expect((await embed.embed(["word ".repeat(1000)]))[0]).toMatchObject({
      tokens: 1002,
      kept: 512,
    });
    await embed.dispose();
  });

  it("gives a text the same bytes alone and among others", async () => {
    const embed = await open(minilm ?? "");
    const texts = ["a short one", "and one that is quite a bit longer than it", "third"];
    const together = await embed.embed(texts);
    const alone = await Promise.all(texts.map(async (text) => (await embed.embed([text]))[0]));
    expect(alone).toEqual(together);
    await embed.dispose();
  });
});
