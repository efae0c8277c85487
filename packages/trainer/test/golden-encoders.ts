import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Embed, openBackend } from "@seedling/core/internal";
import { tempFolder } from "@seedling/testing";
import { expect } from "vitest";
import { type FrozenEncoder, openFrozenEncoder } from "../src/features/frozen-encoder.ts";

// Numbers of Python's sentence-transformers; fixtures/encoders/README.md says how they were made.
export const fixtures = join(import.meta.dirname, "fixtures/encoders");

export const names = [
  "bert-base-uncased",
  "e5-small",
  "bge-small",
  "with-dense",
  "optimum",
] as const;
export type Name = (typeof names)[number];

/** A golden file: the texts, and the vectors of each way to read them. */
type Golden = Record<string, number[][]> & { texts: string[] };

export function readGolden(name: Name): Golden {
  return JSON.parse(readFileSync(join(fixtures, name, "golden.json"), "utf8"));
}

export function readJsonFile(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** A copy of a model that may be changed, under a name of its own. */
export function copyEncoder(name: Name, as: string = name): string {
  const folder = join(tempFolder(), as);
  cpSync(join(fixtures, name), folder, { recursive: true });
  return folder;
}

/** Writes one of its files. */
export function writeJson(folder: string, name: string, value: unknown): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), JSON.stringify(value));
}

const backend = openBackend({ force: "wasm" });

/** Opens an encoder. @returns it, and what was said */
export async function openGolden(encoder: string, more: Partial<FrozenEncoder> = {}) {
  const said: string[] = [];
  const asked: FrozenEncoder = { encoder, maxLength: 48, runtime: "onnx", dtype: null, ...more };
  const log = (line: string) => void said.push(line);
  return { embed: await openFrozenEncoder(asked, { backend: await backend, log }), said };
}

/** What an encoder gives texts, and what it is; it is closed. */
export async function encodeGolden(
  encoder: string,
  texts: string[],
  more: Partial<FrozenEncoder> = {},
) {
  const { embed, said } = await openGolden(encoder, more);
  try {
    const { id, maxLength, reading, dimensions } = embed;
    return { embeddings: await embed.embed(texts), id, maxLength, reading, dimensions, said };
  } finally {
    await embed.dispose();
  }
}

type Embeddings = Awaited<ReturnType<Embed["embed"]>>;

/** Expects Python's vectors, scaled to length 1. */
export function expectVectors(found: Embeddings, wanted: number[][] | undefined, within = 1e-5) {
  expect(found.length).toBe(wanted?.length);
  for (const [i, { vector }] of found.entries()) {
    const length = Math.hypot(...(wanted?.[i] ?? []));
    const unit = wanted?.[i]?.map((value) => value / length) ?? [];
    expect(vector.length).toBe(unit.length);
    const off = unit.map((value, j) => Math.abs(value - (vector[j] ?? 0)));
    expect(Math.max(...off)).toBeLessThan(within);
  }
}

/** Moves a model's files into 0_Transformer, as the older layout has them. @returns its folder */
export function moveTransformer(folder: string): string {
  const files = ["config.json", "model.safetensors", "onnx", "tokenizer.json"];
  mkdirSync(join(folder, "0_Transformer"));
  for (const file of [...files, "tokenizer_config.json", "sentence_bert_config.json"])
    renameSync(join(folder, file), join(folder, "0_Transformer", file));
  const toModule = (kind: string, path: string) => ({
    path,
    type: `sentence_transformers.models.${kind}`,
  });
  const modules = [
    toModule("Transformer", "0_Transformer"),
    toModule("Pooling", "1_Pooling"),
    toModule("Normalize", "2_Normalize"),
  ];
  writeJson(folder, "modules.json", modules);
  return folder;
}
