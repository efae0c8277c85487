import { join } from "node:path";
import { ExpectedError } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Checkpoint, openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { type WrittenTensor, writeSafetensors } from "../src/checkpoint/write-safetensors.ts";
import { type EncoderConfig, parseEncoderConfig } from "../src/encoder/encoder-config.ts";
import {
  type EncoderHead,
  listParameters,
  loadConfigAndTokenizer,
  loadParameter,
  type Parameter,
} from "../src/encoder/parameters.ts";
import { type tinyNames, toTinyFolder } from "./golden.ts";
import { toyCheckpoint } from "./toy-student.ts";

type Name = (typeof tinyNames)[number];

/** Runs work on an open checkpoint. */
async function withCheckpoint<T>(
  name: Name,
  work: (checkpoint: Checkpoint, config: EncoderConfig) => Promise<T>,
): Promise<T> {
  const checkpoint = await openCheckpoint(toTinyFolder(name));
  try {
    return await work(checkpoint, parseEncoderConfig(checkpoint.config, name));
  } finally {
    await checkpoint.close();
  }
}

function find(parameters: readonly Parameter[], name: string): Parameter {
  const found = parameters.find((one) => one.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

/** The checkpoint without one tensor, or with another shape for it. */
function change(checkpoint: Checkpoint, name: string, shape: number[] | null): Checkpoint {
  const tensors = new Map(checkpoint.tensors);
  if (shape) tensors.set(name, { shape, dtype: "F32", from: 0, to: 0 });
  else tensors.delete(name);
  return { ...checkpoint, tensors };
}

/** Writes tensors as a checkpoint in so many shards. @returns its folder */
async function writeCheckpoint(
  config: Record<string, unknown>,
  tensors: ReadonlyMap<string, WrittenTensor>,
  files: number,
): Promise<string> {
  const map = new Map([...tensors.keys()].map((name, at) => [name, `model-${(at % files) + 1}`]));
  const weight_map = Object.fromEntries(
    [...map].map(([name, file]) => [name, `${file}.safetensors`]),
  );
  const folder = tempFolder({
    // Windows' editors save a byte order mark.
    "config.json": `\uFEFF${JSON.stringify(config)}`,
    "model.safetensors.index.json": `\uFEFF${JSON.stringify({ weight_map })}`,
  });
  for (const file of new Set(map.values())) {
    const own = [...tensors].filter(([name]) => map.get(name) === file);
    await writeSafetensors(join(folder, `${file}.safetensors`), new Map(own));
  }
  return folder;
}

const head = (config: EncoderConfig, kind: "classes" | "choice", outputs: number): EncoderHead => ({
  own: config.ownHeads[kind],
  outputs,
});

describe("loadParameter", () => {
  it.each<[Name, string]>([
    ["tiny-bert", "encoder.layer.1.attention.self."],
    ["tiny-bert-classification", "bert.encoder.layer.1.attention.self."],
  ])("stacks query, key and value of %s, with a prefix or without", (name, prefix) =>
    withCheckpoint(name, async (checkpoint, config) => {
      const parameter = find(listParameters(config), "layer.1.qkv.weight");
      const data = await loadParameter(checkpoint, config, parameter);
      expect(data).toHaveLength(3 * 32 * 32);
      for (const [at, part] of ["query", "key", "value"].entries()) {
        const wanted = await checkpoint.read(`${prefix}${part}.weight`);
        expect(data.subarray(at * 1024, (at + 1) * 1024)).toEqual(wanted);
      }
    }),
  );

  it.each<[Name, string]>([
    ["tiny-bert", "embeddings."],
    ["tiny-bert-classification", "bert.embeddings."],
    ["tiny-roberta-choice", "roberta.embeddings."],
    ["tiny-xlmroberta-classification", "roberta.embeddings."],
    ["tiny-mpnet", "embeddings."],
    ["tiny-mpnet-choice", "mpnet.embeddings."],
    ["tiny-distilbert", "embeddings."],
    ["tiny-distilbert-classification", "distilbert.embeddings."],
    ["tiny-modernbert", "embeddings."],
    ["tiny-modernbert-choice", "model.embeddings."],
  ])("reads gamma and beta of the norms of %s, in one file or two", (name, prefix) =>
    withCheckpoint(name, async (checkpoint, config) => {
      const tensors = new Map<string, WrittenTensor>();
      for (const [hub, { shape }] of checkpoint.tensors) {
        const isNorm = /(norm|LayerNorm)\.\w+$/i.test(hub);
        const old = hub.replace(/weight$/, "gamma").replace(/bias$/, "beta");
        tensors.set(isNorm ? old : hub, { shape, data: await checkpoint.read(hub) });
      }
      const norm = name.startsWith("tiny-modernbert") ? "norm" : "LayerNorm";
      expect(tensors.has(`${prefix}${norm}.gamma`)).toBe(true);
      const parameters = listParameters(config);
      for (const files of [1, 2]) {
        const folder = await writeCheckpoint(checkpoint.config, tensors, files);
        const renamed = await openCheckpoint(folder);
        for (const parameter of parameters)
          expect(await loadParameter(renamed, config, parameter)).toEqual(
            await loadParameter(checkpoint, config, parameter),
          );
        await renamed.close();
      }
    }),
  );

  it.each<[Name, string, string]>([
    ["tiny-bert", "0.auto_model.", ""],
    ["tiny-bert", "model.", ""],
    ["tiny-bert", "module.bert.", ""],
    ["tiny-modernbert", "0.auto_model.", ""],
    ["tiny-bert", "query.", "passage."],
  ])(
    "of %s reads names that begin with %s, unless others do with another (%s)",
    (name, prefix, second) =>
      withCheckpoint(name, async (checkpoint, config) => {
        const prefixes = second ? [prefix, second] : [prefix];
        const all = [...checkpoint.tensors].flatMap(([name, tensor]) =>
          prefixes.map((one) => [one + name, tensor] as const),
        );
        const wrapped: Checkpoint = {
          ...checkpoint,
          tensors: new Map(all),
          read: (name) => checkpoint.read(name.slice(prefix.length)),
        };
        const words = find(listParameters(config), "embeddings.words");
        const loaded = loadParameter(wrapped, config, words);
        if (second)
          await expect(loaded).rejects.toThrow("query.embeddings.word_embeddings.weight looks");
        else expect(await loaded).toEqual(await loadParameter(checkpoint, config, words));
      }),
  );

  it("reads weight before gamma, where a file has both", async () => {
    const tensor = (value: number) => ({ shape: [1], data: Float32Array.of(value) });
    const names = ["a.beta", "a.bias", "a.gamma", "a.weight", "gamma"];
    const tensors = new Map(names.map((name, at) => [name, tensor(at)] as const));
    const checkpoint = await openCheckpoint(await writeCheckpoint({}, tensors, 2));
    expect([...checkpoint.tensors.keys()].sort()).toEqual(["a.bias", "a.weight", "gamma"]);
    expect([...(await checkpoint.read("a.bias")), ...(await checkpoint.read("a.weight"))]).toEqual([
      1, 3,
    ]);
    await checkpoint.close();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses %f, with the tensor's name", (value) =>
    withCheckpoint("tiny-bert", async ({ config: hubConfig }, config) => {
      const name = "embeddings.LayerNorm.gamma";
      const data = new Float32Array(32).fill(value, 31);
      const words = { shape: [100, 32], data: new Float32Array(3200) };
      const tensors = new Map([
        [name, { shape: [32], data }],
        ["embeddings.word_embeddings.weight", words],
      ]);
      const checkpoint = await openCheckpoint(await writeCheckpoint(hubConfig, tensors, 1));
      const norm = find(listParameters(config), "embeddings.norm.weight");
      await expect(loadParameter(checkpoint, config, norm)).rejects.toThrow(
        `model-1.safetensors: tensor ${name}: expected finite numbers, got ${value} at 31 of 32`,
      );
      await checkpoint.close();
    }),
  );

  it.each([
    ["embeddings.LayerNorm.weight", "embeddings.LayerNorm.scale", "embeddings.LayerNorm.scale"],
    ["embeddings.LayerNorm.bias", "embeddings.norm.bias", "embeddings.norm.bias"],
    [
      "encoder.layer.1.attention.self.query.weight",
      "encoder.layer.1.attention.self.q_proj.weight",
      "encoder.layer.1.attention.self.q_proj.weight",
    ],
    ["encoder.layer.1.attention.self.query.weight", "lm_head.decoder", null],
  ])("says of a missing %s what looks like it: %s", (missing, other, alike) =>
    withCheckpoint("tiny-bert", async (checkpoint, config) => {
      const without = change(checkpoint, missing, null);
      const changed = change(without, other, [32]);
      const load = Promise.all(
        listParameters(config).map((one) => loadParameter(changed, config, one)),
      );
      await expect(load).rejects.toThrow(`expected the tensor ${missing} with shape`);
      await expect(load).rejects.toThrow(
        alike
          ? `got none; ${alike} looks like it; give another --encoder`
          : "got none; give another",
      );
    }),
  );

  it.each<[string, number[] | null, RegExp]>([
    ["is missing", null, /key\.weight with shape \[32,32\], as its config\.json says, got none/],
    ["has another shape", [32, 31], /key\.weight with shape \[32,32\].* got shape \[32,31\]/],
    ["is flat", [1024], /got shape \[1024\]/],
  ])("names a tensor that %s", (_, shape, message) =>
    withCheckpoint("tiny-bert", async (checkpoint, config) => {
      const changed = change(checkpoint, "encoder.layer.0.attention.self.key.weight", shape);
      const parameter = find(listParameters(config), "layer.0.qkv.weight");
      const error = await loadParameter(changed, config, parameter).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ExpectedError);
      expect(String(error)).toMatch(message);
      expect(String(error)).toMatch(/; give another --encoder$/);
    }),
  );

  it("says of a classifier whose head does not fit its facts what mends that", async () => {
    const folder = toTinyFolder("tiny-bert-classification");
    const checkpoint = await openCheckpoint(folder, "train the classifier again");
    const config = parseEncoderConfig(checkpoint.config, folder);
    const three = find(listParameters(config, head(config, "classes", 3)), "head.output.bias");
    await expect(
      loadParameter(checkpoint, config, three).finally(checkpoint.close),
    ).rejects.toThrow(
      `${folder}: expected the tensor classifier.bias with shape [3], as its classifier.json says, got shape [2]; train the classifier again`,
    );
  });
});

describe("loadParameter of a head, with a seed", () => {
  it("takes the checkpoint's own head", () =>
    withCheckpoint("tiny-roberta-classification", async (checkpoint, config) => {
      const parameters = listParameters(config, head(config, "classes", 2));
      const load = (name: string) => loadParameter(checkpoint, config, find(parameters, name), 1);
      expect(await load("head.output.weight")).toEqual(
        await checkpoint.read("classifier.out_proj.weight"),
      );
      expect(await load("head.dense.bias")).toEqual(await checkpoint.read("classifier.dense.bias"));
    }));

  it("takes a bare encoder's pooler, which has no prefix there", () =>
    withCheckpoint("tiny-bert", async (checkpoint, config) => {
      const parameters = listParameters(config, head(config, "choice", 1));
      const pooler = find(parameters, "head.dense.weight");
      expect(pooler.hub).toEqual(["bert.pooler.dense.weight"]);
      expect(await loadParameter(checkpoint, config, pooler, 1)).toEqual(
        await checkpoint.read("pooler.dense.weight"),
      );
    }));

  it("takes dense layer and norm of ModernBERT's head for masked words, and draws what a bare one lacks", async () => {
    // ModernBertForMaskedLM has the same head, and decoder.bias.
    await withCheckpoint("tiny-modernbert-classification", async (checkpoint, config) => {
      const masked = change(change(checkpoint, "classifier.weight", null), "decoder.bias", [100]);
      const parameters = listParameters(config, head(config, "choice", 1));
      const load = (name: string) => loadParameter(masked, config, find(parameters, name), 1);
      expect(await load("head.dense.weight")).toEqual(await checkpoint.read("head.dense.weight"));
      expect(await load("head.norm.weight")).toEqual(await checkpoint.read("head.norm.weight"));
      expect(new Set(await load("head.output.weight")).size).toBe(32);
    });
    await withCheckpoint("tiny-modernbert", async (checkpoint, config) => {
      const parameters = listParameters(config, head(config, "classes", 2));
      const load = (name: string) => loadParameter(checkpoint, config, find(parameters, name), 1);
      expect(await load("head.norm.weight")).toEqual(new Float32Array(32).fill(1));
      expect(new Set(await load("head.dense.weight")).size).toBe(1024);
    });
  });

  it("draws by the seed what is not there or has other outputs", () =>
    withCheckpoint("tiny-bert-classification", async (checkpoint, config) => {
      const parameters = listParameters(config, head(config, "classes", 3));
      const weight = find(parameters, "head.output.weight");
      const draw = (seed: number) => loadParameter(checkpoint, config, weight, seed);
      const drawn = await draw(1);
      expect(drawn).toHaveLength(96);
      expect(await draw(1)).toEqual(drawn);
      expect(await draw(2)).not.toEqual(drawn);
      const deviation = Math.sqrt(drawn.reduce((sum, x) => sum + x * x, 0) / drawn.length);
      // Of 96 draws with 0.02: the deviation's own error is 0.0014.
      expect(Math.abs(deviation - 0.02)).toBeLessThan(0.005);
      const bias = await loadParameter(checkpoint, config, find(parameters, "head.output.bias"), 1);
      expect(bias).toEqual(new Float32Array(3));
    }));
});

describe("loadConfigAndTokenizer", () => {
  it("refuses a text with a token that the encoder has no row for, and takes the others", async () => {
    const checkpoint = await openCheckpoint(toyCheckpoint("tiny-bert"));
    onTestFinished(() => checkpoint.close());
    const load = async (rows: number) => {
      const config = { ...checkpoint.config, vocab_size: rows };
      return (await loadConfigAndTokenizer({ ...checkpoint, config })).tokenizer;
    };
    const text = "is the sky blue";
    const highest = Math.max(...(await load(83)).encode(text, null, 64).ids);
    const { encode } = await load(highest);
    expect(() => encode(text, null, 64)).toThrow(
      `"${text}": expected ids of tokens below ${highest}, for which the encoder has weights, got ${highest}`,
    );
    expect(encode("", null, 64).ids).not.toEqual([]);
  });

  it.each([
    ["num_hidden_layers", 1e9, "num_hidden_layers: .*1000"],
    ["num_hidden_layers", 999, "no more layers than the weights have tensors"],
    ["vocab_size", 1e12, "vocab_size: "],
  ])("refuses a config.json with %s %d, before anything is allocated", async (key, value, said) => {
    const checkpoint = await openCheckpoint(toyCheckpoint("tiny-bert"));
    onTestFinished(() => checkpoint.close());
    const config = { ...checkpoint.config, [key]: value };
    await expect(loadConfigAndTokenizer({ ...checkpoint, config })).rejects.toThrow(
      new RegExp(said),
    );
  });
});
