import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import type { FrozenEncoder } from "../src/features/frozen-encoder.ts";
import { readTinyCase } from "./golden.ts";
import {
  copyEncoder,
  encodeGolden,
  expectVectors,
  fixtures,
  moveTransformer,
  type Name,
  openGolden,
  readGolden,
  readJsonFile,
  writeJson,
} from "./golden-encoders.ts";
import { toyCheckpoint } from "./toy-student.ts";

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
  it.each<[string, (folder: string) => unknown, string]>([
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
      "8 tokens",
      (folder) => {
        writeJson(folder, "sentence_bert_config.json", { transformer_task: "feature-extraction" });
        const limited = {
          ...readJsonFile(join(folder, "tokenizer_config.json")),
          model_max_length: 8,
        };
        writeJson(folder, "tokenizer_config.json", limited);
      },
      "cls pooling, 8 tokens",
    ],
    [
      "vectors",
      (folder) => {
        const limited = {
          ...readJsonFile(join(folder, "tokenizer_config.json")),
          model_max_length: 8,
        };
        writeJson(folder, "tokenizer_config.json", limited);
      },
      "cls pooling, 48 tokens",
    ],
    ["0_Transformer", moveTransformer, "cls pooling, 48 tokens"],
    [
      "lower case of a cased tokenizer",
      (folder) => {
        const { normalizer, ...tokenizer } = readJsonFile(join(folder, "tokenizer.json"));
        const cased = { ...(normalizer as object), lowercase: false };
        writeJson(folder, "tokenizer.json", { ...tokenizer, normalizer: cased });
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

describe("refused with the file and what it says", () => {
  const list = (...kinds: string[]) =>
    kinds.map((kind) => ({
      path: kind === "Transformer" ? "" : `x_${kind}`,
      type: `sentence_transformers.models.${kind}`,
    }));
  const change = (name: string, value: unknown) => (folder: string) =>
    writeJson(folder, name, value);
  const dense = (changes: object) => (folder: string) =>
    writeJson(folder, "2_Dense/config.json", {
      ...readJsonFile(join(folder, "2_Dense/config.json")),
      ...changes,
    });
  it.each<[string, (folder: string) => void, string]>([
    [
      "a module",
      change("modules.json", list("Transformer", "CNN", "Pooling")),
      "modules.json: expected modules Transformer, Pooling, Dense, Normalize, Dropout, got CNN",
    ],
    [
      "an order",
      change("modules.json", list("Transformer", "Pooling", "Normalize", "Dense")),
      "then any Dense, then Normalize or none, got Transformer, Pooling, Normalize, Dense",
    ],
    [
      "no pooling",
      change("modules.json", list("Transformer")),
      "modules.json: expected Transformer, Pooling",
    ],
    [
      "a path that leads out",
      change("modules.json", [{ path: "../up", type: "Transformer" }]),
      'expected a folder\'s name, got "../up"',
    ],
    [
      "vectors that are cut",
      change("config_sentence_transformers.json", { truncate_dim: 8 }),
      "config_sentence_transformers.json: expected a JSON object: ✖ expected none, as vectors are not cut here, got 8",
    ],
    [
      "a pooling of another key",
      change("1_Pooling/config.json", { pooling_mode_median: true }),
      "1_Pooling/config.json: expected pooling by cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken, got pooling_mode_median",
    ],
    [
      "a pooling of another name",
      change("1_Pooling/config.json", { pooling_mode: "median" }),
      "lasttoken, got median",
    ],
    [
      "a pooling that is not there",
      (folder) => rmSync(join(folder, "1_Pooling/config.json")),
      "1_Pooling/config.json: ENOENT",
    ],
    [
      "a prompt of no name",
      change("config_sentence_transformers.json", {
        prompts: { query: "q: " },
        default_prompt_name: "passage",
      }),
      "config_sentence_transformers.json: default_prompt_name: expected one of its prompts (query), got passage",
    ],
    [
      "a prompt that leaves no room",
      change("config_sentence_transformers.json", {
        prompts: { query: "very ".repeat(40) },
        default_prompt_name: "query",
      }),
      "expected room for a text after the prompt, got 42 tokens of at most 32",
    ],
    [
      "a length of 0",
      change("sentence_bert_config.json", { max_seq_length: 0 }),
      "sentence_bert_config.json: expected a JSON object: ",
    ],
    [
      "a half of a token",
      (folder) => {
        writeJson(folder, "sentence_bert_config.json", {});
        writeJson(folder, "tokenizer_config.json", { model_max_length: 20.5 });
      },
      "tokenizer_config.json: expected a tokenizer's limit: ✖ expected a whole number",
    ],
    [
      "an activation",
      dense({ activation_function: "torch.nn.modules.activation.GELU" }),
      "2_Dense/config.json: activation_function: expected Identity, Tanh, ReLU, Sigmoid, SiLU, got GELU",
    ],
    [
      "a layer of other tensors",
      dense({ out_features: 16 }),
      "2_Dense/model.safetensors: expected linear.weight with shape [16,32], got shape [24,32]",
    ],
    [
      "a layer that is a pickle",
      (folder) =>
        renameSync(
          join(folder, "2_Dense/model.safetensors"),
          join(folder, "2_Dense/pytorch_model.bin"),
        ),
      "2_Dense: expected model.safetensors (pytorch_model.bin can hold any code and is not read)",
    ],
    [
      "a layer that does not fit",
      change("1_Pooling/config.json", { pooling_mode: ["cls", "mean"] }),
      "expected a Dense layer of 64 inputs, got one of 32",
    ],
  ])("%s", async (_, change, message) => {
    const folder = copyEncoder("with-dense");
    change(folder);
    for (const runtime of ["onnx", "tfjs"] as const) {
      const opened = encodeGolden(folder, ["good"], { runtime });
      await expect(opened).rejects.toBeInstanceOf(ExpectedError);
      await expect(opened).rejects.toThrow(message);
    }
  });
});

it("use-lite takes no prompt", async () => {
  await expect(openGolden("use-lite", { prompt: "query: " })).rejects.toThrow(
    "encoder use-lite: expected no prompt",
  );
});

describe("a frozen ModernBERT", () => {
  const golden = readTinyCase("tiny-modernbert").golden;
  const texts = golden.input_ids.map((ids, row) =>
    ids
      .filter((_, at) => golden.attention_mask[row]?.[at] === 1)
      .map((id) => `w${id}`)
      .join(" "),
  );

  /** The model, with a tokenizer of one word for each id, and no special tokens. */
  function open(more: Partial<FrozenEncoder>, change: (folder: string) => void = () => {}) {
    const folder = toyCheckpoint("tiny-modernbert");
    const path = join(folder, "tokenizer.json");
    const json = readJsonFile(path) as { model: { vocab: object } };
    const words = Array.from({ length: 90 }, (_, id) => [`w${id}`, id]);
    const vocab = Object.fromEntries([
      ["[UNK]", 90],
      ["[PAD]", 91],
      ["[CLS]", 92],
      ["[SEP]", 93],
      ...words,
    ]);
    Object.assign(json, { post_processor: null, added_tokens: [] });
    Object.assign(json.model, { vocab });
    writeJson(folder, "tokenizer.json", json);
    writeJson(folder, "tokenizer_config.json", {
      tokenizer_class: "PreTrainedTokenizerFast",
      model_max_length: 8192,
    });
    change(folder);
    return encodeGolden(folder, texts, { runtime: "tfjs", ...more });
  }

  it("gives PyTorch's mean where it declares nothing", async () => {
    const { embeddings, said } = await open({});
    expectVectors(embeddings, golden.unit_embeddings);
    expect(said[0]).toContain("mean pooling, 40 tokens");
  });

  it("gives PyTorch's first token where modules.json says cls", async () => {
    const { embeddings, reading } = await open({ maxLength: 16 }, (folder) => {
      const type = (name: string) => `sentence_transformers.models.${name}`;
      writeJson(folder, "modules.json", [
        { path: "", type: type("Transformer") },
        { path: "1_Pooling", type: type("Pooling") },
      ]);
      writeJson(folder, "1_Pooling/config.json", {
        pooling_mode_cls_token: true,
        word_embedding_dimension: 32,
      });
    });
    expectVectors(embeddings, golden.hidden_first_token);
    expect(reading).toMatchObject({ pooling: "cls", maxLength: 16 });
  });
});
