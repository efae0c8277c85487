import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FrozenEncoder } from "../src/features/frozen-encoder.ts";
import {
  copyEncoder,
  encodeGolden,
  expectVectors,
  fixtures,
  type Name,
  readGolden,
  writeJson,
} from "./golden-encoders.ts";

describe.each(["onnx", "tfjs"] as const)("by %s", (runtime) => {
  it.each<[Name, Partial<FrozenEncoder>, string, string]>([
    ["bert-base-uncased", {}, "vectors", "mean pooling, 48 tokens"],
    ["e5-small", { prompt: "query: " }, "vectors", 'mean pooling, 48 tokens, prompt "query: "'],
    [
      "e5-small",
      {},
      "without",
      'mean pooling, 48 tokens; e5 models were trained with a prompt: --prompt "query: "',
    ],
    ["bge-small", {}, "vectors", "cls pooling, 48 tokens"],
    [
      "with-dense",
      {},
      "vectors",
      "mean pooling, 32 tokens, Dense 2_Dense; it declares no Normalize, but its vectors are scaled to length 1 here",
    ],
  ])("%s (%o) gives Python's vectors", async (name, more, key, sentence) => {
    const { texts, ...golden } = readGolden(name);
    const { embeddings, said } = await encodeGolden(join(fixtures, name), texts, {
      runtime,
      ...more,
    });
    expectVectors(embeddings, golden[key]);
    expect(said).toEqual([`encoder ${name}: ${sentence}`]);
  });

  const pool = (modes: object) => (folder: string) =>
    writeJson(folder, "1_Pooling/config.json", { word_embedding_dimension: 32, ...modes });
  const prompts = (name: string) => (folder: string) =>
    writeJson(folder, "config_sentence_transformers.json", {
      prompts: { query: "query: ", passage: "passage: " },
      default_prompt_name: name,
    });
  const modules = (path: string) =>
    ["Transformer", "Pooling", "Normalize"].map((kind, idx) => ({
      idx,
      name: `${idx}`,
      path: kind === "Transformer" ? path : `${idx}_${kind}`,
      type: `sentence_transformers.models.${kind}`,
    }));
  it.each<[string, (folder: string) => void, string]>([
    ["max_tokens", pool({ pooling_mode_max_tokens: true }), "max pooling"],
    ["mean_tokens", pool({ pooling_mode_mean_tokens: true }), "mean pooling"],
    ["mean_tokens", pool({ pooling_mode_cls_token: false }), "mean pooling"],
    [
      "mean_sqrt_len_tokens",
      pool({ pooling_mode_mean_sqrt_len_tokens: true }),
      "mean_sqrt_len_tokens pooling",
    ],
    [
      "weightedmean_tokens",
      pool({ pooling_mode_weightedmean_tokens: true }),
      "weightedmean pooling",
    ],
    ["lasttoken", pool({ pooling_mode_lasttoken: true }), "lasttoken pooling"],
    ["lasttoken", pool({ pooling_mode: "lasttoken" }), "lasttoken pooling"],
    [
      "several",
      pool({
        pooling_mode_lasttoken: true,
        pooling_mode_mean_tokens: true,
        pooling_mode_cls_token: true,
      }),
      "cls+mean+lasttoken pooling",
    ],
    ["several", pool({ pooling_mode: ["cls", "mean", "lasttoken"] }), "cls+mean+lasttoken pooling"],
    ["prompt", prompts("passage"), 'cls pooling, 48 tokens, prompt "passage: "'],
    [
      "prompt not pooled",
      (folder) => {
        prompts("query")(folder);
        pool({ pooling_mode_mean_tokens: true, include_prompt: false })(folder);
      },
      'mean pooling, 48 tokens, prompt "query: "',
    ],
    [
      "8 tokens",
      (folder) => writeJson(folder, "sentence_bert_config.json", { max_seq_length: 8 }),
      "cls pooling, 8 tokens",
    ],
    [
      "0_Transformer",
      (folder) => {
        mkdirSync(join(folder, "0_Transformer"));
        for (const file of [
          "config.json",
          "model.safetensors",
          "onnx",
          "tokenizer.json",
          "tokenizer_config.json",
          "sentence_bert_config.json",
        ])
          renameSync(join(folder, file), join(folder, "0_Transformer", file));
        writeJson(folder, "modules.json", modules("0_Transformer"));
      },
      "cls pooling, 48 tokens",
    ],
  ])("another declaration gives Python's vectors: %s", async (key, change, sentence) => {
    const folder = copyEncoder("bge-small");
    const { texts, ...golden } = readGolden("bge-small");
    change(folder);
    const { embeddings, said } = await encodeGolden(folder, texts, { runtime });
    expectVectors(embeddings, golden[key]);
    expect(said[0]).toContain(`encoder bge-small: ${sentence}`);
  });
});
