import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Example, ExpectedError, runEntry, toExamplesJsonl } from "@seedling/core/internal";
import { runProgram, tempFolder } from "@seedling/testing";
import { describe, expect, it } from "vitest";
import { createGraph } from "../../core/test/onnx-graph.ts";
import { hashEncoder } from "../src/checkpoint/encoder-hash.ts";
import { trainerStage } from "../src/run/trainer-stage.ts";
import {
  copyEncoder,
  encodeGolden,
  expectVectors,
  fixtures,
  openGolden,
  readGolden,
  readJsonFile,
  writeJson,
} from "./golden-encoders.ts";
import { toyClaims } from "./toy-student.ts";

/** bge-small with another graph, from the folder `graphs`. */
function withGraph(name: string): string {
  const folder = copyEncoder("bge-small");
  cpSync(join(fixtures, "graphs", name), join(folder, "onnx/model.onnx"));
  return folder;
}

/** Changes keys of a model's config.json. */
function configure(folder: string, changes: object): void {
  writeJson(folder, "config.json", { ...readJsonFile(join(folder, "config.json")), ...changes });
}

const { texts, vectors } = readGolden("bge-small");

describe("a graph of", () => {
  it("Optimum, which pools itself, gives Python's vectors", async () => {
    const golden = readGolden("optimum");
    const { embeddings, said, reading } = await encodeGolden(
      join(fixtures, "optimum"),
      golden.texts,
    );
    expectVectors(embeddings, golden.vectors);
    expect(said).toEqual(["encoder optimum: pooling of its graph, 48 tokens"]);
    expect(reading).toEqual({
      pooling: "sentence_embedding",
      prompt: "",
      maxLength: 48,
      dense: [],
    });
  });

  it("Optimum is pooled as a folder declares, where it declares anything", async () => {
    const folder = copyEncoder("optimum");
    const asGraph = await encodeGolden(folder, texts);
    cpSync(join(fixtures, "e5-small/modules.json"), join(folder, "modules.json"));
    cpSync(join(fixtures, "e5-small/1_Pooling"), join(folder, "1_Pooling"), { recursive: true });
    const byMean = await encodeGolden(folder, texts);
    expect(byMean.said).toEqual(["encoder optimum: mean pooling, 48 tokens"]);
    expect(byMean.embeddings).not.toEqual(asGraph.embeddings);
    const clsAgain = { pooling: "sentence_embedding", prompt: "", maxLength: 48, dense: [] };
    const asKept = await encodeGolden(folder, texts, { reading: clsAgain });
    expect(asKept.embeddings).toEqual(asGraph.embeddings);
  });

  it("16-bit outputs gives the same vectors to 16 bits", async () => {
    const { embeddings } = await encodeGolden(withGraph("half.onnx"), texts);
    expectVectors(embeddings, vectors, 2e-3);
  });

  it.each(["onnx/model.onnx", "model.onnx"])(
    "numbers in a file of any name, as %s",
    async (name) => {
      const folder = withGraph("external.onnx");
      const beside = join(folder, name, "../numbers.bin");
      if (name !== "onnx/model.onnx")
        renameSync(join(folder, "onnx/model.onnx"), join(folder, name));
      cpSync(join(fixtures, "graphs/numbers.bin"), beside);
      const flags = { encoder: folder, tune: "head", runtime: "onnx", dtype: null } as const;
      const [before, hash] = [await encodeGolden(folder, texts), await hashEncoder(flags)];
      expectVectors(before.embeddings, vectors);
      expect(before.id.split("/")[3]).toBe(hash);
      const bytes = readFileSync(beside);
      bytes.writeFloatLE(0.5, 0);
      writeFileSync(beside, bytes);
      expect(await hashEncoder(flags)).not.toBe(hash);
    },
  );

  it.each([
    ["logits", "it gives logits and no last_hidden_state, token_embeddings or sentence_embedding"],
    ["sentence_embedding", "cannot encode 4 texts of 9 tokens: expected 2 numbers each, got 9"],
  ])("%s alone", async (output, refusal) => {
    const folder = copyEncoder("bge-small");
    writeFileSync(join(folder, "onnx/model.onnx"), createGraph(output));
    const opened = encodeGolden(folder, texts);
    await expect(opened).rejects.toThrow(refusal);
    await expect(opened).rejects.toBeInstanceOf(ExpectedError);
  });

  it("another name is not there, but named", async () => {
    const folder = copyEncoder("bge-small");
    renameSync(join(folder, "onnx/model.onnx"), join(folder, "onnx/model_fp16.onnx"));
    await expect(openGolden(folder)).rejects.toThrow(
      "it has no onnx/model.onnx or onnx/model_quantized.onnx; it has onnx/model_fp16.onnx",
    );
  });
});

