import { existsSync } from "node:fs";
import { cp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { openServer, part } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { createExternalGraph } from "./onnx-graph.ts";
import { newFolder, open } from "./open-encoder.ts";

const minilm = part("minilm");

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
