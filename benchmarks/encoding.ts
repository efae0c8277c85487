/**
 * Speed of frozen encoders: texts and tokens a second, vectors neither cached nor kept. Run by hand:
 *
 *   node scripts/launch.mjs benchmark-encoding --encoder FOLDER --data-dir DIR [--python PATH] [--texts 400]
 *     [--rounds 5] [--only REGEX] [--kind REGEX]
 *
 * Ours: each of onnx/model.onnx (fp32) and onnx/model_quantized.onnx (q8) that the folder has, the graph
 * that --dtype q8 writes of its safetensors ("written q8"), and USE-lite, on one thread and on all. Where a Python with sentence-transformers and onnxruntime is
 * given, it does the same texts in turn with ours, on as many threads. Figures are medians of rounds;
 * the ratio is to sentence-transformers, in the same round. Starting workers is not counted.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Embed, openBackend, openEmbed, readExamples } from "../packages/core/src/internal.ts";
import { withQuantizedGraph } from "../packages/trainer/src/features/quantized-encoder.ts";
import { openPython } from "./encoding/python.ts";

const { values } = parseArgs({
  options: {
    encoder: { type: "string" },
    "data-dir": { type: "string" },
    python: { type: "string" },
    texts: { type: "string", default: "400" },
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    kind: { type: "string", default: "" },
  },
});
const { env } = process;
const data = values["data-dir"] ?? env.SEEDLING_DATA;
if (!data) throw new Error("give --data-dir DIR or SEEDLING_DATA");
const folder = values.encoder ? resolve(values.encoder) : null;
const number = Number(values.texts);
const maxLength = 128;
const processors = availableParallelism();

const csqa = await readExamples(join(data, "mcqa_5/csqa/train.jsonl"));
const pubmedqa = await readExamples(join(data, "yesno_open/pubmedqa/train.jsonl"));
const pairs = csqa.flatMap(({ question, options }) => options.map((one) => `${question} ${one}`));
const kinds = {
  questions: csqa.slice(0, number).map(({ question }) => question),
  pairs: pairs.slice(0, number),
  "128-token passages": pubmedqa.slice(0, number / 4).map(({ context }) => context ?? ""),
};

/** What encodes. */
interface Engine {
  name: string;
  /** @returns seconds */
  encode(texts: readonly string[]): Promise<number>;
  close(): void | Promise<void>;
}

async function openOurs(encoder: string, dtype: "fp32" | "q8" | null, threads: number) {
  return openEmbed({
    encoder,
    dtype,
    maxLength,
    threads,
    cacheDir: null,
    modelsDir: "",
    workersAfter: 0,
    backend: () => openBackend({ force: "wasm" }),
    log: console.log,
    fetch,
    env: {},
  });
}

function toEngine(name: string, embed: Embed): Engine {
  return {
    name,
    async encode(texts) {
      const start = performance.now();
      await embed.embed(texts);
      return (performance.now() - start) / 1000;
    },
    close: () => embed.dispose(),
  };
}

const fileOf = { fp32: "model.onnx", q8: "model_quantized.onnx" };
const int8 = folder ? join(folder, "onnx", fileOf.q8) : null;

const temporary = mkdtempSync(join(tmpdir(), "benchmark-encoding-"));

/** Writes the graph of a copy that has none. @returns its folder */
async function writeQuantized(model: string): Promise<string> {
  const encoder = join(temporary, "model");
  cpSync(model, encoder, { recursive: true, filter: (path) => !/\/onnx$|\.onnx$/.test(path) });
  const source = { encoder, modelsDir: temporary, log: console.log, fetch, env: {} };
  return (await withQuantizedGraph(source, { runtime: "onnx", dtype: "q8" })).encoder;
}

async function openEngines(): Promise<Engine[]> {
  const wanted = (name: string) => new RegExp(values.only).test(name);
  const engines: Engine[] = [];
  if (values.python && folder) {
    const python = await openPython(values.python, {
      folder,
      int8: int8 && existsSync(int8) ? int8 : null,
      maxLength,
      threads: processors,
    });
    for (const name of python.engines)
      engines.push({ name, encode: (texts) => python.encode(name, texts), close: python.close });
  }
  const hasNumbers = folder !== null && existsSync(join(folder, "model.safetensors"));
  const written = hasNumbers ? await writeQuantized(folder) : null;
  for (const threads of [1, processors]) {
    const on = threads === 1 ? "1 thread" : `${threads} threads`;
    for (const dtype of ["fp32", "q8"] as const) {
      const name = `ours ${dtype}, ${on}`;
      if (folder && existsSync(join(folder, "onnx", fileOf[dtype])) && wanted(name))
        engines.push(toEngine(name, await openOurs(folder, dtype, threads)));
    }
    const ofWritten = `ours written q8, ${on}`;
    if (written && wanted(ofWritten))
      engines.push(toEngine(ofWritten, await openOurs(written, "q8", threads)));
    const name = `ours use-lite, ${on}`;
    if (wanted(name)) engines.push(toEngine(name, await openOurs("use-lite", null, threads)));
  }
  return engines;
}

function toMedian(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Tokens of texts, special ones included, as the encoder cuts them. */
async function countTokens(texts: readonly string[]): Promise<number> {
  const embed = await openOurs(folder ?? "use-lite", null, processors);
  const embeddings = await embed.embed(texts);
  await embed.dispose();
  return embeddings.reduce((sum, { kept }) => sum + kept, 0);
}

const row = (cells: string[]) =>
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(30) : cell.padStart(16))).join(""));

const engines = await openEngines();
for (const [kind, texts] of Object.entries(kinds)) {
  if (!new RegExp(values.kind).test(kind)) continue;
  const tokens = await countTokens(texts);
  console.log(`\n${texts.length} ${kind}, ${(tokens / texts.length).toFixed(1)} tokens each`);
  row(["", "texts/s", "tokens/s", "spread", "ratio"]);
  const seconds = new Map(engines.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= Number(values.rounds); round++)
    for (const { name, encode } of engines) {
      const took = await encode(texts);
      if (round > 0) seconds.get(name)?.push(took); // the first round warms up
    }
  const base = seconds.get("sentence-transformers fp32");
  for (const [name, all] of seconds) {
    const median = toMedian(all);
    const ratio = base ? toMedian(all.map((one, i) => (base[i] ?? 0) / one)).toFixed(2) : "";
    const spread = [Math.max(...all), Math.min(...all)].map((one) => texts.length / one);
    row([
      name,
      (texts.length / median).toFixed(1),
      (tokens / median).toFixed(0),
      spread.map((one) => one.toFixed(0)).join("-"),
      ratio,
    ]);
  }
}
for (const { close } of engines) await close();
rmSync(temporary, { recursive: true });
