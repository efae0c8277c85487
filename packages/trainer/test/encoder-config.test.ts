import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { parseEncoderConfig } from "../src/encoder/encoder-config.ts";
import { isTrainedParameter, listParameters } from "../src/encoder/parameters.ts";
import { type tinyNames, toTinyFolder } from "./golden.ts";

type Name = (typeof tinyNames)[number];

function read(name: Name, file = "config.json"): Record<string, unknown> {
  return JSON.parse(readFileSync(join(toTinyFolder(name), file), "utf8"));
}

describe("parseEncoderConfig", () => {
  const tiny = { hidden: 32, layers: 2, heads: 4, inner: 64, vocabulary: 100, activation: "gelu" };
  it.each<[Name, object]>([
    ["tiny-bert", { positionOffset: 0, maxPositions: 40, typeCount: 2, relativeBuckets: 0 }],
    [
      "tiny-roberta-choice",
      { positionOffset: 2, maxPositions: 38, typeCount: 1, relativeBuckets: 0 },
    ],
    ["tiny-mpnet", { positionOffset: 2, maxPositions: 38, typeCount: 0, relativeBuckets: 32 }],
    [
      "tiny-distilbert",
      { positionOffset: 0, maxPositions: 40, typeCount: 0, dropout: { head: 0.2 } },
    ],
  ])("reads the sizes of %s", (name, wanted) => {
    expect(parseEncoderConfig(read(name), name)).toMatchObject({ ...tiny, ...wanted });
  });

  it.each([
    ["xlm-roberta", "XLMRoberta"],
    ["camembert", "Camembert"],
  ])("takes %s as roberta, but for its class", (model_type, className) => {
    const config = read("tiny-roberta-choice");
    const { family, ...sizes } = parseEncoderConfig(config, "c");
    expect(parseEncoderConfig({ ...config, model_type }, "c")).toEqual({
      ...sizes,
      family: { ...family, className },
    });
  });

  it.each(["gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "silu", "tanh"])(
    "takes the activation %s",
    (hidden_act) => {
      const config = parseEncoderConfig({ ...read("tiny-bert"), hidden_act }, "c");
      expect(config.activation).toBe(hidden_act);
    },
  );

  it("takes the encoder's dropout for the head's where that is null", () => {
    const config = { ...read("tiny-bert"), hidden_dropout_prob: 0.3, classifier_dropout: null };
    expect(parseEncoderConfig(config, "c").dropout.head).toBe(0.3);
    expect(parseEncoderConfig({ ...config, classifier_dropout: 0.05 }, "c").dropout.head).toBe(
      0.05,
    );
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ["another architecture", { model_type: "t5" }, /c\.json: expected model_type bert, .*got t5/],
    ["electra", { model_type: "electra" }, /got electra; with --tune head --runtime onnx/],
    ["deberta-v2", { model_type: "deberta-v2" }, /got deberta-v2/],
    ["a name of every object", { model_type: "constructor" }, /got constructor/],
    ["no architecture", { model_type: undefined }, /expected model_type .* got undefined/],
    [
      "relative keys",
      { position_embedding_type: "relative_key" },
      /position_embedding_type absolute/,
    ],
    ["no size", { hidden_size: undefined }, /c\.json: hidden_size: .*got undefined/],
    ["a size of text", { hidden_size: "32" }, /hidden_size: .*got "32"/],
    ["no layers", { num_hidden_layers: 0 }, /num_hidden_layers: .*got 0/],
    ["heads that do not divide", { num_attention_heads: 5 }, /num_attention_heads.* 32, got 5/],
    ["an unknown activation", { hidden_act: "mish" }, /hidden_act: .*"gelu_new".*got "mish"/],
    ["a dropout above 1", { hidden_dropout_prob: 1.5 }, /hidden_dropout_prob: .*got 1.5/],
    ["no vocabulary", { vocab_size: undefined }, /vocab_size: .*got undefined/],
  ])("refuses %s", (_, change, message) => {
    const parse = () => parseEncoderConfig({ ...read("tiny-bert"), ...change }, "c.json");
    expect(parse).toThrow(ExpectedError);
    expect(parse).toThrow(message);
  });
});

describe("parseEncoderConfig of ModernBERT", () => {
  const full = { window: null, ropeTheta: 160_000 };
  const near = { window: 2, ropeTheta: 10_000 };

  it("reads sizes, layers and what has biases", () => {
    const config = parseEncoderConfig(read("tiny-modernbert"), "c");
    expect(config).toMatchObject({ hidden: 32, layers: 4, heads: 4, inner: 48, up: 96 });
    expect(config).toMatchObject({ activation: "gelu", epsilon: 1e-5, maxPositions: 40 });
    expect(config).toMatchObject({ bias: { attention: false, inner: false, norm: false } });
    expect(config.attention).toEqual([full, near, near, full]);
    expect(config.ownHeads.choice).toMatchObject({ activation: "gelu", hasBias: false });
  });

  it.each([
    "tiny-modernbert",
    "tiny-modernbert-classification",
    "tiny-modernbert-mean",
    "tiny-modernbert-choice",
  ] as const)("reads %s in today's form as in the published one", (name) => {
    const [published, today] = [read(name), read(name, "config.newer.json")];
    expect([Object.hasOwn(published, "layer_types"), Object.hasOwn(today, "layer_types")]).toEqual([
      false,
      true,
    ]);
    const config = parseEncoderConfig(published, "c");
    expect(parseEncoderConfig(today, "c")).toEqual(config);
    expect(config.ownHeads.classes.pooling).toBe(name.endsWith("mean") ? "mean" : "cls");
  });

  it("has transformers' defaults where a file says no more than sizes", () => {
    const sizes = {
      model_type: "modernbert",
      hidden_size: 64,
      intermediate_size: 96,
      num_hidden_layers: 3,
      num_attention_heads: 2,
      max_position_embeddings: 8192,
      vocab_size: 50368,
      hidden_activation: "gelu",
    };
    const config = parseEncoderConfig(sizes, "c");
    const wide = { window: 64, ropeTheta: 10_000 };
    expect(config.attention).toEqual([full, wide, wide]);
    expect(config).toMatchObject({ dropout: { embeddings: 0, attention: 0, inner: 0, head: 0 } });
    expect(config).toMatchObject({ epsilon: 1e-5, maxPositions: 8192, bias: { norm: false } });
  });

  const plain = read("tiny-modernbert");
  it.each<[string, object, object[]]>([
    ["an odd window", { local_attention: 7 }, [full, { ...near, window: 3 }]],
    ["every layer full", { global_attn_every_n_layers: 1 }, [full, full]],
    [
      "no number, but types",
      { global_attn_every_n_layers: null, layer_types: Array(4).fill("sliding_attention") },
      [near, near],
    ],
    ["the other base by null", { local_rope_theta: null }, [full, { ...near, ropeTheta: 160_000 }]],
    [
      "positions without a table, by whatever word",
      { position_embedding_type: "sans_pos" },
      [full, near],
    ],
    [
      "equal bases in both forms",
      { rope_parameters: { full_attention: { rope_theta: 160_000 } } },
      [full, near],
    ],
  ])("takes %s", (_, change, wanted) => {
    const { attention } = parseEncoderConfig({ ...plain, ...change }, "c");
    expect(attention.slice(0, 2)).toEqual(wanted);
  });

  const types = (...all: string[]) => ({
    layer_types: all.map((one) => `${one}_attention`),
  });
  const yarn = { full_attention: { rope_type: "yarn", rope_theta: 160_000, factor: 4 } };
  it.each<[string, object, string]>([
    [
      "an unknown kind of attention",
      types("full", "chunked", "sliding", "full"),
      'c.json: layer_types.1: Invalid option: expected one of "full_attention"|"sliding_attention", got ["full_attention","chunked_attention"',
    ],
    [
      "types that contradict the number",
      types("full", "sliding", "full", "full"),
      "c.json: layer_types.2: expected sliding_attention, as global_attn_every_n_layers 3 says, got full_attention",
    ],
    [
      "too few types",
      types("full", "sliding"),
      "c.json: layer_types: expected 4, as num_hidden_layers says, got 2",
    ],
    [
      "two bases",
      { rope_parameters: { sliding_attention: { rope_theta: 5 } } },
      "c.json: rope_parameters.sliding_attention.rope_theta: expected 10000, as local_rope_theta says, got 5",
    ],
    [
      "scaled positions",
      { rope_parameters: yarn },
      'c.json: rope_parameters.full_attention.rope_type: Invalid input: expected "default", got {"full_attention":{"rope_type":"yarn"',
    ],
    [
      "scaled positions in the older form",
      { rope_scaling: { type: "linear", factor: 2 } },
      "c.json: rope_scaling: expected null: scaled positions are not supported, got {",
    ],
    [
      "one base for all",
      { rope_parameters: { rope_theta: 1e4 } },
      'c.json: rope_parameters: Unrecognized key: "rope_theta", got',
    ],
    ["no window", { local_attention: 0 }, "c.json: local_attention: "],
    [
      "another pooling",
      { classifier_pooling: "max" },
      'c.json: classifier_pooling: Invalid option: expected one of "cls"|"mean", got "max"',
    ],
    [
      "a head's unknown activation",
      { classifier_activation: "mish" },
      "c.json: classifier_activation: ",
    ],
    ["a bias that is no answer", { norm_bias: "no" }, "c.json: norm_bias: "],
    [
      "heads of an odd size",
      { num_attention_heads: 32 },
      "c.json: expected heads of an even size, for rotary positions, got 32 / 32",
    ],
    ["a decoder", { model_type: "modernbert-decoder" }, "got modernbert-decoder; with"],
  ])("refuses %s", (_, change, message) => {
    const parse = () => parseEncoderConfig({ ...plain, ...change }, "c.json");
    expect(parse).toThrow(ExpectedError);
    expect(parse).toThrow(message);
  });
});

describe("listParameters", () => {
  it.each<[Name, number]>([
    // By hand: words 3,200, positions 1,280, types 64, norm 64; a layer 32 x 96 + 96 + 32 x 32 + 32
    // + 64 + 2,048 + 64 + 2,048 + 32 + 64 = 8,544.
    ["tiny-bert", 4608 + 2 * 8544],
    ["tiny-roberta-choice", 4608 - 32 + 2 * 8544],
    ["tiny-distilbert", 4608 - 64 + 2 * 8544],
    ["tiny-mpnet", 4608 - 64 + 2 * 8544 + 32 * 4],
    // Words 3,200; five norms 32 in the first place, three for attention; a layer 32 x (96 + 32 + 96) + 48 x 32.
    ["tiny-modernbert", 3200 + 32 + 4 * (8704 + 32) + 3 * 32 + 32],
  ])("has every number of %s", (name, wanted) => {
    const parameters = listParameters(parseEncoderConfig(read(name), name));
    const numbers = parameters.map(({ shape }) => shape.reduce((product, n) => product * n, 1));
    expect(numbers.reduce((sum, n) => sum + n, 0)).toBe(wanted);
    expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length);
  });

  it.each<[string, number]>([
    ["embeddings.words", 0],
    ["embeddings.norm.bias", 0],
    ["layer.0.qkv.weight", 0],
    ["layer.11.up.bias", 11],
    ["relativeBias", 0],
    ["finalNorm.weight", 24],
    ["head.output.weight", 24],
  ])("trains %s up to %i frozen layers", (name, most) => {
    expect(isTrainedParameter(name, most)).toBe(true);
    if (most < 24) expect(isTrainedParameter(name, most + 1)).toBe(false);
  });
});
