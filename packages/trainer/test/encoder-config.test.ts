import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError } from "@seedling/core/internal";
import { describe, expect, it } from "vitest";
import { parseEncoderConfig } from "../src/encoder/encoder-config.ts";
import { isTrainedParameter, listParameters } from "../src/encoder/parameters.ts";
import { type tinyNames, toTinyFolder } from "./golden.ts";

type Name = (typeof tinyNames)[number];

function read(name: Name): Record<string, unknown> {
  return JSON.parse(readFileSync(join(toTinyFolder(name), "config.json"), "utf8"));
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
    ["tiny-distilbert", { positionOffset: 0, maxPositions: 40, typeCount: 0, headDropout: 0.2 }],
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
    expect(parseEncoderConfig(config, "c").headDropout).toBe(0.3);
    expect(parseEncoderConfig({ ...config, classifier_dropout: 0.05 }, "c").headDropout).toBe(0.05);
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

describe("listParameters", () => {
  it.each<[Name, number]>([
    // By hand: words 3,200, positions 1,280, types 64, norm 64; a layer 32 x 96 + 96 + 32 x 32 + 32
    // + 64 + 2,048 + 64 + 2,048 + 32 + 64 = 8,544.
    ["tiny-bert", 4608 + 2 * 8544],
    ["tiny-roberta-choice", 4608 - 32 + 2 * 8544],
    ["tiny-distilbert", 4608 - 64 + 2 * 8544],
    ["tiny-mpnet", 4608 - 64 + 2 * 8544 + 32 * 4],
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
    ["head.output.weight", 24],
  ])("trains %s up to %i frozen layers", (name, most) => {
    expect(isTrainedParameter(name, most)).toBe(true);
    if (most < 24) expect(isTrainedParameter(name, most + 1)).toBe(false);
  });
});