it("a tokenizer with tokens that the graph has no row for is taken, and refuses texts that have them", async () => {
  const folder = copyEncoder("bge-small");
  const tokenizer = readJsonFile(join(folder, "tokenizer.json")) as {
    model: { vocab: Record<string, number> };
  };
  tokenizer.model.vocab["##n"] = 5000;
  writeJson(folder, "tokenizer.json", tokenizer);
  expect((await encodeGolden(folder, ["good"])).embeddings).toHaveLength(1);
  await expect(encodeGolden(folder, ["one"])).rejects.toThrow(
    '"one": expected ids of tokens below',
  );
});

describe("places", () => {
  it.each([
    ["bert", 0, 48],
    ["roberta", 1, 46],
    ["xlm-roberta", 1, 46],
    ["camembert", 1, 46],
    ["mpnet", 1, 46],
    ["roberta", 0, 47],
  ])("of %s with the padding id %i", async (model_type, pad_token_id, places) => {
    const folder = copyEncoder("bert-base-uncased");
    configure(folder, { model_type, pad_token_id });
    const { maxLength, embeddings } = await encodeGolden(folder, ["very ".repeat(60)], {
      maxLength: 600,
    });
    expect(maxLength).toBe(places);
    expect(embeddings[0]?.kept).toBe(places);
  });

  it("that a graph does not have are an error in words", async () => {
    const folder = copyEncoder("bert-base-uncased");
    configure(folder, { max_position_embeddings: 512 });
    rmSync(join(folder, "tokenizer_config.json"));
    writeJson(folder, "tokenizer_config.json", { tokenizer_class: "BertTokenizer" });
    const { embed } = await openGolden(folder, { maxLength: 512 });
    const long = embed.embed(["very ".repeat(60), "good"]);
    await expect(long).rejects.toBeInstanceOf(ExpectedError);
    await expect(long).rejects.toThrow(`encoder ${folder}: cannot encode 1 text of 62 tokens: `);
    await embed.dispose();
  });
});

/** A task of claims, one of which is repeated so often. */
function writeTask(name: string, times: number): string {
  const [first, ...others] = toyClaims(24);
  const long = { ...first, question: "the good sky ".repeat(times) } as Example;
  return tempFolder({
    "task.json": JSON.stringify({ options: ["True", "False"], name }),
    "example.json": toExamplesJsonl(toyClaims(1)).trim(),
    "train.jsonl": toExamplesJsonl([long, ...others]),
    "dev.jsonl": toExamplesJsonl(toyClaims(12, 2)),
  });
}

it("an error of the runtime belongs to its run: the others go on", async () => {
  const folder = copyEncoder("bert-base-uncased");
  configure(folder, { max_position_embeddings: 512 });
  writeJson(folder, "tokenizer_config.json", { tokenizer_class: "BertTokenizer" });
  const results = tempFolder();
  const tasks = [writeTask("long", 100), writeTask("short", 1)].join(",");
  const line = `--data ${tasks} --setting human --baselines off --encoder ${folder} --results ${results}`;
  const { code, out, err } = await runProgram((io) => runEntry(trainerStage, io), line);
  expect(code).toBe(0);
  expect(out).toContain(`failed: long human seed 1: encoder ${folder}: cannot encode 1 text of `);
  expect(out).toContain("short human seed 1: training on 24 examples");
  expect(out).toContain("  dev accuracy ");
  expect(err).toBe("");
  const endings = readdirSync(join(results, "trainings"), { recursive: true, encoding: "utf8" });
  expect(endings.filter((name) => /(failed|manifest)\.json$/.test(name)).sort()).toEqual([
    expect.stringMatching(/^long\/human\/.*failed\.json$/),
    expect.stringMatching(/^short\/human\/.*manifest\.json$/),
  ]);
});
