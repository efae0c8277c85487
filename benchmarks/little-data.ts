// Linear heads on few and on created examples, as an own task has them, on vectors in files:
//   node scripts/launch.mjs benchmark-little-data encode --data DIR --encoder MODEL --vectors DIR
//   node scripts/launch.mjs benchmark-little-data fit --vectors DIR --cells train:64,gpt4.created:256 --draws 5
// encode reads task folders with train, test and *.created files (JSONL or CSV). fit prints one JSON line for each data
// set, cell and draw: balanced accuracy, macro-F1, accuracy and calibration error on its test set in percent, and the
// seconds of CPU that fitting took; --write keeps the drawn rows, for others to fit.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { createRandom, mean, readRows } from "@seedling/core/internal";
import { computeClassMetrics } from "../packages/eval/src/statistics/metrics.ts";
import { listNameTexts } from "../packages/trainer/src/classifier/names-classifier.ts";
import { dealByLabel, foldCount } from "../packages/trainer/src/data/folds.ts";
import { argMax, softmax } from "../packages/trainer/src/data/metrics.ts";
import { openFrozenEncoder } from "../packages/trainer/src/features/frozen-encoder.ts";
import { fitLinear } from "../packages/trainer/src/head/fit-linear.ts";
import type { VectorItem } from "../packages/trainer/src/head/head.ts";
import { scoreLinear } from "../packages/trainer/src/head/linear-head.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string", default: "" },
    encoder: { type: "string", default: "sentence-transformers/all-MiniLM-L6-v2" },
    vectors: { type: "string", default: "" },
    sets: { type: "string", default: "hyperbole,intimacy,sentiment,emotion,banking77" },
    cells: { type: "string", default: "train:64,train:256" },
    draws: { type: "string", default: "5" },
    names: { type: "string", default: "choose" },
    penalty: { type: "string", default: "loss" },
    write: { type: "string" },
  },
});
const sets = values.sets.split(",");

type Labelled = Record<"question" | "label", string>;

/** banking77 as it is published calls its labels categories. */
const reading = { columns: { label: "category" }, required: ["question", "label"] as const };

async function encodeAll(): Promise<void> {
  mkdirSync(values.vectors, { recursive: true });
  const named = { encoder: values.encoder, runtime: "onnx", maxLength: 256 } as const;
  const embed = await openFrozenEncoder({ ...named, dtype: "q8", prompt: null }, {});
  for (const set of sets) {
    const files = ["train", "test", "gpt4.created", "llama2.created"].flatMap((file) =>
      ["jsonl", "csv"].map((end) => join(values.data, set, `${file}.${end}`)).filter(existsSync),
    );
    const all = files.map((file) => ({
      file,
      rows: Array.from(readRows(file, reading), ({ value }) => value as Labelled),
    }));
    const labels = [...new Set(all.flatMap(({ rows }) => rows.map(({ label }) => label)))].sort();
    const save = async (to: string, texts: string[]) => {
      const found = await embed.embed(texts);
      const numbers = new Float32Array(found.length * embed.dimensions);
      for (const [i, { vector }] of found.entries()) numbers.set(vector, i * embed.dimensions);
      writeFileSync(join(values.vectors, `${to}.f32`), numbers);
    };
    await save(`${set}.names`, listNameTexts(labels, null));
    for (const { file, rows } of all) {
      const to = `${set}.${basename(file).replace(/\.\w+$/, "")}`;
      await save(
        to,
        rows.map(({ question }) => question),
      );
      const y = rows.map(({ label }) => labels.indexOf(label));
      writeFileSync(join(values.vectors, `${to}.json`), JSON.stringify({ labels, y }));
    }
  }
  await embed.dispose();
}

function readVectors(name: string): Float32Array[] {
  const bytes = readFileSync(join(values.vectors, `${name}.f32`));
  const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const rows = numbers.length / 384;
  return Array.from({ length: rows }, (_, row) => numbers.slice(row * 384, (row + 1) * 384));
}

function readItems(name: string): VectorItem[] {
  const { labels, y } = JSON.parse(readFileSync(join(values.vectors, `${name}.json`), "utf8"));
  return readVectors(name).map((vector, i) => {
    const right = labels.map((_: string, at: number) => at === y[i]);
    return { vectors: [vector], label: y[i], right };
  });
}

/** Balanced accuracy, macro-F1, accuracy and calibration error, in percent. */
function measure(test: readonly VectorItem[], scores: readonly Float64Array[]) {
  const chosen = scores.map(argMax);
  const right = Uint8Array.from(test, ({ label }, row) => (label === chosen[row] ? 1 : 0));
  const found = computeClassMetrics({
    gold: test.map(({ label }) => `${label}`),
    predicted: chosen.map(String),
    confidence: Float64Array.from(scores, (own) => Math.max(...softmax(own))),
    right,
  });
  return {
    balanced: 100 * found.balancedAccuracy,
    macroF1: 100 * found.macroF1,
    accuracy: 100 * mean([...right]),
    ece: 100 * found.calibrationError,
  };
}

async function fitAll(): Promise<void> {
  for (const cell of values.cells.split(","))
    for (const set of sets) {
      const [source = "", size = ""] = cell.split(":");
      if (!existsSync(join(values.vectors, `${set}.${source}.f32`))) continue;
      const [pool, test] = [readItems(`${set}.${source}`), readItems(`${set}.test`)];
      const names = readVectors(`${set}.names`);
      for (let draw = 1; draw <= (size === "all" ? 1 : Number(values.draws)); draw++) {
        const rows = createRandom("little data", set, source, draw).shuffled(pool.map((_, i) => i));
        const own = size === "all" ? rows : rows.slice(0, Number(size));
        const train = own.map((i) => pool[i] as VectorItem);
        const folds = dealByLabel(
          train.map(({ label }) => label),
          foldCount,
          draw,
        );
        if (values.write)
          writeFileSync(
            join(values.write, `${set}.${source}.${size}.${draw}.json`),
            JSON.stringify({ own, folds }),
          );
        const began = process.cpuUsage();
        const { head, point, log } = await fitLinear(
          { train, dev: [], dimensions: 384, outputs: names.length },
          {
            names: values.names === "off" ? null : names,
            choosesNames: values.names === "choose",
            penalty: values.penalty === "loss" ? "loss" : Number(values.penalty),
            isBalanced: true,
            folds,
          },
        );
        const { user, system } = process.cpuUsage(began);
        const found = measure(test, scoreLinear(head, test));
        const at = { set, source, size, draw, method: `ours ${values.names} ${values.penalty}` };
        console.log(
          JSON.stringify({
            ...at,
            ...found,
            l2: point.l2,
            a: point.names ?? null,
            iterations: log.map(({ iterations }) => iterations).join(" "),
            losses: log.map(({ devLoss }) => devLoss?.toFixed(3)).join(" "),
            seconds: (user + system) / 1e6,
          }),
        );
      }
    }
}

await (positionals[0] === "encode" ? encodeAll() : fitAll());
