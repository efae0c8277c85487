/**
 * What 8 bits cost and bring: heads on a frozen encoder, trained and exported, then run in one process in 32 and in 8
 * bits, one text a call. Run by hand:
 *
 *   node scripts/launch.mjs benchmark-export --encoder FOLDER --data-dir DIR [--train 400] [--test 5000] [--texts 200]
 *
 * Accuracy on CREAK, CSQA and closed BoolQ with the paired difference and its one-sided 95 % bound, seconds and sizes
 * of the export, and examples of CREAK a second by onnxruntime, native and in WebAssembly, on one thread.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  type Example,
  openTokenizer,
  readExamples,
  toText,
} from "../packages/core/src/internal.ts";
import { listTexts } from "../packages/trainer/src/data/example-texts.ts";
import { chooseFeatures } from "../packages/trainer/src/features/features.ts";
import { exportOnnx, trainClassifier } from "../packages/trainer/src/index.ts";

const { values } = parseArgs({
  options: {
    encoder: { type: "string" },
    "data-dir": { type: "string" },
    train: { type: "string", default: "400" },
    test: { type: "string", default: "5000" },
    texts: { type: "string", default: "200" },
  },
});
const { env } = process;
const data = values["data-dir"] ?? env.SEEDLING_DATA;
if (!data || !values.encoder) throw new Error("give --encoder FOLDER and --data-dir DIR");
const encoder = resolve(values.encoder);
const tasks = { creak: "yesno_close/creak", csqa: "mcqa_5/csqa", boolq: "yesno_close/boolq" };
const maxLength = 128;

type Feeds = Record<string, unknown>;
interface Runtime {
  InferenceSession: { create(path: string, options: object): Promise<Session> };
  Tensor: new (type: "int64", data: BigInt64Array, shape: readonly number[]) => unknown;
}
interface Session {
  run(feeds: Feeds): Promise<{ logits: { data: Float32Array } }>;
}

/** Native or in WebAssembly; by a name, so that neither is bundled. */
const openRuntime = async (name: string): Promise<Runtime> => {
  const module = await import(name);
  return module.default ?? module;
};

/** What an example is as inputs, a call for each of its texts or options: [1, tokens], or of a choice [1, 1, tokens]. */
function toCalls(
  { Tensor }: Runtime,
  example: Example,
  encode: (text: string) => readonly number[],
): Feeds[] {
  const isChoice = example.options.length > 2;
  const classes = isChoice ? null : example.options;
  const reading = { classes, features: chooseFeatures(classes, null), input: "full" } as const;
  return listTexts(example, reading).map((texts) => {
    const feeds: Feeds = {};
    for (const [at, text] of texts.entries()) {
      const ids = encode(toText(text));
      const shape = [1, ...(isChoice ? [1] : []), ids.length];
      const suffix = at === 0 ? "" : `_${at + 1}`;
      const add = (name: string, row: readonly number[]) => {
        feeds[name + suffix] = new Tensor("int64", BigInt64Array.from(row, BigInt), shape);
      };
      add("input_ids", ids);
      add(
        "attention_mask",
        ids.map(() => 1),
      );
    }
    return feeds;
  });
}

async function score(session: Session, calls: readonly Feeds[]): Promise<number[]> {
  const scores: number[] = [];
  for (const feeds of calls) scores.push(...(await session.run(feeds)).logits.data);
  return scores;
}

const argMax = (scores: ArrayLike<number>) =>
  Array.from(scores).reduce((best, x, at, all) => (x > (all[best] ?? 0) ? at : best), 0);

const temporary = mkdtempSync(join(tmpdir(), "benchmark-export-"));
const native = await openRuntime("onnxruntime-node");
const tokenizer = await openTokenizer(encoder);
const encode = (text: string) => tokenizer.encode(text, null, maxLength).ids;
const one = { intraOpNumThreads: 1, interOpNumThreads: 1 };
const [differences, exported] = [[] as number[], new Map<string, string>()];

for (const [name, path] of Object.entries(tasks)) {
  const read = async (split: string) => readExamples(join(data, path, `${split}.jsonl`));
  const [train, test] = [await read("train"), await read("test")];
  const classifier = await trainClassifier(train.slice(0, Number(values.train)), {
    encoder,
    runtime: "tfjs",
    maxLength,
  });
  const [from, to] = [join(temporary, name), join(temporary, `${name}-onnx`)];
  await classifier.save(from);
  const { classes } = classifier;
  await classifier.dispose();
  const began = performance.now();
  const { files } = await exportOnnx(from, to);
  const seconds = (performance.now() - began) / 1000;
  exported.set(name, to);
  const [fp32 = 0, q8 = 0] = files.map(({ bytes }) => bytes ?? 0);
  const right: boolean[][] = [];
  const answers: number[][] = [];
  for (const file of ["model.onnx", "model_quantized.onnx"]) {
    const session = await native.InferenceSession.create(join(to, "onnx", file), one);
    const own: number[] = [];
    for (const example of test.slice(0, Number(values.test)))
      own.push(argMax(await score(session, toCalls(native, example, encode))));
    answers.push(own);
    const answer = (at: number, { options }: Example) =>
      classes?.[own[at] ?? 0] ?? options[own[at] ?? 0];
    right.push(
      own.map((_, at) => {
        const example = test[at] as Example;
        return answer(at, example) === example.options[example.label];
      }),
    );
  }
  const [whole = [], eight = []] = right;
  const own = whole.map((is, at) => Number(eight[at]) - Number(is));
  differences.push(...own);
  const same = answers[0]?.filter((answer, at) => answer === answers[1]?.[at]).length ?? 0;
  console.log(
    `${name}: ${own.length} items, fp32 ${percent(mean(whole.map(Number)))}, q8 ${percent(mean(eight.map(Number)))}, alike ${percent(same / own.length)}; exported in ${seconds.toFixed(1)} s, ${(fp32 / 1e6).toFixed(1)} and ${(q8 / 1e6).toFixed(1)} MB (${(q8 / fp32).toFixed(3)})`,
  );
}
const spread = Math.sqrt(
  mean(differences.map((x) => (x - mean(differences)) ** 2)) / differences.length,
);
console.log(
  `pooled: ${differences.length} items, q8 - fp32 ${percent(mean(differences))}, at least ${percent(mean(differences) - 1.645 * spread)} (95 %)`,
);

const folder = exported.get("creak") ?? "";
const texts = (await readExamples(join(data, tasks.creak, "test.jsonl"))).slice(
  0,
  Number(values.texts),
);
for (const [name, runtime] of [
  ["native", native],
  ["WebAssembly", await openRuntime("onnxruntime-web")],
] as const) {
  const rates: number[] = [];
  for (const file of ["model.onnx", "model_quantized.onnx"]) {
    const session = await runtime.InferenceSession.create(join(folder, "onnx", file), one);
    const feeds = texts.flatMap((example) => toCalls(runtime, example, encode));
    for (const feed of feeds.slice(0, 10)) await session.run(feed);
    const began = performance.now();
    for (const feed of feeds) await session.run(feed);
    rates.push((1000 * feeds.length) / (performance.now() - began));
  }
  const [fp32 = 0, q8 = 0] = rates;
  console.log(
    `${name}, 1 thread of ${availableParallelism()}: fp32 ${fp32.toFixed(0)}, q8 ${q8.toFixed(0)} claims/s (${(q8 / fp32).toFixed(2)} times)`,
  );
}
rmSync(temporary, { recursive: true });

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
